package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ErrUndeclared is the error of a node that does what its type's may does not declare.
var ErrUndeclared = errors.New("the node type does not declare this capability")

// Run is what a node sees and may do during one visit. Time, randomness and the outside exist for a node only through its run. The same
// type serves the catalog's rules, which act outside of any instance.
type Run struct {
	turn     *turn
	instance *instance    // nil for rules
	node     *ProgramNode // nil for rules
	event    *flowdeskv1.Event
	visit    int32
	wait     *flowdeskv1.NodeWait
	notes    []string
	inputs   []*flowdeskv1.NamedValue
	err      error // the first undeclared act
	again    *ProgramNode
	rand     *rand.Rand
}

// Now is the turn's time, fixed once, in the organisation's zone.
func (r *Run) Now() time.Time { return r.turn.now }

// Stamp is the turn's time as it is stored. It is one for the whole turn, and nobody may change it.
func (r *Run) Stamp() *timestamppb.Timestamp { return r.turn.out.GetNow() }

// Zone is the organisation's time zone.
func (r *Run) Zone() *time.Location { return r.turn.env.Zone }

// Rand is a generator seeded by turn, instance, node and visit.
func (r *Run) Rand() *rand.Rand {
	if r.rand == nil {
		r.rand = rand.New(rand.NewPCG(r.turn.out.GetSeed(), Digest(r.InstanceID(), r.NodeID(), fmt.Sprint(r.visit))))
	}
	return r.rand
}

// NewID makes a deterministic id.
func (r *Run) NewID() string { return r.turn.newID() }

// Start is the event that started the instance; for rules, the turn's event.
func (r *Run) Start() *flowdeskv1.Event {
	if r.instance == nil {
		return r.event
	}
	return r.instance.start
}

// Event is what happens now: the event that started or resumed the instance, or a change that the turn made.
func (r *Run) Event() *flowdeskv1.Event { return r.event }

// Message is the chat message that started the instance, or nil.
func (r *Run) Message() *flowdeskv1.MessageEvent { return r.Start().GetMessage() }

// MessageID is the id under which the message that started the instance is stored.
func (r *Run) MessageID() string { return r.Start().GetId() }

// Sender is the participant who sent the message that started the instance, or empty.
func (r *Run) Sender() string {
	if m := r.Message(); m != nil {
		return ParticipantID(m.GetSenderName())
	}
	return ""
}

// State is the session part of the view. Nodes only read it.
func (r *Run) State() *State { return r.turn.state }

// Env is the environment part of the view.
func (r *Run) Env() *Env { return r.turn.env }

// Settings are the organisation's settings.
func (r *Run) Settings() *flowdeskv1.Settings { return r.turn.env.GetSettings() }

// Arrival is what the rules found out about the turn's message.
func (r *Run) Arrival() *Arrival { return &r.turn.arrival }

// Arrival is what is known of a message before any flow sees it.
type Arrival struct {
	// DuplicateOf is the stored message that the report repeats.
	DuplicateOf string
	// OwnRobot is our robot that the sender is.
	OwnRobot string
	// Command is our command that the text proves, when a robot heard one of ours.
	Command string
	// Digest is the digest of sender, kind and raw text.
	Digest uint64
}

// DueTimer is the timer that is the turn's event, already taken off the session; nil for other events.
func (r *Run) DueTimer() *flowdeskv1.Timer { return r.turn.due }

// InstanceID is the instance, empty for rules.
func (r *Run) InstanceID() string {
	if r.instance == nil {
		return ""
	}
	return r.instance.trace.GetInstance()
}

// FlowID is the flow, empty for rules.
func (r *Run) FlowID() string {
	if r.instance == nil {
		return ""
	}
	return r.instance.program.Flow
}

// Program is the instance's program, nil for rules.
func (r *Run) Program() *Program {
	if r.instance == nil {
		return nil
	}
	return r.instance.program
}

// Active are the active flows by priority, highest first.
func (r *Run) Active() []*Program { return r.turn.in.Programs }

// NodeID is the node, empty for rules.
func (r *Run) NodeID() string {
	if r.node == nil {
		return ""
	}
	return r.node.ID
}

// Visit is the number of this visit of the node, from 1.
func (r *Run) Visit() int32 { return r.visit }

