package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type catalogService struct {
	flowdeskv1.UnimplementedCatalogServiceServer
	*Server
}

// Numbers of the arms of Node.config that stand for the node types of the requirements: 101 is number 1.
const (
	firstNumbered = 101
	lastNumbered  = 128
)

func nodeType(t *engine.NodeType) *flowdeskv1.NodeType {
	n := &flowdeskv1.NodeType{
		Name: "nodeTypes/" + string(t.Kind), Kind: string(t.Kind), Arm: string(t.Arm.Name()), Spec: t.Spec,
		Fields: nodeFields(t.Config), ConfigMessage: string(t.Config.FullName()), OutputMessage: string(t.Output.Descriptor().FullName()),
		OutputFields: nodeFields(t.Output.Descriptor()), Available: !t.Planned(),
	}
	if number := int32(t.Arm.Number()); number >= firstNumbered && number <= lastNumbered {
		n.Number = number - firstNumbered + 1
	}
	return n
}

// nodeFields describes the fields of a config or an output.
func nodeFields(message protoreflect.MessageDescriptor) []*flowdeskv1.NodeField {
	var fields []*flowdeskv1.NodeField
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		f := &flowdeskv1.NodeField{
			Field: string(field.Name()), JsonName: field.JSONName(), Type: field.Kind().String(), Repeated: field.IsList(), Spec: engine.FieldSpec(field),
		}
		if oneof := field.ContainingOneof(); oneof != nil && !oneof.IsSynthetic() {
			f.Oneof = string(oneof.Name())
		}
		if m := field.Message(); m != nil {
			f.Type = string(m.FullName())
		}
		if e := field.Enum(); e != nil {
			f.Type, f.Values = string(e.FullName()), enumValues(e)
		}
		fields = append(fields, f)
	}
	return fields
}

func enumValues(e protoreflect.EnumDescriptor) []*flowdeskv1.NodeFieldValue {
	var values []*flowdeskv1.NodeFieldValue
	for i := range e.Values().Len() {
		value := e.Values().Get(i)
		if value.Number() == 0 {
			continue // unset
		}
		label, _ := proto.GetExtension(value.Options(), flowdeskv1.E_Value).(*flowdeskv1.Text)
		values = append(values, &flowdeskv1.NodeFieldValue{Value: string(value.Name()), Label: label})
	}
	return values
}

func (s *catalogService) ListNodeTypes(_ context.Context, r *flowdeskv1.ListNodeTypesRequest) (*flowdeskv1.ListNodeTypesResponse, error) {
	filter := fmt.Sprint(r.GetFamilies())
	keys, err := storage.DecodeToken(filter, r.GetPageToken(), 1)
	if err != nil {
		return nil, err
	}
	from := 0
	if keys != nil {
		if from, err = strconv.Atoi(keys[0]); err != nil || from < 0 {
			return nil, storage.ErrPageToken
		}
	}
	limit := storage.MaxPageSize
	if size := int(r.GetPageSize()); size > 0 {
		limit = min(size, limit)
	}
	answer, seen := &flowdeskv1.ListNodeTypesResponse{}, 0
	for _, t := range s.deps.Runner.Catalog().Types() {
		if len(r.GetFamilies()) > 0 && !slices.Contains(r.GetFamilies(), t.Spec.GetFamily()) {
			continue
		}
		if seen++; seen <= from {
			continue
		}
		if len(answer.GetNodeTypes()) == limit {
			answer.NextPageToken = storage.EncodeToken(filter, strconv.Itoa(from+limit))
			break
		}
		answer.NodeTypes = append(answer.NodeTypes, nodeType(t))
	}
	return answer, nil
}

func (s *catalogService) GetNodeType(_ context.Context, r *flowdeskv1.GetNodeTypeRequest) (*flowdeskv1.GetNodeTypeResponse, error) {
	t := s.deps.Runner.Catalog().Type(engine.Kind(id(r.GetName())))
	if t == nil {
		return nil, storage.ErrNotFound
	}
	return &flowdeskv1.GetNodeTypeResponse{NodeType: nodeType(t)}, nil
}

func (s *catalogService) GetSchema(context.Context, *flowdeskv1.GetSchemaRequest) (*flowdeskv1.GetSchemaResponse, error) {
	root := (&flowdeskv1.FlowDefinition{}).ProtoReflect().Descriptor()
	set, seen := &descriptorpb.FileDescriptorSet{}, make(map[string]bool)
	addFile(set, seen, root.ParentFile())
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("marshal the descriptors: %w", err)
	}
	sum := sha256.Sum256(data)
	return &flowdeskv1.GetSchemaResponse{FileDescriptorSet: data, Digest: hex.EncodeToString(sum[:16]), RootMessage: string(root.FullName())}, nil
}

// addFile adds a file after its imports.
func addFile(set *descriptorpb.FileDescriptorSet, seen map[string]bool, file protoreflect.FileDescriptor) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	for i := range file.Imports().Len() {
		addFile(set, seen, file.Imports().Get(i).FileDescriptor)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
}
