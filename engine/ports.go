package engine

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// PortsOf are the ports of a node with this config: those of its type, or, for types whose ports come from their config, those that the
// config names.
func (t *NodeType) PortsOf(config proto.Message) []*flowdeskv1.PortSpec {
	switch {
	case t.ports != nil:
		return t.ports(config)
	case t.Spec.GetDynamicPorts() && !t.Planned():
		return dynamicPorts(t, config)
	}
	return t.Spec.GetPorts()
}

// dynamicPorts are the values of the fields named port in messages nested in the config, then the fixed ports. A config with a field
// with_else that is false has no port else.
func dynamicPorts(t *NodeType, config proto.Message) []*flowdeskv1.PortSpec {
	var ports []*flowdeskv1.PortSpec
	seen := map[string]bool{}
	drop := ""
	walkMessages(config, func(m protoreflect.Message, path string) {
		fields := m.Descriptor().Fields()
		if f := fields.ByName("with_else"); f != nil && !m.Get(f).Bool() {
			drop = "else"
		}
		f := fields.ByName("port")
		if f == nil || f.Kind() != protoreflect.StringKind || path == "" {
			return
		}
		if name := m.Get(f).String(); name != "" && !seen[name] {
			seen[name] = true
			ports = append(ports, &flowdeskv1.PortSpec{Name: name})
		}
	})
	for _, p := range t.Spec.GetPorts() {
		if p.GetName() != drop && !seen[p.GetName()] {
			ports = append(ports, p)
		}
	}
	return ports
}

func (v *vertex) portNames() string {
	names := make([]string, 0, len(v.ports)+1)
	for _, p := range v.ports {
		names = append(names, p.GetName())
	}
	return strings.Join(append(names, string(Failed)), ", ")
}

// walkMessages visits a message and all messages of this product nested in it, in the order of fields, with their paths.
func walkMessages(root proto.Message, visit func(m protoreflect.Message, path string)) {
	walk(root.ProtoReflect(), "", visit)
}

func walk(m protoreflect.Message, path string, visit func(m protoreflect.Message, path string)) {
	visit(m, path)
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || f.IsMap() || !ours(f.Message()) || !m.Has(f) {
			continue
		}
		if !f.IsList() {
			walk(m.Get(f).Message(), join(path, string(f.Name())), visit)
			continue
		}
		list := m.Get(f).List()
		for j := range list.Len() {
			walk(list.Get(j).Message(), join(path, indexed(string(f.Name()), j, "")), visit)
		}
	}
}

// ours reports whether a message belongs to the language.
func ours(d protoreflect.MessageDescriptor) bool { return d.ParentFile().Package() == container }

// join puts a field behind a path.
func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

// indexed is the path of an item of a list, or of a field of it.
func indexed(list string, i int, field string) string {
	item := fmt.Sprintf("%s[%d]", list, i)
	if field == "" {
		return item
	}
	return item + "." + field
}