// TraceID is the trace id that connects everything from callback to robot.
func (r *Run) TraceID() string { return r.Start().GetTrace() }

// Output is what a node of the instance gave, or nil when it has not run.
func (r *Run) Output(node string) proto.Message {
	if r.instance == nil {
		return nil
	}
	n := r.instance.program.Node(node)
	if n == nil {
		return nil
	}
	return r.instance.output(n)
}

// Nearest is the output of the nearest earlier node whose output is an O, or the zero value when none ran.
func Nearest[O proto.Message](r *Run) O {
	var none O
	if r.instance == nil {
		return none
	}
	for i := r.node.Index; i >= 0; i-- {
		if out, ok := r.instance.output(r.instance.program.Nodes[i]).(O); ok {
			return out
		}
	}
	return none
}

// Note adds a line to the step: why the node did or did not do something. Why and why not are answered from notes.
func (r *Run) Note(format string, args ...any) {
	note := format
	if len(args) > 0 {
		note = fmt.Sprintf(format, args...)
	}
	if r.instance == nil {
		r.turn.out.Notes = append(r.turn.out.GetNotes(), note)
		return
	}
	r.notes = append(r.notes, note)
}

// Understand is what a text means to the built-in text understanding. The answer is recorded with the turn.
func (r *Run) Understand(text string) *flowdeskv1.Understanding { return r.turn.understand(text) }

// Wait says what the node waits for. It replaces an earlier wait of the node.
func (r *Run) Wait(wait *flowdeskv1.NodeWait) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_WAIT) {
		return
	}
	wait.Node, wait.Visit = r.NodeID(), r.visit
	r.wait = wait
}

// Timer arms a timer and gives its id, to be put into a wait.
func (r *Run) Timer(due time.Time) string {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_WAIT) {
		return ""
	}
	id := r.NewID()
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SetTimer{SetTimer: &flowdeskv1.Timer{
		Id: id, Due: Timestamp(due), Instance: r.InstanceID(), Purpose: "node", Subject: r.NodeID(),
	}}})
	return id
}

// Call makes an outside call whose answer resumes this node. The node must return Pending.
func (r *Run) Call(call *flowdeskv1.Call) string {
	id := r.Ask(call)
	r.wait = &flowdeskv1.NodeWait{Node: r.NodeID(), Visit: r.visit, Call: id}
	return id
}

// Ask makes an outside call whose answer nobody awaits.
func (r *Run) Ask(call *flowdeskv1.Call) string {
	if call.GetKind() == flowdeskv1.CallKind_CALL_KIND_NOTICE {
		if !r.declared(flowdeskv1.Capability_CAPABILITY_NOTIFY) {
			return ""
		}
	} else if !r.declared(flowdeskv1.Capability_CAPABILITY_CALLS) {
		return ""
	}
	if m := call.GetModel(); m != nil && fitPrompt(m) {
		r.Note("the question to the model was too long: its oldest part was left out")
	}
	call.Id, call.Session, call.Node, call.Trace = r.NewID(), r.State().GetId(), r.NodeID(), r.TraceID()
	call.Instance = r.InstanceID()
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_MakeCall{MakeCall: call}})
	if r.instance != nil {
		r.instance.calls++
	}
	return call.GetId()
}

// Again asks for the one earlier node named to be run again, instead of taking a port. The turn goes on from there.
func (r *Run) Again(node string) Port {
	r.again = r.instance.program.Node(node)
	return again
}

// again is not a port of any node: its name cannot be written in a flow.
const again Port = "\x00again"

// SetVariable writes a variable; the value is canonical JSON of its type.
func (r *Run) SetVariable(name, json string) error {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_VARIABLES) {
		return r.err
	}
	return r.instance.setVariable(name, json)
}

// Prepared is what the catalog's rules made of the environment.
func Prepared[T any](r *Run) T {
	prepared, _ := r.turn.env.prepared.(T)
	return prepared
}

// declared notes an act that the node type does not declare. Rules may do everything.
func (r *Run) declared(c flowdeskv1.Capability) bool {
	if r.node == nil || r.node.Type.May(c) {
		return true
	}
	if r.err == nil {
		r.err = fmt.Errorf("%s of %s: %w", c, r.node.Type.Kind, ErrUndeclared)
	}
	return false
}
