package check

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// folded is a session's state, folded from its first turn.
type folded struct {
	state  *engine.State
	turns  int64
	record *storage.SessionRecord
}

func newFolded(session string) *folded { return &folded{state: engine.NewState(session)} }

func (f *folded) version() int64 { return f.turns }

func (f *folded) fold(turn *flowdeskv1.Turn) {
	f.state.Fold(turn)
	f.turns++
}

// histories: invariant 5.
func (j *judge) histories() {
	for _, s := range j.sessions {
		f := j.states[s.ID]
		if f.turns != s.Version {
			j.breaks(5, "session %s has version %d and %d turns", s.ID, s.Version, f.turns)
			continue
		}
		seen := make(map[string]*flowdeskv1.Turn)
		for _, turn := range j.turns[s.ID] {
			id := turn.GetEvent().GetId()
			if first := seen[id]; first != nil {
				j.breaks(5, "event %s had two turns in session %s: %s, and %s", id, s.ID, brief(first), brief(turn))
				j.Doubled++
			} else {
				seen[id] = turn
			}
		}
		restored, err := runner.Restore(s.ID, f.record)
		if err != nil {
			j.breaks(5, "session %s cannot be restored: %v", s.ID, err)
			continue
		}
		if !proto.Equal(restored.SessionState, f.state.SessionState) {
			j.breaks(5, "the state of session %s is not the fold of its turns", s.ID)
		}
		if due := f.state.NextTimer(); (due == nil) != (s.NextDue == nil) {
			j.Orphans++
			j.breaks(5, "session %s has next_due %v, its next timer is %v", s.ID, s.NextDue, due)
		}
	}
}

// brief tells where a turn stands, and of what.
func brief(turn *flowdeskv1.Turn) string {
	const exact = "05.000000"
	return fmt.Sprintf("turn %d at %s of a %s %T received at %s: %.60s", turn.GetSessionVersion(), turn.GetNow().AsTime().Format(exact), turn.GetEvent().GetSource(),
		turn.GetEvent().GetPayload(), turn.GetEvent().GetReceivedAt().AsTime().Format(exact), turn.GetEvent().GetMessage().GetText())
}

// runs: invariant 2.
func (j *judge) runs() {
	if j.inbox > 0 && j.Drained {
		j.Stuck += j.inbox
		j.breaks(2, "%d events wait in the inbox", j.inbox)
	}
	for _, i := range j.instances {
		if i.status == flowdeskv1.InstanceStatus_INSTANCE_STATUS_RUNNING || i.status == flowdeskv1.InstanceStatus_INSTANCE_STATUS_UNSPECIFIED {
			j.Stuck++
			j.breaks(2, "run %s is neither ended nor waiting", i.ID)
			continue
		}
		f := j.states[i.Session]
		if f == nil || i.status != flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING {
			continue
		}
		instance := f.state.Instance(i.ID)
		if instance == nil {
			j.Orphans++
			j.breaks(2, "run %s waits, and its session does not know it", i.ID)
			continue
		}
		if j.Drained && !j.waits(f.state, instance) {
			j.Stuck++
			j.breaks(2, "run %s waits for nothing: %v", i.ID, instance.GetWaits())
		}
	}
	for _, f := range j.states {
		for _, instance := range f.state.GetInstances() {
			if row, there := j.instances[instance.GetId()]; !there || row.status != flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING {
				j.Orphans++
				j.breaks(2, "session %s has run %s, which does not wait", f.state.GetId(), instance.GetId())
			}
		}
	}
}

// waits reports whether something may still wake a run.
func (j *judge) waits(state *engine.State, instance *flowdeskv1.InstanceState) bool {
	return slices.ContainsFunc(instance.GetWaits(), func(w *flowdeskv1.NodeWait) bool {
		switch {
		case w.GetAnyMessage(), len(w.GetKinds()) > 0, len(w.GetParticipants()) > 0, len(w.GetTasks()) > 0:
			return true
		case w.GetCall() != "" && j.pending[w.GetCall()]:
			return true
		}
		return slices.ContainsFunc(w.GetTimers(), func(id string) bool { return state.Timer(id) != nil }) ||
			slices.ContainsFunc(w.GetCommands(), func(id string) bool {
				c := j.commands[id]
				return c != nil && !slices.Contains([]flowdeskv1.CommandState{completed, failed}, c.state)
			})
	})
}
