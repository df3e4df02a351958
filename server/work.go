package server

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type alertService struct {
	flowdeskv1.UnimplementedAlertServiceServer
	*Server
}

func nameAlert(a *flowdeskv1.Alert) *flowdeskv1.Alert {
	a.Name = "alerts/" + a.GetId()
	return a
}

func (s *alertService) ListAlerts(ctx context.Context, r *flowdeskv1.ListAlertsRequest) (*flowdeskv1.ListAlertsResponse, error) {
	filter := storage.AlertFilter{
		States: r.GetStates(), Levels: r.GetLevels(), Categories: r.GetCategories(), Session: id(r.GetSession()), Participant: r.GetParticipant(),
	}
	alerts, next, err := s.deps.Store.ListAlerts(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, a := range alerts {
		nameAlert(a)
	}
	return &flowdeskv1.ListAlertsResponse{Alerts: alerts, NextPageToken: next}, nil
}

func (s *alertService) GetAlert(ctx context.Context, r *flowdeskv1.GetAlertRequest) (*flowdeskv1.GetAlertResponse, error) {
	a, err := s.deps.Store.GetAlert(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetAlertResponse{Alert: nameAlert(a)}, nil
}

func (s *alertService) change(ctx context.Context, name string, e *flowdeskv1.AlertEvent) (*flowdeskv1.Alert, error) {
	a, err := s.deps.Store.GetAlert(ctx, id(name))
	if err != nil {
		return nil, err
	}
	e.Alert = a.GetId()
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: a.GetSession(), Payload: &flowdeskv1.Event_Alert{Alert: e}}); err != nil {
		return nil, err
	}
	if a, err = s.deps.Store.GetAlert(ctx, a.GetId()); err != nil {
		return nil, err
	}
	return nameAlert(a), nil
}

func (s *alertService) AcknowledgeAlert(ctx context.Context, r *flowdeskv1.AcknowledgeAlertRequest) (*flowdeskv1.AcknowledgeAlertResponse, error) {
	a, err := s.change(ctx, r.GetName(), &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE, Reason: r.GetReason()})
	return &flowdeskv1.AcknowledgeAlertResponse{Alert: a}, err
}

func (s *alertService) AssignAlert(ctx context.Context, r *flowdeskv1.AssignAlertRequest) (*flowdeskv1.AssignAlertResponse, error) {
	a, err := s.change(ctx, r.GetName(), &flowdeskv1.AlertEvent{
		Action: flowdeskv1.AlertAction_ALERT_ACTION_ASSIGN, Assignee: id(r.GetAssignee()), Reason: r.GetReason(),
	})
	return &flowdeskv1.AssignAlertResponse{Alert: a}, err
}

func (s *alertService) SilenceAlert(ctx context.Context, r *flowdeskv1.SilenceAlertRequest) (*flowdeskv1.SilenceAlertResponse, error) {
	a, err := s.change(ctx, r.GetName(), &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_SILENCE, Until: r.GetUntil(), Reason: r.GetReason()})
	return &flowdeskv1.SilenceAlertResponse{Alert: a}, err
}

func (s *alertService) ResolveAlert(ctx context.Context, r *flowdeskv1.ResolveAlertRequest) (*flowdeskv1.ResolveAlertResponse, error) {
	a, err := s.change(ctx, r.GetName(), &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, Reason: r.GetReason()})
	return &flowdeskv1.ResolveAlertResponse{Alert: a}, err
}

type taskService struct {
	flowdeskv1.UnimplementedTaskServiceServer
	*Server
}

func nameTask(t *flowdeskv1.TrackTask) *flowdeskv1.TrackTask {
	t.Name = "trackTasks/" + t.GetId()
	return t
}

