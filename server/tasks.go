package server

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type taskService struct {
	flowdeskv1.UnimplementedTaskServiceServer
	*Server
}

func nameTask(t *flowdeskv1.TrackTask) *flowdeskv1.TrackTask {
	t.Name = "trackTasks/" + t.GetId()
	if t.GetEtag() == "" {
		t.Etag = strconv.FormatInt(t.GetRevision(), 10)
	}
	return t
}

func (s *taskService) ListTrackTasks(ctx context.Context, r *flowdeskv1.ListTrackTasksRequest) (*flowdeskv1.ListTrackTasksResponse, error) {
	if (r.GetOpen() || r.GetOverdue()) && len(r.GetStates()) > 0 {
		return nil, invalidField("states", "open and overdue name the states themselves")
	}
	if r.GetMine() && (r.GetAssignee() != "" || r.GetUnassigned()) {
		return nil, invalidField("mine", "it names the person responsible itself")
	}
	filter := storage.TaskFilter{
		Unassigned: r.GetUnassigned(), Groups: callerOf(ctx).Groups,
		States: r.GetStates(), ByDeadline: r.GetByDeadline(), Origins: r.GetOrigins(), Kinds: r.GetKinds(), Group: id(r.GetSession()), Assignee: id(r.GetAssignee()), Target: r.GetTargetUserId(),
	}
	if r.GetByDeadline() && r.GetOrder() != flowdeskv1.TaskOrder_TASK_ORDER_UNSPECIFIED {
		return nil, invalidField("order", "by_deadline names the order itself")
	}
	switch r.GetOrder() {
	case flowdeskv1.TaskOrder_TASK_ORDER_DUE:
		filter.ByDeadline = true
	case flowdeskv1.TaskOrder_TASK_ORDER_DUE_LATEST:
		filter.ByDeadline, filter.Reverse = true, true
	case flowdeskv1.TaskOrder_TASK_ORDER_OLDEST:
		filter.Reverse = true
	case flowdeskv1.TaskOrder_TASK_ORDER_UNSPECIFIED, flowdeskv1.TaskOrder_TASK_ORDER_NEWEST:
	}
	if r.GetOpen() || r.GetOverdue() {
		filter.States = openTaskStates()
	}
	if r.GetMine() {
		filter.Assignee = self(ctx)
	}
	if r.GetOverdue() {
		filter.DueBefore = s.deps.Runner.Now().Truncate(time.Minute) // so that the token of the next page fits for a while
	}
	token := s.listToken(r.GetPageToken())
	tasks, next, err := s.deps.Store.ListTasks(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		nameTask(t)
	}
	return &flowdeskv1.ListTrackTasksResponse{TrackTasks: tasks, NextPageToken: next, ResumeToken: token}, nil
}

func (s *taskService) GetTrackTask(ctx context.Context, r *flowdeskv1.GetTrackTaskRequest) (*flowdeskv1.GetTrackTaskResponse, error) {
	t, err := s.deps.Store.GetTask(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetTrackTaskResponse{TrackTask: nameTask(t)}, nil
}

func (s *taskService) CreateTrackTask(ctx context.Context, r *flowdeskv1.CreateTrackTaskRequest) (*flowdeskv1.CreateTrackTaskResponse, error) {
	task := proto.CloneOf(r.GetTrackTask())
	session := id(task.GetGroupId())
	if err := s.sessionExists(ctx, session); err != nil {
		return nil, err
	}
	assignee, err := s.responsible(ctx, "track_task.assignee", task.GetAssignee())
	if err != nil {
		return nil, err
	}
	task.GroupId, task.Assignee = session, assignee
	if r.GetValidateOnly() {
		return &flowdeskv1.CreateTrackTaskResponse{TrackTask: task}, nil
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{Create: true, Content: task}}})
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

// taskRequest is what all requests that move a task have.
type taskRequest interface {
	GetName() string
	GetEtag() string
	GetReason() string
}

func openTaskStates() []flowdeskv1.TaskState {
	return []flowdeskv1.TaskState{
		flowdeskv1.TaskState_TASK_STATE_PENDING, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, flowdeskv1.TaskState_TASK_STATE_RESPONDED,
		flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS, flowdeskv1.TaskState_TASK_STATE_ESCALATED,
	}
}

// taskAt is a task whose etag is the given one. Until it is released no other request changes the task; what flows change meanwhile the turn
// sees, where the task is open.
func (s *taskService) taskAt(ctx context.Context, name, etag string) (t *flowdeskv1.TrackTask, release func(), err error) {
	release, err = s.locks.acquire(ctx, "trackTasks/"+id(name))
	if err != nil {
		return nil, nil, err
	}
	if t, err = s.deps.Store.GetTask(ctx, id(name)); err == nil {
		err = checkEtag(ctx, etag, nameTask(t).GetEtag())
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return t, release, nil
}

// submit lets an event change a task, and gives the task as it then is.
func (s *taskService) submit(ctx context.Context, t *flowdeskv1.TrackTask, e *flowdeskv1.TaskEvent) (*flowdeskv1.TrackTask, error) {
	e.Task = t.GetId()
	e.Content = proto.CloneOf(e.GetContent())
	e.Content.Name, e.Content.Etag = "", ""
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: t.GetGroupId(), Payload: &flowdeskv1.Event_Task{Task: e}}); err != nil {
		return nil, err
	}
	changed, err := s.deps.Store.GetTask(ctx, t.GetId())
	if err != nil {
		return nil, err
	}
	return nameTask(changed), nil
}

