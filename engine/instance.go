package engine

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// instance is one run of a flow version as far as one turn moves it.
type instance struct {
	turn     *turn
	program  *Program
	start    *flowdeskv1.Event
	causes   []string
	memory   *flowdeskv1.InstanceState // nil when it began in this turn
	trace    *flowdeskv1.InstanceTrace
	outputs  []proto.Message
	visits   []int32
	values   []ref.Val // of the variables
	waits    []*flowdeskv1.NodeWait
	steps    int64
	calls    int64
	commands int64
	own      Run               // of the node that runs; nodes keep nothing of their run
	blank    []flowdeskv1.Step // room for the next steps
}

// stepRoom is how many steps are allocated together.
const stepRoom = 16

// newStep is a blank step.
func (in *instance) newStep() *flowdeskv1.Step {
	if len(in.blank) == 0 {
		room := stepRoom
		if in.memory != nil { // most often it takes one step and ends
			room = 2
		}
		in.blank = make([]flowdeskv1.Step, room)
	}
	step := &in.blank[0]
	in.blank = in.blank[1:]
	return step
}

// runOf is the run of a node's visit.
func (in *instance) runOf(n *ProgramNode, event *flowdeskv1.Event, visit int32) *Run {
	in.own = Run{turn: in.turn, instance: in, node: n, event: event, visit: visit}
	return &in.own
}

// begin makes a candidate an instance.
func (in *instance) begin() {
	in.causes = append(slices.Clone(in.start.GetCauses()), in.program.Flow)
	in.trace = &flowdeskv1.InstanceTrace{
		Flow: in.program.Flow, Version: in.program.Version, Instance: in.turn.newID(), Began: true, Causes: in.causes,
	}
	if in.start != in.turn.in.Event {
		in.trace.Start = in.start
	}
	in.room()
	for i, v := range in.program.Variables {
		in.values[i] = v.Initial
	}
}

func (in *instance) room() {
	in.outputs = make([]proto.Message, len(in.program.Nodes))
	in.visits = make([]int32, len(in.program.Nodes))
	in.values = make([]ref.Val, len(in.program.Variables))
}

// rememberInstance brings a waiting instance back.
func rememberInstance(t *turn, program *Program, memory *flowdeskv1.InstanceState) (*instance, error) {
	in := &instance{
		turn: t, program: program, start: memory.GetStart(), causes: memory.GetCauses(), memory: memory,
		waits: slices.Clone(memory.GetWaits()), steps: int64(memory.GetSteps()),
	}
	in.trace = &flowdeskv1.InstanceTrace{Instance: memory.GetId(), Flow: program.Flow, Version: program.Version}
	in.room()
	for _, m := range memory.GetNodes() {
		if n := program.Node(m.GetNode()); n != nil {
			in.visits[n.Index] = m.GetVisits()
		}
	}
	for i, v := range program.Variables {
		in.values[i] = v.Initial
	}
	for _, v := range memory.GetVariables() {
		if i, ok := program.variables[v.GetName()]; ok {
			value, err := valueOf(v.GetJson(), program.Variables[i].Type)
			if err != nil {
				return nil, fmt.Errorf("variable %s of instance %s: %w", v.GetName(), memory.GetId(), err)
			}
			in.values[i] = value
		}
	}
	return in, nil
}

// lostInstance is a waiting instance whose program is not at hand; all that can be done is to end it.
func lostInstance(t *turn, memory *flowdeskv1.InstanceState, reason string) *instance {
	in := &instance{turn: t, memory: memory, waits: memory.GetWaits(), program: &Program{Flow: memory.GetFlow(), Version: memory.GetVersion()}}
	in.trace = &flowdeskv1.InstanceTrace{Instance: memory.GetId(), Flow: memory.GetFlow(), Version: memory.GetVersion()}
	in.end(flowdeskv1.InstanceStatus_INSTANCE_STATUS_CANCELLED, reason)
	return in
}

// output is what a node gave, or nil. Outputs of earlier turns are decoded when somebody asks for them.
func (in *instance) output(n *ProgramNode) proto.Message {
	if out := in.outputs[n.Index]; out != nil || in.memory == nil {
		return out
	}
	for _, m := range in.memory.GetNodes() {
		if m.GetNode() == n.ID && len(m.GetOutput()) > 0 {
			out := n.Type.Output.New().Interface()
			if err := proto.Unmarshal(m.GetOutput(), out); err != nil {
				return nil
			}
			in.outputs[n.Index] = out
			return out
		}
	}
	return nil
}

// wake resumes the nodes that the event concerns.
func (in *instance) wake(event *flowdeskv1.Event) {
	for _, wait := range slices.Clone(in.waits) {
		if in.ended() {
			return
		}
		if !concerns(wait, event) || !slices.Contains(in.waits, wait) {
			continue
		}
		n := in.program.Node(wait.GetNode())
		if n == nil || n.Type.resume == nil {
			in.drop(wait)
			continue
		}
		if wait.GetCall() != "" && event.GetCallAnswer() != nil {
			in.turn.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SettleCall{SettleCall: &flowdeskv1.SettleCall{Call: wait.GetCall()}}})
		}
		run := in.runOf(n, event, wait.GetVisit())
		out, port, err := n.Type.resume(run, n.config(in.turn.env), &Wake{Event: event, Wait: wait})
		in.walk(in.record(run, out, port, err, wait), event)
	}
}

