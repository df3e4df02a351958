package server

import (
	"context"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
)

// wellFormedUnary refuses what no field rule has to say one by one, in requests that change something: numbers that are no value of their
// enum, which would be stored and understood by nobody, and NUL in texts, which no robot can say and PostgreSQL cannot hold.
func wellFormedUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if m, ok := request.(proto.Message); ok && access.Rules()[info.FullMethod].Change {
		if err := wellFormed(m.ProtoReflect(), "", true); err != nil {
			return nil, err
		}
	}
	return handle(ctx, request)
}

// wellFormed gives the first thing that is wrong with a message at a path. What enums hold in a flow's definition the compiler says, with
// everything else that is wrong there: a draft may have errors.
func wellFormed(m protoreflect.Message, path string, enums bool) error {
	enums = enums && m.Descriptor().FullName() != (&flowdeskv1.FlowDefinition{}).ProtoReflect().Descriptor().FullName()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !m.Has(field) {
			continue
		}
		at, value := strings.TrimPrefix(path+"."+string(field.Name()), "."), m.Get(field)
		switch {
		case field.IsMap():
			continue // no request has one
		case field.IsList():
			for n := range value.List().Len() {
				if err := wellFormedValue(field, value.List().Get(n), at+"["+strconv.Itoa(n)+"]", enums); err != nil {
					return err
				}
			}
		default:
			if err := wellFormedValue(field, value, at, enums); err != nil {
				return err
			}
		}
	}
	return nil
}

func wellFormedValue(field protoreflect.FieldDescriptor, value protoreflect.Value, at string, enums bool) error {
	switch field.Kind() {
	case protoreflect.EnumKind:
		if enums && field.Enum().Values().ByNumber(value.Enum()) == nil {
			return invalidField(at, "it has no value "+strconv.Itoa(int(value.Enum())))
		}
	case protoreflect.StringKind:
		if strings.ContainsRune(value.String(), 0) {
			return invalidField(at, "it must not hold NUL")
		}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return wellFormed(value.Message(), at, enums)
	default:
	}
	return nil
}
