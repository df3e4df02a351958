package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type apiCommand struct {
	Remote

	Method   string `arg:"" optional:"" predictor:"method" help:"Service.Method, such as FlowService.ListFlows; without one, all methods are listed."`
	Data     string `short:"d" placeholder:"JSON" help:"The request."`
	File     string `short:"f" predictor:"file" help:"JSON or YAML file with the request; - reads standard input."`
	Describe bool   `help:"Describe request and answer, and call nothing."`
	Skeleton bool   `help:"Print a request with all its fields, and call nothing."`
}

// Run implements the command.
func (c *apiCommand) Run(ctx context.Context, sh *Shell) error {
	if c.Method == "" {
		return sh.write(strings.Join(methodNames(), "\n") + "\n")
	}
	method, err := sh.method(c.Method)
	if err != nil {
		return err
	}
	switch {
	case c.Describe:
		return sh.write(describe(method))
	case c.Skeleton:
		data, err := skeleton(method.Input())
		if err != nil {
			return err
		}
		return sh.emitJSON(data)
	}
	request, err := newMessage(method.Input())
	if err != nil {
		return err
	}
	switch {
	case c.Data != "" && c.File != "":
		return sh.usage("give --data or --file, not both")
	case c.Data != "":
		err = sh.parseMessage("--data", []byte(c.Data), request)
	case c.File != "":
		err = sh.readMessage(c.File, request)
	}
	if err != nil {
		return err
	}
	if sh.remote.Output == "table" {
		sh.remote.Output = "json"
	}
	path := "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
	if method.IsStreamingServer() {
		return sh.callStream(ctx, path, method, request)
	}
	answer, err := newMessage(method.Output())
	if err != nil {
		return err
	}
	connection, err := sh.conn()
	if err != nil {
		return err
	}
	if err := connection.Invoke(ctx, path, request, answer); err != nil {
		return err
	}
	return sh.emit(answer)
}

// callStream calls a method that answers with a stream, and prints a line of JSON for each message.
func (sh *Shell) callStream(ctx context.Context, path string, method protoreflect.MethodDescriptor, request proto.Message) error {
	connection, err := sh.conn()
	if err != nil {
		return err
	}
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, path)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(request); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		answer, err := newMessage(method.Output())
		if err != nil {
			return err
		}
		if err := stream.RecvMsg(answer); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := sh.reported(answer, ""); err != nil {
			return err
		}
	}
}

// services are those of the API, by name. Their descriptors are part of the program.
func services() []protoreflect.ServiceDescriptor {
	var found []protoreflect.ServiceDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage(flowdeskv1.File_flowdesk_v1_flow_service_proto.Package(), func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			found = append(found, f.Services().Get(i))
		}
		return true
	})
	slices.SortFunc(found, func(a, b protoreflect.ServiceDescriptor) int {
		return strings.Compare(string(a.Name()), string(b.Name()))
	})
	return found
}

// methodNames are all methods as the command line writes them.
func methodNames() []string {
	var names []string
	for _, s := range services() {
		for i := range s.Methods().Len() {
			names = append(names, string(s.Name())+"."+string(s.Methods().Get(i).Name()))
		}
	}
	return names
}

// method finds a method: Service.Method, Service/Method, or with the package in front; letter case counts not.
func (sh *Shell) method(text string) (protoreflect.MethodDescriptor, error) {
	wanted := strings.ReplaceAll(strings.Trim(text, "/"), "/", ".")
	if rest, found := strings.CutPrefix(wanted, string(flowdeskv1.File_flowdesk_v1_flow_service_proto.Package())+"."); found {
		wanted = rest
	}
	var near []string
	for _, s := range services() {
		for i := range s.Methods().Len() {
			m := s.Methods().Get(i)
			name := string(s.Name()) + "." + string(m.Name())
			if strings.EqualFold(name, wanted) {
				return m, nil
			}
			if strings.EqualFold(string(m.Name()), wanted) || strings.EqualFold(string(s.Name()), wanted) ||
				strings.Contains(strings.ToLower(name), strings.ToLower(wanted[strings.LastIndexByte(wanted, '.')+1:])) {
				near = append(near, name)
			}
		}
	}
	if len(near) == 0 {
		return nil, sh.usage("there is no method %s; flowdesk api lists them", text)
	}
	return nil, sh.usage("there is no method %s; is it one of %s?", text, strings.Join(near[:min(len(near), 15)], ", "))
}

// newMessage makes an empty message of a type.
func newMessage(d protoreflect.MessageDescriptor) (proto.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil, err
	}
	return t.New().Interface(), nil
}

// skeleton is a request with every field of its first level, empty.
func skeleton(d protoreflect.MessageDescriptor) ([]byte, error) {
	m, err := newMessage(d)
	if err != nil {
		return nil, err
	}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if f.ContainingOneof() == nil && f.Message() != nil && !f.IsList() && !f.IsMap() {
			m.ProtoReflect().Mutable(f) // an empty object shows better what goes there than null
		}
	}
	data, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	return compactJSON(data)
}
