package engine

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Kind names a node type: the name of its arm in Node.config in upper case, such as DELAY_CONTROL.
type Kind string

// Port names an output port of a node.
type Port string

// Ports with a meaning of their own.
const (
	// Pending is no port: the node waits and nothing goes on from it for now.
	Pending Port = ""
	// Out is the port of nodes that have only one.
	Out Port = "out"
	// Failed is the port that every node has besides its own: it is taken when the node fails and an edge leaves it.
	Failed Port = "error"
	// Ended is taken by a wait that is over with nothing to go on with. No edge can leave it.
	Ended Port = "ended"
)

// NodeType is one node type: its descriptor, and what it does. It is made by NewNodeType and never changes.
type NodeType struct {
	Kind   Kind
	Spec   *flowdeskv1.NodeSpec
	Arm    protoreflect.FieldDescriptor   // the arm of Node.config
	Config protoreflect.MessageDescriptor // the config message
	Output protoreflect.MessageType       // the output message

	enter  func(run *Run, config proto.Message) (proto.Message, Port, error)
	resume func(run *Run, config proto.Message, wake *Wake) (proto.Message, Port, error)
	match  func(run *Run, config proto.Message) bool
	check  func(check *Check, config proto.Message)
	ports  func(config proto.Message) []*flowdeskv1.PortSpec
	may    uint32 // bit set of capabilities
}

// Wake is why a waiting node continues.
type Wake struct {
	// Event is what happened: the turn's event, or a change that this turn made.
	Event *flowdeskv1.Event
	// Wait is what the node waited for.
	Wait *flowdeskv1.NodeWait
}

// Option completes a node type.
type Option[C proto.Message, O proto.Message] func(*NodeType)

// OnResume says how a waiting node continues. Returning Pending leaves the node waiting, by its old wait or by a new one; a port ends the
// wait unless the function asked for another. A nil output keeps the earlier one.
func OnResume[C, O proto.Message](resume func(*Run, C, *Wake) (O, Port, error)) Option[C, O] {
	return func(t *NodeType) {
		t.resume = func(run *Run, config proto.Message, wake *Wake) (proto.Message, Port, error) {
			out, port, err := resume(run, config.(C), wake) //nolint:forcetypeassert // the compiler gave the node its own config
			return out, port, err
		}
	}
}

// Starts says whether the turn's event starts a flow at this trigger node; the filter of the trigger is judged by the function itself.
func Starts[C, O proto.Message](match func(*Run, C) bool) Option[C, O] {
	return func(t *NodeType) {
		t.match = func(run *Run, config proto.Message) bool {
			return match(run, config.(C)) //nolint:forcetypeassert // as above
		}
	}
}

// Checks adds rules of the node type to the compiler.
func Checks[C, O proto.Message](check func(*Check, C)) Option[C, O] {
	return func(t *NodeType) {
		t.check = func(c *Check, config proto.Message) {
			check(c, config.(C)) //nolint:forcetypeassert // as above
		}
	}
}

// PortsFrom says which ports a node has by its config, for types whose ports are not fixed. The answer takes the place of the fixed ports.
func PortsFrom[C, O proto.Message](ports func(C) []*flowdeskv1.PortSpec) Option[C, O] {
	return func(t *NodeType) {
		t.ports = func(config proto.Message) []*flowdeskv1.PortSpec {
			return ports(config.(C)) //nolint:forcetypeassert // as above
		}
	}
}

// NewNodeType makes the node type whose config message is C and whose output message is O. It panics on a programmer's error: a config
// that is no arm of Node.config, a missing (node) option, an output that is not named after the config.
func NewNodeType[C, O proto.Message](enter func(*Run, C) (O, Port, error), options ...Option[C, O]) *NodeType {
	var config C
	var output O
	t := &NodeType{
		Config: config.ProtoReflect().Descriptor(),
		Output: output.ProtoReflect().Type(),
		enter: func(run *Run, config proto.Message) (proto.Message, Port, error) {
			out, port, err := enter(run, config.(C)) //nolint:forcetypeassert // the compiler gave the node its own config
			return out, port, err
		},
	}
	t.describe()
	for _, option := range options {
		option(t)
	}
	return t
}

// NewPlannedType makes a node type that is part of the language and cannot be activated yet.
func NewPlannedType(config proto.Message) *NodeType {
	t := &NodeType{Config: config.ProtoReflect().Descriptor()}
	name := t.Config.FullName() + "Output"
	output, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		panic(fmt.Sprintf("node type %s: no message %s", t.Config.Name(), name)) //nolint:forbidigo // a programmer's error or a broken invariant
	}
	t.Output = output
	t.describe()
	return t
}

func (t *NodeType) describe() {
	t.Arm = armOf(t.Config)
	if t.Arm == nil {
		panic(fmt.Sprintf("node type %s: no arm of Node.config", t.Config.Name())) //nolint:forbidigo // a programmer's error or a broken invariant
	}
	t.Kind = KindOf(t.Arm)
	if want := t.Config.Name() + "Output"; t.Output.Descriptor().Name() != want {
		panic(fmt.Sprintf("node type %s: output is %s, want %s", t.Kind, t.Output.Descriptor().Name(), want)) //nolint:forbidigo // a programmer's error or a broken invariant
	}
	spec, ok := proto.GetExtension(t.Config.Options(), flowdeskv1.E_Node).(*flowdeskv1.NodeSpec)
	if !ok || spec == nil {
		panic(fmt.Sprintf("node type %s: no (node) option", t.Kind)) //nolint:forbidigo // a programmer's error or a broken invariant
	}
	t.Spec = spec
	for _, capability := range spec.GetMay() {
		t.may |= 1 << uint32(capability)
	}
}

// Planned reports whether the type cannot be activated yet.
func (t *NodeType) Planned() bool { return t.Spec.GetPlanned() != nil }

// Waits reports whether the type can continue in a later turn.
func (t *NodeType) Waits() bool { return t.resume != nil }

// May reports whether the type declares a capability.
func (t *NodeType) May(c flowdeskv1.Capability) bool { return t.may&(1<<uint32(c)) != 0 }

func armOf(config protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	arms := (&flowdeskv1.Node{}).ProtoReflect().Descriptor().Oneofs().ByName("config").Fields()
	for i := range arms.Len() {
		if arms.Get(i).Message().FullName() == config.FullName() {
			return arms.Get(i)
		}
	}
	return nil
}

// KindOf is the kind of an arm of Node.config.
func KindOf(arm protoreflect.FieldDescriptor) Kind {
	upper := []byte(arm.Name())
	for i, b := range upper {
		if 'a' <= b && b <= 'z' {
			upper[i] = b - 'a' + 'A'
		}
	}
	return Kind(upper)
}
