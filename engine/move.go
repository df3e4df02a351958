package engine

import (
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Changed is the refusal of a change that is based on an older revision of a task or alert.
const Changed = "it has changed meanwhile; read it again"

// MoveWork gives the session's open tasks and alerts to another session, in one event for it. Instances that wait for them here hear that they
// were cancelled and resolved.
func (r *Run) MoveWork(into, reason string) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_TASKS) || !r.declared(flowdeskv1.Capability_CAPABILITY_ALERTS) {
		return
	}
	arriving := &flowdeskv1.SessionEvent{Action: flowdeskv1.SessionAction_SESSION_ACTION_MERGE, Reason: reason}
	move := &flowdeskv1.MoveWork{Into: into}
	for _, t := range r.State().GetTasks() {
		arriving.Tasks, move.Tasks = append(arriving.GetTasks(), proto.CloneOf(t)), append(move.GetTasks(), t.GetId())
	}
	for _, a := range r.State().GetAlerts() {
		if a.GetState() != flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
			arriving.Alerts, move.Alerts = append(arriving.GetAlerts(), proto.CloneOf(a)), append(move.GetAlerts(), a.GetId())
		}
	}
	if len(move.GetTasks())+len(move.GetAlerts()) == 0 {
		return
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_MoveWork{MoveWork: move}})
	r.SendEvent(&flowdeskv1.Event{
		Session: into, Actor: r.Event().GetActor(), Payload: &flowdeskv1.Event_SessionChange{SessionChange: arriving},
	})
	for _, t := range arriving.GetTasks() {
		r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
			Task: t.GetId(), Action: flowdeskv1.TaskAction_TASK_ACTION_CANCEL, Content: t, Reason: reason,
			State: flowdeskv1.TaskState_TASK_STATE_CANCELLED, Done: true,
		}}})
	}
	for _, a := range arriving.GetAlerts() {
		r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Alert{Alert: &flowdeskv1.AlertEvent{
			Alert: a.GetId(), Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, Content: a, Reason: reason, Done: true,
		}}})
	}
}

// moveWork lets go of tasks and alerts that went to another session.
func (s *State) moveWork(move *flowdeskv1.MoveWork) {
	for _, id := range move.GetTasks() {
		s.Tasks = remove(s.GetTasks(), func(t *flowdeskv1.TrackTask) bool { return t.GetId() == id })
	}
	for _, id := range move.GetAlerts() {
		s.Alerts = remove(s.GetAlerts(), func(a *flowdeskv1.Alert) bool { return a.GetId() == id })
	}
}
