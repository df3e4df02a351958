package engine

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ErrNotRetryable is an instance that cannot run again: it did not fail, or too little of it is kept.
var ErrNotRetryable = errors.New("the instance cannot run again")

// Remember gives what a failed instance remembered when it failed, by its turns in their order: the outputs of its nodes and its variables, and
// what started it. The error is ErrNotRetryable when the turns are not those of a failed instance from its beginning.
func Remember(instance string, turns []*flowdeskv1.Turn) (memory *flowdeskv1.InstanceState, node string, err error) {
	state := &State{SessionState: &flowdeskv1.SessionState{}}
	for _, turn := range turns {
		for _, trace := range turn.GetTraces() {
			if trace.GetInstance() != instance {
				continue
			}
			if memory == nil && !trace.GetBegan() {
				return nil, "", fmt.Errorf("%w: its first turns are no longer kept", ErrNotRetryable)
			}
			node = trace.GetFailedNode()
			kept := proto.CloneOf(trace)
			kept.Status = flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING
			state.foldTrace(turn, kept)
			memory = state.Instance(instance)
		}
	}
	if memory == nil || node == "" {
		return nil, "", fmt.Errorf("%w: no node of it failed", ErrNotRetryable)
	}
	memory = proto.CloneOf(memory)
	memory.Waits, memory.Steps, memory.Calls, memory.Commands = nil, 0, 0, 0 // the flow's bounds hold for each try
	return memory, node, nil
}

// retry begins a failed instance anew at the node that failed. What was before it is remembered, and is not done again.
func (t *turn) retry(r *flowdeskv1.InstanceRetry) error {
	if r == nil {
		return nil
	}
	memory := &flowdeskv1.InstanceState{}
	if err := proto.Unmarshal(r.GetMemory(), memory); err != nil {
		return fmt.Errorf("memory of instance %s: %w", r.GetInstance(), err)
	}
	program := t.in.Program(r.GetFlow(), r.GetVersion())
	if program == nil || program.Node(r.GetNode()) == nil {
		t.out.Notes = append(t.out.GetNotes(), fmt.Sprintf("instance %s not run again: version %d of flow %s has no node %s", r.GetInstance(), r.GetVersion(), r.GetFlow(), r.GetNode()))
		return nil
	}
	memory.Id, memory.Version = t.newID(), r.GetVersion()
	in, err := rememberInstance(t, program, memory)
	if err != nil {
		return err
	}
	in.trace.Began, in.trace.RetryOf, in.trace.Start, in.trace.Causes = true, r.GetInstance(), memory.GetStart(), memory.GetCauses()
	t.live = append(t.live, in)
	in.walk(program.Node(r.GetNode()), memory.GetStart())
	return nil
}

// retried is what an instance remembers of the failed one that it runs again; nil when it runs none again.
func retried(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace) *flowdeskv1.InstanceState {
	if trace.GetRetryOf() == "" || trace.GetRetryOf() != turn.GetEvent().GetRetry().GetInstance() {
		return nil
	}
	memory := &flowdeskv1.InstanceState{}
	if err := proto.Unmarshal(turn.GetEvent().GetRetry().GetMemory(), memory); err != nil {
		return nil // the turn was made, so that it was readable then
	}
	memory.Id, memory.Version, memory.BeginTime = trace.GetInstance(), trace.GetVersion(), turn.GetNow()
	return memory
}
