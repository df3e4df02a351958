package cli

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// describe writes what a method takes and answers: every field with its JSON name, its type, and the values of enums.
func describe(m protoreflect.MethodDescriptor) string {
	var b strings.Builder
	kind := ""
	if m.IsStreamingServer() {
		kind = "stream "
	}
	fmt.Fprintf(&b, "%s.%s(%s) returns %s%s\n", m.Parent().Name(), m.Name(), m.Input().Name(), kind, m.Output().Name())
	seen := make(map[protoreflect.FullName]bool)
	for queue := []protoreflect.MessageDescriptor{m.Input(), m.Output()}; len(queue) > 0; queue = queue[1:] {
		d := queue[0]
		if seen[d.FullName()] || len(seen) >= mostDescribed {
			continue
		}
		seen[d.FullName()] = true
		fmt.Fprintf(&b, "\n%s\n", d.Name())
		var rows []row
		for i := range d.Fields().Len() {
			f := d.Fields().Get(i)
			rows = append(rows, row{f.JSONName(), fieldType(f)})
			if next := f.Message(); next != nil && !f.IsMap() && next.ParentFile().Package() == m.ParentFile().Package() {
				queue = append(queue, next)
			}
		}
		if len(rows) > 0 {
			b.WriteString(indented(rows))
		}
	}
	return b.String()
}

// mostDescribed bounds a description: the config of flows leads to some two hundred messages.
const mostDescribed = 12

// fieldType is a field's type in words of JSON.
func fieldType(f protoreflect.FieldDescriptor) string {
	name := f.Kind().String()
	switch {
	case f.IsMap():
		return "map of " + fieldType(f.MapValue())
	case f.Message() != nil:
		name = string(f.Message().Name())
	case f.Enum() != nil:
		var values []string
		for i := range f.Enum().Values().Len() {
			if v := f.Enum().Values().Get(i); v.Number() != 0 {
				values = append(values, string(v.Name()))
			}
		}
		name = strings.Join(values, " | ")
	}
	if f.IsList() {
		name = "list of " + name
	}
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		name += "  (one of " + string(o.Name()) + ")"
	}
	return name
}
