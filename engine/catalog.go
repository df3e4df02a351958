package engine

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Catalog is a set of node types together with the rules that hold outside of flows. It is a value: a test can pass three types instead
// of all.
type Catalog struct {
	types map[Kind]*NodeType
	// Rules act on events outside of flows.
	Rules Rules
	// Validate judges a definition by the rules on the fields of its messages. The engine knows no such library; who makes the catalog
	// gives it one. Without it no such rule is checked.
	Validate func(proto.Message) []Violation

	pins    map[string]pin           // by node: what trials give instead of running it
	counted func(activation, uint64) // told what evaluations cost; only tests count
}

// Violation is a rule of a message's fields that a definition breaks.
type Violation struct {
	// Field is the path of the field from the root of the message, such as nodes[3].delay_control.rules[0].name.
	Field string
	// Message says what is wrong.
	Message string
	// Zh says it in Chinese.
	Zh string
}

// Rules are what happens to a session whatever its flows say: requests of people, results of commands, timers of the session itself. They
// run before waiting instances resume, and may do everything a node may.
type Rules struct {
	// Prepare indexes an environment once per snapshot; nodes get the result from Run.Prepared.
	Prepare func(*flowdeskv1.Environment) any
	// Handle acts on the turn's event.
	Handle func(*Run)
	// Changed acts on a change that the turn made (an event with done set).
	Changed func(*Run, *flowdeskv1.Event)
	// Failed acts on an instance whose node failed when the flow's error policy is to hand over.
	Failed func(run *Run, node string, err error)
	// Understand answers what a text means; it must be a pure function.
	Understand func(env *Env, text string) *flowdeskv1.Understanding
}

// NewCatalog makes a catalog. It panics when a kind is there twice.
func NewCatalog(rules Rules, types ...*NodeType) *Catalog {
	c := &Catalog{types: make(map[Kind]*NodeType, len(types)), Rules: rules}
	for _, t := range types {
		if c.types[t.Kind] != nil {
			panic(fmt.Sprintf("node type %s: registered twice", t.Kind)) //nolint:forbidigo // a programmer's error or a broken invariant
		}
		c.types[t.Kind] = t
	}
	return c
}

// Type is the node type of a kind, or nil.
func (c *Catalog) Type(kind Kind) *NodeType { return c.types[kind] }

// Types are all node types in the order of their arms' numbers.
func (c *Catalog) Types() []*NodeType {
	return slices.SortedFunc(maps.Values(c.types), func(a, b *NodeType) int {
		return int(a.Arm.Number()) - int(b.Arm.Number())
	})
}

// Of is the node type of a node, or nil when it has no config or the catalog lacks the kind.
func (c *Catalog) Of(node *flowdeskv1.Node) *NodeType {
	m := node.ProtoReflect()
	arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config"))
	if arm == nil {
		return nil
	}
	return c.types[KindOf(arm)]
}
