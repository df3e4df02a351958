// Command reference writes docs/nodes.md, the reference of all node types, from the descriptors of the protos with their comments:
//
//	reference DESCRIPTORS > docs/nodes.md
//
// DESCRIPTORS is what buf build --as-file-descriptor-set writes. `make docs` does both.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: reference DESCRIPTORS")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(data, set); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	found, err := files.FindDescriptorByName((&flowdeskv1.Node{}).ProtoReflect().Descriptor().FullName())
	if err != nil {
		return err
	}
	node, ok := found.(protoreflect.MessageDescriptor)
	if !ok {
		return fmt.Errorf("%s is no message", found.FullName())
	}
	w := bufio.NewWriter(out)
	write(w, node, nodes.Builtin())
	return w.Flush()
}
