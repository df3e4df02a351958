package flowfile

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Read reads a flow from a file. The error lists everything that is wrong, with line and column.
func Read(data []byte) (*flowdeskv1.FlowDefinition, error) {
	def, _, diagnostics := Parse(data)
	if len(diagnostics) == 0 {
		return def, nil
	}
	all := make([]error, 0, len(diagnostics))
	for _, d := range diagnostics {
		all = append(all, fmt.Errorf("line %d:%d: %s", d.GetLine(), d.GetColumn(), d.GetMessage()))
	}
	return nil, fmt.Errorf("read flow file: %w", errors.Join(all...))
}

// Parse reads a flow from a file and keeps the place of every field. It reports everything that is wrong; what could be read is in the
// definition even so. The definition is never nil.
func Parse(data []byte) (*flowdeskv1.FlowDefinition, *Positions, []*flowdeskv1.Diagnostic) {
	def := &flowdeskv1.FlowDefinition{}
	r := &reader{positions: newPositions(string(data))}
	root, err := parse(data)
	if err != nil {
		var f *fault
		if errors.As(err, &f) {
			r.report(f.code, f.at, "", f.reason)
		} else {
			r.report(CodeSyntax, &node{line: 1, column: 1}, "", quoted(err.Error()))
		}
		return def, r.positions, r.diagnostics
	}
	r.message(r.withoutLayout(root), def.ProtoReflect(), "")
	r.positions.index(def)
	return def, r.positions, r.diagnostics
}

type reader struct {
	positions   *Positions
	diagnostics []*flowdeskv1.Diagnostic
}

// message reads an object into a message.
func (r *reader) message(n *node, m protoreflect.Message, path string) {
	r.positions.put(path, n)
	if n.kind == kindNull && path != "" {
		return
	}
	if n.kind != kindObject {
		r.report(CodeType, n, path, subject(path), kindObject.named(), n.kind.named())
		return
	}
	given := map[protoreflect.FullName]bool{}
	for i, key := range n.keys {
		f := field(m.Descriptor(), key)
		if f == nil {
			r.report(CodeUnknownField, key, join(path, key.text), key.text, fieldNames(m.Descriptor()))
			continue
		}
		here := join(path, string(f.Name()))
		if given[f.FullName()] {
			r.report(CodeDuplicate, key, here, key.text)
			continue
		}
		given[f.FullName()] = true
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			if other := m.WhichOneof(o); other != nil {
				r.report(CodeOneof, key, here, other.JSONName(), f.JSONName())
				continue
			}
		}
		r.positions.put(here, n.values[i])
		r.positions.key(here, key)
		r.field(n.values[i], m, f, here)
	}
}

// field finds a field by its JSON name or its name in the proto.
func field(d protoreflect.MessageDescriptor, key *node) protoreflect.FieldDescriptor {
	if key.kind == kindList || key.kind == kindObject {
		return nil
	}
	if f := d.Fields().ByJSONName(key.text); f != nil {
		return f
	}
	return d.Fields().ByName(protoreflect.Name(key.text))
}

func fieldNames(d protoreflect.MessageDescriptor) string {
	names := make([]string, 0, d.Fields().Len())
	for i := range d.Fields().Len() {
		names = append(names, d.Fields().Get(i).JSONName())
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (r *reader) field(n *node, m protoreflect.Message, f protoreflect.FieldDescriptor, path string) {
	if n.kind == kindNull { // as if it were not there, as in JSON
		return
	}
	if !f.IsList() {
		if value, ok := r.value(n, m.NewField(f), f, path); ok {
			m.Set(f, value)
		}
		return
	}
	if n.kind != kindList {
		r.report(CodeType, n, path, subject(path), kindList.named(), n.kind.named())
		return
	}
	list := m.NewField(f).List()
	for i, item := range n.items {
		here := fmt.Sprintf("%s[%d]", path, i)
		r.positions.put(here, item)
		var fresh protoreflect.Value
		if f.Message() != nil {
			fresh = list.NewElement()
		}
		value, ok := r.value(item, fresh, f, here)
		if !ok && f.Message() == nil {
			continue
		}
		if !ok {
			value = fresh
		}
		list.Append(value)
	}
	m.Set(f, protoreflect.ValueOfList(list))
}

func subject(path string) words {
	if path == "" {
		return words{"a flow", "流程"}
	}
	return words{path, path}
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

// ParseToPlace is Parse with the layout, nil when the file has none, and a function that adds lines and columns to what the compiler finds.
func ParseToPlace(data []byte) (*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout, func([]*flowdeskv1.Diagnostic), []*flowdeskv1.Diagnostic) {
	definition, positions, faults := Parse(data)
	return definition, positions.Layout(), positions.Complete, faults
}