// walk runs nodes from n on until a path ends or waits.
func (in *instance) walk(n *ProgramNode, event *flowdeskv1.Event) {
	for n != nil && !in.ended() {
		in.visits[n.Index]++
		run := in.runOf(n, event, in.visits[n.Index])
		if in.turn.in.Observe != nil {
			in.turn.in.Observe(in.trace.GetInstance(), n.ID)
		}
		out, port, err := in.enter(run, n)
		n = in.record(run, out, port, err, nil)
	}
}

// record writes the step of one visit and gives the node that comes next, nil when the path ends or waits.
func (in *instance) record(run *Run, out proto.Message, port Port, err error, waited *flowdeskv1.NodeWait) *ProgramNode {
	n := run.node
	if waited == nil || port != Pending { // waiting on costs nothing
		in.steps++
	}
	if run.err != nil && err == nil {
		err = run.err
	}
	step := in.newStep()
	step.Node, step.Visit, step.Resumed, step.Notes, step.Inputs = n.ID, run.visit, waited != nil, run.notes, run.inputs
	in.trace.Steps = append(in.trace.GetSteps(), step)
	if err == nil && in.steps > in.program.Bounds.GetSteps() {
		err = fmt.Errorf("more than %d steps", in.program.Bounds.GetSteps())
	}
	if err == nil && port == Pending && run.wait == nil && waited == nil {
		err = fmt.Errorf("%s went on by no port and waits for nothing", n.Type.Kind)
	}
	if err != nil {
		step.Error = err.Error()
		in.replaceWait(waited, nil)
		return in.fail(run, step, err)
	}
	if out != nil && out.ProtoReflect().IsValid() {
		in.outputs[n.Index] = out
		step.Output = marshal(out)
	}
	wait := run.wait
	if wait == nil && port == Pending {
		wait = waited
	}
	if port != Pending && slices.Contains(waited.GetTaken(), string(port)) {
		step.Notes = append(step.GetNotes(), fmt.Sprintf("port %s was taken before in this visit", port))
		port = Pending // what follows it was counted once
	}
	if wait != nil && wait != waited {
		wait.Taken = waited.GetTaken()
		if port != Pending && port != again {
			wait.Taken = append(slices.Clone(wait.GetTaken()), string(port))
		}
	}
	in.replaceWait(waited, wait)
	step.Wait = wait
	if port == again {
		step.Port = "again"
		return run.again
	}
	step.Port = string(port)
	return n.edges[port]
}

func (in *instance) fail(run *Run, step *flowdeskv1.Step, err error) *ProgramNode {
	if next := run.node.edges[Failed]; next != nil {
		step.Port = string(Failed)
		return next
	}
	in.trace.FailedNode = run.node.ID
	in.end(flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, err.Error())
	if in.program.Definition.GetErrorPolicy() == flowdeskv1.ErrorPolicy_ERROR_POLICY_HANDOFF && in.turn.catalog.Rules.Failed != nil {
		in.turn.catalog.Rules.Failed(&Run{turn: in.turn, instance: in, event: run.event}, run.node.ID, err)
	}
	return nil
}

// replaceWait puts a wait in the place of an earlier one of the same node, and disarms timers that nobody awaits any more.
func (in *instance) replaceWait(old, wait *flowdeskv1.NodeWait) {
	if old == wait {
		return
	}
	if wait != nil {
		in.waits = replace(in.waits, wait, func(w *flowdeskv1.NodeWait) bool { return w == old || w.GetNode() == wait.GetNode() })
	} else {
		in.waits = remove(in.waits, func(w *flowdeskv1.NodeWait) bool { return w == old })
	}
	for _, timer := range old.GetTimers() {
		if !slices.Contains(wait.GetTimers(), timer) {
			in.turn.clearTimer(timer)
		}
	}
}

// drop gives up a wait.
func (in *instance) drop(wait *flowdeskv1.NodeWait) {
	in.replaceWait(wait, nil)
	if wait.GetCall() != "" {
		in.turn.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SettleCall{SettleCall: &flowdeskv1.SettleCall{Call: wait.GetCall(), Dropped: true}}})
	}
}

func (in *instance) ended() bool {
	return in.trace.GetStatus() != flowdeskv1.InstanceStatus_INSTANCE_STATUS_UNSPECIFIED
}

func (in *instance) end(status flowdeskv1.InstanceStatus, reason string) {
	for len(in.waits) > 0 {
		in.drop(in.waits[0])
	}
	in.trace.Status, in.trace.Error = status, reason
}

// finish states how the instance stands after the turn.
func (in *instance) finish() {
	if in.ended() {
		return
	}
	in.trace.Status = flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED
	if len(in.waits) > 0 {
		in.trace.Status = flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING
	}
}

func marshal(m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("marshal %s: %v", m.ProtoReflect().Descriptor().FullName(), err)) //nolint:forbidigo // only invalid UTF-8 can do this, and inputs are repaired at receipt
	}
	if data == nil {
		data = []byte{}
	}
	return data
}
