package engine

import (
	"sync"
	"sync/atomic"

	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Program is one flow version after compilation: nodes in order, ports resolved, every expression checked and planned, worst case known.
// It never changes and is shared by all turns.
type Program struct {
	Flow       string
	Version    int32
	Digest     string // of the definition's canonical bytes
	Definition *flowdeskv1.FlowDefinition
	Bounds     *flowdeskv1.Bounds
	Nodes      []*ProgramNode // in an order in which every edge points forward
	Triggers   []*ProgramNode
	Variables  []ProgramVariable

	byID      map[string]*ProgramNode
	variables map[string]int
	templates sync.Map // text -> *Template: texts that come from settings
}

// ProgramVariable is a variable of a program.
type ProgramVariable struct {
	Name    string
	Type    flowdeskv1.VariableType
	Initial ref.Val // nil when a read is always preceded by a write
}

// ProgramNode is one node of a program.
type ProgramNode struct {
	ID     string
	Index  int // place in Program.Nodes
	Type   *NodeType
	Node   *flowdeskv1.Node
	Config proto.Message // with the defaults of its descriptor; fields that a setting gives are still unset

	edges       map[Port]*ProgramNode
	expressions map[fieldKey]*Expression
	templates   map[fieldKey]*Template
	effective   atomic.Pointer[effectiveConfig]
}

// fieldKey names a field of the node's config. Message is nil for fields of the config itself, otherwise the nested message that stands
// in the immutable config.
type fieldKey struct {
	message proto.Message
	field   string
}

type effectiveConfig struct {
	env    *Env
	config proto.Message
}

// Expression is a planned CEL expression.
type Expression struct {
	Source string
	// Explicit is true when the flow's author wrote it, false for a default.
	Explicit bool
	// Constant is its value when it does not depend on the view.
	Constant ref.Val

	eval func(activation) (ref.Val, error)
}

// Template is a text with values in braces.
type Template struct {
	Source string
	parts  []templatePart
}

type templatePart struct {
	literal string                      // text as it stands
	name    string                      // one of the names that the node gives
	expr    *Expression                 // anything else
	enum    protoreflect.EnumDescriptor // of the expression's value, when it is one
}

// Node is the node with an id, or nil.
func (p *Program) Node(id string) *ProgramNode { return p.byID[id] }

// Next is the node to which a port leads, or nil.
func (n *ProgramNode) Next(port Port) *ProgramNode { return n.edges[port] }

// Connected reports whether some node of a kind has an edge at a port.
func (p *Program) Connected(kind Kind, port Port) bool {
	for _, n := range p.Nodes {
		if n.Type.Kind == kind && n.edges[port] != nil {
			return true
		}
	}
	return false
}