func (s *taskService) UpdateTrackTask(ctx context.Context, r *flowdeskv1.UpdateTrackTaskRequest) (*flowdeskv1.UpdateTrackTaskResponse, error) {
	etag := r.GetTrackTask().GetEtag()
	t, release, err := s.taskAt(ctx, r.GetTrackTask().GetName(), etag)
	if err != nil {
		return nil, err
	}
	defer release()
	fields, err := merge(t, r.GetTrackTask(), r.GetUpdateMask(), "title", "kind", "kind_name", "priority", "target_user_id", "target_name", "assignee",
		"deadline", "response_deadline")
	if err != nil {
		return nil, err
	}
	if slices.Contains(fields, "assignee") {
		if t.Assignee, err = s.responsible(ctx, "track_task.assignee", t.GetAssignee()); err != nil {
			return nil, err
		}
	}
	if err := s.valid(t); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() || len(fields) == 0 {
		return &flowdeskv1.UpdateTrackTaskResponse{TrackTask: t}, nil
	}
	t, err = s.submit(ctx, t, &flowdeskv1.TaskEvent{Content: t, Fields: fields, Revision: revision(etag)})
	return &flowdeskv1.UpdateTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) DeleteTrackTask(ctx context.Context, r *flowdeskv1.DeleteTrackTaskRequest) (*flowdeskv1.DeleteTrackTaskResponse, error) {
	t, release, err := s.taskAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	defer release()
	_, err = s.act(ctx, &flowdeskv1.Event{Session: t.GetGroupId(), Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: t.GetId(), Delete: true, Content: t, Revision: revision(r.GetEtag()),
	}}})
	return &flowdeskv1.DeleteTrackTaskResponse{}, err
}

// change lets a request move a task. An ended one is no longer part of its session, so that its content goes along.
func (s *taskService) change(ctx context.Context, r taskRequest, action flowdeskv1.TaskAction, assignee string) (*flowdeskv1.TrackTask, error) {
	t, release, err := s.taskAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	defer release()
	if assignee != "" {
		t.Assignee = assignee
	}
	return s.submit(ctx, t, &flowdeskv1.TaskEvent{Action: action, Content: t, Reason: r.GetReason(), Revision: revision(r.GetEtag())})
}

func (s *taskService) ClaimTrackTask(ctx context.Context, r *flowdeskv1.ClaimTrackTaskRequest) (*flowdeskv1.ClaimTrackTaskResponse, error) {
	claimant, err := s.responsible(ctx, "assignee", cmp.Or(r.GetAssignee(), self(ctx)))
	if err != nil {
		return nil, err
	}
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_CLAIM, claimant)
	return &flowdeskv1.ClaimTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) ReassignTrackTask(ctx context.Context, r *flowdeskv1.ReassignTrackTaskRequest) (*flowdeskv1.ReassignTrackTaskResponse, error) {
	assignee, err := s.responsible(ctx, "assignee", r.GetAssignee())
	if err != nil {
		return nil, err
	}
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_REASSIGN, assignee)
	return &flowdeskv1.ReassignTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) RemindTrackTask(ctx context.Context, r *flowdeskv1.RemindTrackTaskRequest) (*flowdeskv1.RemindTrackTaskResponse, error) {
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_REMIND, "")
	return &flowdeskv1.RemindTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) EscalateTrackTask(ctx context.Context, r *flowdeskv1.EscalateTrackTaskRequest) (*flowdeskv1.EscalateTrackTaskResponse, error) {
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, "")
	return &flowdeskv1.EscalateTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) CompleteTrackTask(ctx context.Context, r *flowdeskv1.CompleteTrackTaskRequest) (*flowdeskv1.CompleteTrackTaskResponse, error) {
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, "")
	return &flowdeskv1.CompleteTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) CancelTrackTask(ctx context.Context, r *flowdeskv1.CancelTrackTaskRequest) (*flowdeskv1.CancelTrackTaskResponse, error) {
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_CANCEL, "")
	return &flowdeskv1.CancelTrackTaskResponse{TrackTask: t}, err
}

func (s *taskService) ReopenTrackTask(ctx context.Context, r *flowdeskv1.ReopenTrackTaskRequest) (*flowdeskv1.ReopenTrackTaskResponse, error) {
	t, err := s.change(ctx, r, flowdeskv1.TaskAction_TASK_ACTION_REOPEN, "")
	return &flowdeskv1.ReopenTrackTaskResponse{TrackTask: t}, err
}
