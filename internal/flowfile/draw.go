package flowfile

import (
	"fmt"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Dot draws a flow for Graphviz.
func Dot(def *flowdeskv1.FlowDefinition) string {
	var out strings.Builder
	fmt.Fprintf(&out, "digraph %s {\n  rankdir=LR;\n  node [shape=box];\n", quoteDot(def.GetTitle()))
	for _, n := range def.GetNodes() {
		fmt.Fprintf(&out, "  %s [label=%s];\n", quoteDot(n.GetId()), quoteDot(label(n)))
	}
	for _, e := range def.GetEdges() {
		fmt.Fprintf(&out, "  %s -> %s", quoteDot(e.GetFrom()), quoteDot(e.GetTo()))
		if port := portOf(e); port != "out" {
			fmt.Fprintf(&out, " [label=%s]", quoteDot(port))
		}
		out.WriteString(";\n")
	}
	out.WriteString("}\n")
	return out.String()
}

// Outline draws a flow as text: each node with its ports and where they lead.
func Outline(def *flowdeskv1.FlowDefinition) string {
	var out strings.Builder
	if def.GetTitle() != "" {
		fmt.Fprintln(&out, def.GetTitle())
	}
	for _, n := range def.GetNodes() {
		fmt.Fprintf(&out, "%s  %s\n", n.GetId(), kindOf(n))
		for _, e := range def.GetEdges() {
			if e.GetFrom() == n.GetId() {
				fmt.Fprintf(&out, "  %s → %s\n", portOf(e), e.GetTo())
			}
		}
	}
	return out.String()
}

func label(n *flowdeskv1.Node) string {
	name := n.GetId()
	if n.GetName() != "" {
		name = n.GetName()
	}
	return name + "\n" + kindOf(n)
}

func kindOf(n *flowdeskv1.Node) string {
	m := n.ProtoReflect()
	arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config"))
	if arm == nil {
		return "?"
	}
	return strings.ToUpper(string(arm.Name()))
}

func portOf(e *flowdeskv1.Edge) string {
	if e.GetPort() == "" {
		return "out"
	}
	return e.GetPort()
}

// quoteDot quotes a text for Graphviz, in which only quotation marks and backslashes mean something and \n is a new line.
func quoteDot(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(text) + `"`
}
