package engine

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Check is how a node type adds its own rules to the compiler: it looks at the config and reports.
type Check struct {
	node   *flowdeskv1.Node
	vertex *vertex
	report func(d *flowdeskv1.Diagnostic)
	lookup func(id string) *flowdeskv1.Node
	before func(id string) bool
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

// Enum is the enum that an expression field gives, or nil when it gives none or is in error. Message is the config or a message nested
// in it, as the check was given it.
func (c *Check) Enum(message proto.Message, field string) protoreflect.EnumDescriptor {
	checked := c.vertex.types[c.vertex.key(message, field)]
	if checked == nil {
		return nil
	}
	return enumOf(checked)
}

// Type is the type that an expression field gives, or nil when the field is empty or in error.
func (c *Check) Type(message proto.Message, field string) *cel.Type {
	checked := c.vertex.types[c.vertex.key(message, field)]
	if checked == nil {
		return nil
	}
	return checked.OutputType()
}

// Constant is the value of an expression field that reads nothing of the run, or nil.
func (c *Check) Constant(message proto.Message, field string) ref.Val {
	e := c.vertex.expressions[c.vertex.key(message, field)]
	if e == nil {
		return nil
	}
	return e.Constant
}

// Explicit reports whether the author wrote an expression field and it is in order.
func (c *Check) Explicit(message proto.Message, field string) bool {
	e := c.vertex.expressions[c.vertex.key(message, field)]
	return e != nil && e.Explicit
}
