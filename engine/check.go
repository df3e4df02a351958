package engine

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Check is how a node type adds its own rules to the compiler: it looks at the config and reports.
type Check struct {
	node   *flowdeskv1.Node
	report func(d *flowdeskv1.Diagnostic)
	lookup func(id string) *flowdeskv1.Node
	before func(id string) bool

	compiler *compiler
	program  *ProgramNode
}

// Error reports what is wrong at a field of the config (a path such as rules[2].window) and what would be right.
func (c *Check) Error(code, field, message, remedy string) {
	c.report(&flowdeskv1.Diagnostic{
		Code: code, Severity: flowdeskv1.Severity_SEVERITY_ERROR, Node: c.node.GetId(), Field: field, Offset: -1, Message: message, Remedy: remedy,
	})
}

// Warn reports what somebody should look at.
func (c *Check) Warn(code, field, message, remedy string) {
	c.report(&flowdeskv1.Diagnostic{
		Code: code, Severity: flowdeskv1.Severity_SEVERITY_WARNING, Node: c.node.GetId(), Field: field, Offset: -1, Message: message, Remedy: remedy,
	})
}

// NodeConfig is the node that is checked.
func (c *Check) NodeConfig() *flowdeskv1.Node { return c.node }

// Node is another node of the flow, or nil.
func (c *Check) Node(id string) *flowdeskv1.Node { return c.lookup(id) }

// Before reports whether a node runs before this one on every path.
func (c *Check) Before(id string) bool { return c.before(id) }

// EnumOf is the enum of an expression field, found from the field that the expression selects; nil when it selects none.
func (c *Check) EnumOf(source string) protoreflect.EnumDescriptor {
	parts := strings.Split(strings.TrimSpace(source), ".")
	if len(parts) < 3 || parts[0] != "nodes" || c.compiler.program.byID[parts[1]] == nil {
		return nil
	}
	message := c.compiler.program.byID[parts[1]].Type.Output.Descriptor()
	for i, name := range parts[2:] {
		field := message.Fields().ByName(protoreflect.Name(name))
		switch {
		case field == nil:
			return nil
		case i == len(parts)-3:
			return field.Enum()
		case field.Message() == nil:
			return nil
		}
		message = field.Message()
	}
	return nil
}
