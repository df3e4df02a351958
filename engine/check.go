package engine

import (
	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Check is how a node type adds its own rules to the compiler: it looks at the config and reports.
type Check struct {
	node   *flowdeskv1.Node
	env    *cel.Env
	report func(d *flowdeskv1.Diagnostic)
	lookup func(id string) *flowdeskv1.Node
	before func(id string) bool
}

// Error reports what is wrong at a field of the config (a path such as rules[2].window) and what would be right, in both languages.
func (c *Check) Error(code, field string, message, remedy *flowdeskv1.Text) {
	c.found(flowdeskv1.Severity_SEVERITY_ERROR, code, field, message, remedy)
}

// Warn reports what somebody should look at.
func (c *Check) Warn(code, field string, message, remedy *flowdeskv1.Text) {
	c.found(flowdeskv1.Severity_SEVERITY_WARNING, code, field, message, remedy)
}

func (c *Check) found(severity flowdeskv1.Severity, code, field string, message, remedy *flowdeskv1.Text) {
	c.report(&flowdeskv1.Diagnostic{
		Code: code, Severity: severity, Node: c.node.GetId(), Field: field, Offset: -1,
		Message: message.GetEn(), MessageZh: message.GetZh(), Remedy: remedy.GetEn(), RemedyZh: remedy.GetZh(),
	})
}

// NodeConfig is the node that is checked.
func (c *Check) NodeConfig() *flowdeskv1.Node { return c.node }

// Node is another node of the flow, or nil.
func (c *Check) Node(id string) *flowdeskv1.Node { return c.lookup(id) }

// Before reports whether a node runs before this one on every path.
func (c *Check) Before(id string) bool { return c.before(id) }

// EnumOf is the enum that an expression gives, or nil when it gives none or is in error.
func (c *Check) EnumOf(source string) protoreflect.EnumDescriptor {
	checked, issues := c.env.Compile(source)
	if issues.Err() != nil {
		return nil
	}
	return enumOf(checked)
}
