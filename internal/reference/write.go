package main

import (
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const preamble = `# Node types

<!-- Written by make docs from the protos; edit those. -->

A flow is a graph of nodes without cycles. Each node has a config, an output that later nodes read as ` + "`nodes.<id>.<field>`" + ` (or
` + "`maybe.<id>`" + ` where it may not have run), and ports that lead on. A port marked *later* is taken in a later turn: when an answer, a
result or a deadline comes. A port marked *optional* may stay unconnected. Every node also has the port ` + "`error`" + `: taken when it fails itself; unconnected, the flow's error policy says what happens.

`

// write writes the reference of all arms of a node's config.
func write(w io.Writer, node protoreflect.MessageDescriptor, catalog *engine.Catalog) {
	fmt.Fprint(w, preamble)
	arms := node.Oneofs().ByName("config").Fields()
	family := flowdeskv1.NodeFamily_NODE_FAMILY_UNSPECIFIED
	for i := range arms.Len() {
		arm := arms.Get(i)
		spec := nodeSpec(arm.Message())
		if spec.GetFamily() != family {
			family = spec.GetFamily()
			fmt.Fprintf(w, "## %s\n\n", title(strings.TrimPrefix(family.String(), "NODE_FAMILY_")))
		}
		writeType(w, arm, spec, catalog)
	}
}

func writeType(w io.Writer, arm protoreflect.FieldDescriptor, spec *flowdeskv1.NodeSpec, catalog *engine.Catalog) {
	kind := strings.ToUpper(string(arm.Name()))
	fmt.Fprintf(w, "### %s\n\n%s · %s. %s\n\n", kind, spec.GetTitle().GetZh(), spec.GetTitle().GetEn(), spec.GetHelp().GetEn())
	if planned := spec.GetPlanned(); planned != nil {
		fmt.Fprintf(w, "**Not available yet:** %s\n\n", planned.GetEn())
	} else if t := catalog.Type(engine.Kind(kind)); t == nil || t.Planned() {
		fmt.Fprint(w, "**Not available yet.**\n\n")
	}
	var ports []string
	for _, p := range spec.GetPorts() {
		ports = append(ports, port(p))
	}
	if spec.GetDynamicPorts() {
		ports = append(ports, "and those of its config")
	}
	if len(ports) > 0 {
		fmt.Fprintf(w, "Ports: %s.\n\n", strings.Join(ports, ", "))
	}
	if may := spec.GetMay(); len(may) > 0 {
		fmt.Fprintf(w, "May change: %s%s.\n\n", capabilities(may), limits(spec))
	}
	fields(w, "Config", arm.Message())
	if output := arm.Message().ParentFile().Messages().ByName(arm.Message().Name() + "Output"); output != nil {
		fields(w, "Output", output)
	}
}

func port(p *flowdeskv1.PortSpec) string {
	text := "`" + p.GetName() + "`"
	var marks []string
	if p.GetLater() {
		marks = append(marks, "later")
	}
	if p.GetOptional() {
		marks = append(marks, "optional")
	}
	if len(marks) > 0 {
		text += " (" + strings.Join(marks, ", ") + ")"
	}
	return text
}

func capabilities(may []flowdeskv1.Capability) string {
	names := make([]string, len(may))
	for i, c := range may {
		names[i] = strings.ToLower(strings.TrimPrefix(c.String(), "CAPABILITY_"))
	}
	return strings.Join(names, ", ")
}

func limits(spec *flowdeskv1.NodeSpec) string {
	text := ""
	if n := spec.GetMaxCommands(); n > 0 {
		text += fmt.Sprintf("; at most %d commands a visit", n)
	}
	if n := spec.GetMaxCalls(); n > 0 {
		text += fmt.Sprintf("; at most %d outside calls a visit", n)
	}
	return text
}

// fields writes a table of a message's fields with their comments.
func fields(w io.Writer, heading string, message protoreflect.MessageDescriptor) {
	if message.Fields().Len() == 0 {
		return
	}
	fmt.Fprintf(w, "| %s | Type | Meaning |\n| --- | --- | --- |\n", heading)
	for i := range message.Fields().Len() {
		f := message.Fields().Get(i)
		meaning := comment(f)
		spec, _ := proto.GetExtension(f.Options(), flowdeskv1.E_Field).(*flowdeskv1.FieldSpec)
		if setting := spec.GetSetting(); setting != "" {
			meaning += " Unset takes the setting `" + setting + "`."
		}
		if e := spec.GetExpression(); e != nil {
			meaning += " CEL expression"
			if e.GetDefaultExpression() != "" {
				meaning += "; unset is `" + e.GetDefaultExpression() + "`"
			}
			meaning += "."
		}
		if names := spec.GetTemplateNames(); len(names) > 0 {
			meaning += " Template with {" + strings.Join(names, "}, {") + "}."
		}
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", f.Name(), typeName(f, spec), meaning)
	}
	fmt.Fprintln(w)
}

func typeName(f protoreflect.FieldDescriptor, spec *flowdeskv1.FieldSpec) string {
	name := f.Kind().String()
	switch {
	case spec.GetExpression() != nil:
		name = spec.GetExpression().GetType()
	case f.Message() != nil:
		name = string(f.Message().Name())
	case f.Enum() != nil:
		name = string(f.Enum().Name())
	}
	if f.IsList() {
		name = "list of " + name
	}
	return name
}

// comment is a descriptor's leading comment on one line, safe in a table.
func comment(d protoreflect.Descriptor) string {
	text := d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", "\\|")
}

func nodeSpec(config protoreflect.MessageDescriptor) *flowdeskv1.NodeSpec {
	spec, _ := proto.GetExtension(config.Options(), flowdeskv1.E_Node).(*flowdeskv1.NodeSpec)
	return spec
}

// title is AFTER_SALES as After sales.
func title(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", " "))
	return strings.ToUpper(name[:1]) + name[1:]
}
