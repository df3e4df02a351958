package engine

import (
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// State is the session part of the view. A turn owns the state it is given and changes it in place; nodes read it through their run.
type State struct {
	*flowdeskv1.SessionState
}

// NewState is the state of a session that has seen no turn.
func NewState(session string) *State {
	return &State{&flowdeskv1.SessionState{Id: session}}
}

// Participant is a person of the session, or nil.
func (s *State) Participant(id string) *flowdeskv1.Participant {
	for _, p := range s.GetParticipants() {
		if p.GetId() == id {
			return p
		}
	}
	return nil
}

// Task is an open task of the session, or nil.
func (s *State) Task(id string) *flowdeskv1.TrackTask {
	for _, t := range s.GetTasks() {
		if t.GetId() == id {
			return t
		}
	}
	return nil
}

// Alert is an alert of the session that is open or of today, or nil.
func (s *State) Alert(id string) *flowdeskv1.Alert {
	for _, a := range s.GetAlerts() {
		if a.GetId() == id {
			return a
		}
	}
	return nil
}

// Command is an unsettled command of the session, or nil.
func (s *State) Command(id string) *flowdeskv1.PendingCommand {
	for _, c := range s.GetCommands() {
		if c.GetId() == id {
			return c
		}
	}
	return nil
}

// CancelledCommand is a command that was cancelled and may have left all the same, or nil.
func (s *State) CancelledCommand(id string) *flowdeskv1.PendingCommand {
	for _, c := range s.GetCancelled() {
		if c.GetId() == id {
			return c
		}
	}
	return nil
}

// Instance is a waiting instance, or nil.
func (s *State) Instance(id string) *flowdeskv1.InstanceState {
	for _, i := range s.GetInstances() {
		if i.GetId() == id {
			return i
		}
	}
	return nil
}

// Timer is an armed timer, or nil.
func (s *State) Timer(id string) *flowdeskv1.Timer {
	for _, t := range s.GetTimers() {
		if t.GetId() == id {
			return t
		}
	}
	return nil
}

// Question is an unanswered question by its message, or nil.
func (s *State) Question(message string) *flowdeskv1.OpenQuestion {
	for _, q := range s.GetQuestions() {
		if q.GetMessage() == message {
			return q
		}
	}
	return nil
}

// Utterance is a message of the context, or nil.
func (s *State) Utterance(message string) *flowdeskv1.Utterance {
	for _, u := range s.GetContext() {
		if u.GetMessage() == message {
			return u
		}
	}
	return nil
}

// Held is the take-over under which a user's conversation stands, or nil.
func (s *State) Held(participant string) *flowdeskv1.Intervention {
	for _, i := range s.GetInterventions() {
		if i.GetParticipant() == "" || i.GetParticipant() == participant {
			return i
		}
	}
	return nil
}

// NextTimer is the timer that is due first, or nil.
func (s *State) NextTimer() *flowdeskv1.Timer {
	var next *flowdeskv1.Timer
	for _, t := range s.GetTimers() {
		if next == nil || t.GetDue().AsTime().Before(next.GetDue().AsTime()) {
			next = t
		}
	}
	return next
}

// replace puts an item in the place of the one with the same id, or at the end.
func replace[T any](items []T, item T, same func(T) bool) []T {
	if i := slices.IndexFunc(items, same); i >= 0 {
		items[i] = item
		return items
	}
	return append(items, item)
}

func remove[T any](items []T, same func(T) bool) []T {
	if i := slices.IndexFunc(items, same); i >= 0 {
		return slices.Delete(items, i, i+1)
	}
	return items
}

// LastDue is when a schedule that runs in this session was last due; the zero time before its first.
func (s *State) LastDue(flow, node string) time.Time {
	for _, d := range s.GetSchedules() {
		if d.GetFlow() == flow && d.GetNode() == node {
			return d.GetDue().AsTime()
		}
	}
	return time.Time{}
}