func (s *taskService) ListTrackTasks(ctx context.Context, r *flowdeskv1.ListTrackTasksRequest) (*flowdeskv1.ListTrackTasksResponse, error) {
	filter := storage.TaskFilter{
		States: r.GetStates(), Origins: r.GetOrigins(), Kinds: r.GetKinds(), Group: id(r.GetSession()), Assignee: id(r.GetAssignee()), Target: r.GetTargetUserId(),
	}
	tasks, next, err := s.deps.Store.ListTasks(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		nameTask(t)
	}
	return &flowdeskv1.ListTrackTasksResponse{TrackTasks: tasks, NextPageToken: next}, nil
}

func (s *taskService) GetTrackTask(ctx context.Context, r *flowdeskv1.GetTrackTaskRequest) (*flowdeskv1.GetTrackTaskResponse, error) {
	t, err := s.deps.Store.GetTask(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetTrackTaskResponse{TrackTask: nameTask(t)}, nil
}

func (s *taskService) CreateTrackTask(ctx context.Context, r *flowdeskv1.CreateTrackTaskRequest) (*flowdeskv1.CreateTrackTaskResponse, error) {
	session := id(r.GetTrackTask().GetGroupId())
	if session == "" {
		return nil, invalidField("track_task.group_id", "the session that the task belongs to is needed")
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{Create: true, Content: r.GetTrackTask()}}})
	if err != nil {
		return nil, err
	}
	for _, e := range turn.GetEffects() {
		if t := e.GetPutTask(); t != nil {
			stored, err := s.deps.Store.GetTask(ctx, t.GetId())
			if err != nil {
				return nil, err
			}
			return &flowdeskv1.CreateTrackTaskResponse{TrackTask: nameTask(stored)}, nil
		}
	}
	return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "no task was opened")
}

// change lets a request move a task. An ended one is no longer part of its session, so that its content goes along.
func (s *taskService) change(ctx context.Context, name, reason string, action flowdeskv1.TaskAction, assignee string) (*flowdeskv1.TrackTask, error) {
	t, err := s.deps.Store.GetTask(ctx, id(name))
	if err != nil {
		return nil, err
	}
	if assignee != "" {
		t.Assignee = id(assignee)
	}
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: t.GetGroupId(), Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: t.GetId(), Action: action, Content: t, Reason: reason,
	}}}); err != nil {
		return nil, err
	}
	if t, err = s.deps.Store.GetTask(ctx, t.GetId()); err != nil {
		return nil, err
	}
	return nameTask(t), nil
}

func (s *taskService) ClaimTrackTask(ctx context.Context, r *flowdeskv1.ClaimTrackTaskRequest) (*flowdeskv1.ClaimTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_CLAIM, r.GetAssignee())
	return &flowdeskv1.ClaimTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) ReassignTrackTask(ctx context.Context, r *flowdeskv1.ReassignTrackTaskRequest) (*flowdeskv1.ReassignTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_REASSIGN, r.GetAssignee())
	return &flowdeskv1.ReassignTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) RemindTrackTask(ctx context.Context, r *flowdeskv1.RemindTrackTaskRequest) (*flowdeskv1.RemindTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_REMIND, "")
	return &flowdeskv1.RemindTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) EscalateTrackTask(ctx context.Context, r *flowdeskv1.EscalateTrackTaskRequest) (*flowdeskv1.EscalateTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, "")
	return &flowdeskv1.EscalateTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) CompleteTrackTask(ctx context.Context, r *flowdeskv1.CompleteTrackTaskRequest) (*flowdeskv1.CompleteTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, "")
	return &flowdeskv1.CompleteTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) CancelTrackTask(ctx context.Context, r *flowdeskv1.CancelTrackTaskRequest) (*flowdeskv1.CancelTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_CANCEL, "")
	return &flowdeskv1.CancelTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) ReopenTrackTask(ctx context.Context, r *flowdeskv1.ReopenTrackTaskRequest) (*flowdeskv1.ReopenTrackTaskResponse, error) {
	t, err := s.change(ctx, r.GetName(), r.GetReason(), flowdeskv1.TaskAction_TASK_ACTION_REOPEN, "")
	return &flowdeskv1.ReopenTrackTaskResponse{TrackTask: t}, err
}
