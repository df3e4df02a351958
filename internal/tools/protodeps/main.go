// Command protodeps prints the third-party proto files that our own protos import.
//
// No Go module ships current sources of google/api or buf/validate, but the pinned
// modules link their descriptors. Printing those keeps the imports at exactly the
// versions the generated code runs with, without a registry and without a
// third-party file in the repository.
//
// Usage: protodeps DIR
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2/options"
	"github.com/jhump/protoreflect/v2/protoprint"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/api/httpbody"
	_ "google.golang.org/genproto/googleapis/rpc/code"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	_ "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// roots are the files our protos may import; what they import themselves follows.
var roots = []string{
	"buf/validate/validate.proto",
	"google/api/annotations.proto",
	"google/api/client.proto",
	"google/api/field_behavior.proto",
	"google/api/field_info.proto",
	"google/api/http.proto",
	"google/api/httpbody.proto",
	"google/api/resource.proto",
	"google/rpc/code.proto",
	"google/rpc/error_details.proto",
	"google/rpc/status.proto",
	"protoc-gen-openapiv2/options/annotations.proto",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: protodeps DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "protodeps:", err)
		os.Exit(1)
	}
}

// run empties dir and writes every root and its imports into it.
func run(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	p := printer{dir: dir, seen: map[string]bool{}, out: protoprint.Printer{Indent: "  "}}
	for _, path := range roots {
		fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
		if err != nil {
			return fmt.Errorf("find %s: %w", path, err)
		}
		if err := p.print(fd); err != nil {
			return err
		}
	}
	return nil
}

type printer struct {
	dir  string
	seen map[string]bool
	out  protoprint.Printer
}

// print writes fd and, once each, the files it imports. The well-known types are
// left out, because buf and protoc bring their own.
func (p *printer) print(fd protoreflect.FileDescriptor) error {
	if p.seen[fd.Path()] || strings.HasPrefix(fd.Path(), "google/protobuf/") {
		return nil
	}
	p.seen[fd.Path()] = true
	for i := range fd.Imports().Len() {
		if err := p.print(fd.Imports().Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	return p.write(fd)
}

func (p *printer) write(fd protoreflect.FileDescriptor) (err error) {
	name := filepath.Join(p.dir, filepath.FromSlash(fd.Path()))
	if err := os.MkdirAll(filepath.Dir(name), fs.FileMode(0o755)); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := p.out.PrintProtoFile(fd, f); err != nil {
		return fmt.Errorf("print %s: %w", fd.Path(), err)
	}
	return nil
}
