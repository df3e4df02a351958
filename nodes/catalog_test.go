package nodes_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

// Every arm of Node.config is a node type that people can find, read about and connect in both languages, with a behaviour or a word on why
// it has none yet.
func TestEveryArmIsANodeType(t *testing.T) {
	t.Parallel()
	catalog := nodes.Builtin()
	arms := (&flowdeskv1.Node{}).ProtoReflect().Descriptor().Oneofs().ByName("config").Fields()
	for i := range arms.Len() {
		arm := arms.Get(i)
		kind := engine.Kind(strings.ToUpper(string(arm.Name())))
		spec, _ := proto.GetExtension(arm.Message().Options(), flowdeskv1.E_Node).(*flowdeskv1.NodeSpec)
		if !assert.NotNil(t, spec, "%s: the (node) option", kind) {
			continue
		}
		both(t, spec.GetTitle(), "%s: title", kind)
		both(t, spec.GetHelp(), "%s: help", kind)
		assert.NotZero(t, spec.GetFamily(), "%s: family", kind)
		seen := map[string]bool{}
		for _, p := range spec.GetPorts() {
			both(t, p.GetLabel(), "%s: label of port %s", kind, p.GetName())
			assert.False(t, seen[p.GetName()], "%s: port %s is there twice", kind, p.GetName())
			seen[p.GetName()] = true
		}
		labelled(t, string(kind), arm.Message(), map[protoreflect.FullName]bool{})
		found := catalog.Type(kind)
		if !assert.NotNil(t, found, "%s: no file in nodes registers it", kind) {
			continue
		}
		if found.Planned() {
			both(t, spec.GetPlanned(), "%s: why it cannot be activated yet", kind)
		}
	}
	assert.Len(t, catalog.Types(), arms.Len(), "each kind once")
}

// labelled requires a label in both languages of every field and enum value that a flow author sees.
func labelled(t *testing.T, at string, message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) {
	t.Helper()
	if seen[message.FullName()] || message.ParentFile().Package() != "flowdesk.v1" {
		return
	}
	seen[message.FullName()] = true
	for i := range message.Fields().Len() {
		f := message.Fields().Get(i)
		path := at + "." + string(f.Name())
		if spec := engine.FieldSpec(f); spec.GetLabel() != nil || f.ContainingOneof() == nil || f.Message() == nil {
			both(t, spec.GetLabel(), "label of %s", path)
		}
		if spec := engine.FieldSpec(f); f.Kind() == protoreflect.BoolKind && !f.IsList() {
			both(t, spec.GetOnLabel(), "what %s means when it is on", path)
			both(t, spec.GetOffLabel(), "what %s means when it is off", path)
		}
		if e := f.Enum(); e != nil {
			for k := range e.Values().Len() {
				if v := e.Values().Get(k); v.Number() != 0 {
					label, _ := proto.GetExtension(v.Options(), flowdeskv1.E_Value).(*flowdeskv1.Text)
					both(t, label, "label of %s", v.FullName())
				}
			}
		}
		if m := f.Message(); m != nil {
			labelled(t, path, m, seen)
		}
	}
}

func both(t *testing.T, text *flowdeskv1.Text, format string, args ...any) {
	t.Helper()
	assert.Truef(t, text.GetZh() != "" && text.GetEn() != "", format+" in zh and en", args...)
}
