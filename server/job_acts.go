package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// rowAct is what a job does with each of its rows: the method for one row.
type rowAct struct {
	method     string
	collection string // of the rows
	guarded    bool   // the method has no request id: a row is acted on under the etag that was noted before
	request    func(row *actRow) proto.Message
	handle     grpc.UnaryHandler
}

// actRow is what a request for one row is made of.
type actRow struct{ name, reason, etag, request string }

// acting makes the act of a method.
func acting[Q, A proto.Message](method, collection string, handle func(context.Context, Q) (A, error), request func(row *actRow) Q) *rowAct {
	return &rowAct{
		method: method, collection: collection, request: func(row *actRow) proto.Message { return request(row) }, handle: handler(handle),
	}
}

// handler is a method as interceptors call it.
func handler[Q, A proto.Message](handle func(context.Context, Q) (A, error)) grpc.UnaryHandler {
	return func(ctx context.Context, request any) (any, error) {
		typed, ok := request.(Q)
		if !ok {
			return nil, fmt.Errorf("request of type %T", request)
		}
		return handle(ctx, typed)
	}
}

func (a *rowAct) guardedByEtag() *rowAct { a.guarded = true; return a }

// The collections of rows.
const (
	ofInstances = "instances"
	ofCommands  = "commands"
	ofAlerts    = "alerts"
	ofTasks     = "trackTasks"
)

// actOf is what an action does; nil for one that is not known here.
func (j *jobRunner) actOf(action *flowdeskv1.JobAction) *rowAct {
	switch act := action.GetAct().(type) {
	case *flowdeskv1.JobAction_CancelInstances, *flowdeskv1.JobAction_RetryInstances:
		return j.instanceAct(action)
	case *flowdeskv1.JobAction_CancelCommands, *flowdeskv1.JobAction_SendCommands, *flowdeskv1.JobAction_RetryCommands, *flowdeskv1.JobAction_HandOverCommands:
		return j.commandAct(action)
	case *flowdeskv1.JobAction_AcknowledgeAlerts, *flowdeskv1.JobAction_ResolveAlerts:
		return j.alertAct(action)
	case *flowdeskv1.JobAction_SilenceAlerts:
		return acting(flowdeskv1.AlertService_SilenceAlert_FullMethodName, ofAlerts, j.silenceInTime, func(r *actRow) *flowdeskv1.SilenceAlertRequest {
			return &flowdeskv1.SilenceAlertRequest{Name: r.name, Reason: r.reason, RequestId: r.request, Until: act.SilenceAlerts.GetUntil()}
		})
	case *flowdeskv1.JobAction_CompleteTasks, *flowdeskv1.JobAction_CancelTasks, *flowdeskv1.JobAction_RemindTasks, *flowdeskv1.JobAction_ReassignTasks:
		return j.taskAct(action)
	default:
		return nil
	}
}

// silenceInTime silences an alert, unless its turn came too late: the request was good when its job was made.
func (j *jobRunner) silenceInTime(ctx context.Context, r *flowdeskv1.SilenceAlertRequest) (*flowdeskv1.SilenceAlertResponse, error) {
	if passed(r.GetUntil(), j.deps.Runner.Now()) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the time until which it was to be silent had passed before its turn; it is as it was")
	}
	return (&alertService{Server: j.Server}).SilenceAlert(ctx, r)
}

func (j *jobRunner) instanceAct(action *flowdeskv1.JobAction) *rowAct {
	s := &instanceService{Server: j.Server}
	if action.GetRetryInstances() != nil {
		return acting(flowdeskv1.InstanceService_RetryInstance_FullMethodName, ofInstances, s.RetryInstance, func(r *actRow) *flowdeskv1.RetryInstanceRequest {
			return &flowdeskv1.RetryInstanceRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
		})
	}
	return acting(flowdeskv1.InstanceService_CancelInstance_FullMethodName, ofInstances, s.CancelInstance, func(r *actRow) *flowdeskv1.CancelInstanceRequest {
		return &flowdeskv1.CancelInstanceRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
	})
}

func (j *jobRunner) commandAct(action *flowdeskv1.JobAction) *rowAct {
	s := &queueService{Server: j.Server}
	switch action.GetAct().(type) {
	case *flowdeskv1.JobAction_SendCommands:
		return acting(flowdeskv1.QueueService_SendCommandNow_FullMethodName, ofCommands, s.SendCommandNow, func(r *actRow) *flowdeskv1.SendCommandNowRequest {
			return &flowdeskv1.SendCommandNowRequest{Name: r.name, Etag: r.etag}
		}).guardedByEtag()
	case *flowdeskv1.JobAction_RetryCommands:
		return acting(flowdeskv1.QueueService_RetryCommand_FullMethodName, ofCommands, s.RetryCommand, func(r *actRow) *flowdeskv1.RetryCommandRequest {
			return &flowdeskv1.RetryCommandRequest{Name: r.name, Reason: r.reason, Etag: r.etag}
		}).guardedByEtag()
	case *flowdeskv1.JobAction_HandOverCommands:
		return acting(flowdeskv1.QueueService_UpdateCommandState_FullMethodName, ofCommands, s.UpdateCommandState, func(r *actRow) *flowdeskv1.UpdateCommandStateRequest {
			return &flowdeskv1.UpdateCommandStateRequest{Name: r.name, Reason: r.reason, Etag: r.etag, State: flowdeskv1.CommandState_COMMAND_STATE_MANUAL}
		}).guardedByEtag()
	default:
		return acting(flowdeskv1.QueueService_CancelCommand_FullMethodName, ofCommands, s.CancelCommand, func(r *actRow) *flowdeskv1.CancelCommandRequest {
			return &flowdeskv1.CancelCommandRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
		})
	}
}

func (j *jobRunner) alertAct(action *flowdeskv1.JobAction) *rowAct {
	s := &alertService{Server: j.Server}
	if action.GetResolveAlerts() != nil {
		return acting(flowdeskv1.AlertService_ResolveAlert_FullMethodName, ofAlerts, s.ResolveAlert, func(r *actRow) *flowdeskv1.ResolveAlertRequest {
			return &flowdeskv1.ResolveAlertRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
		})
	}
	return acting(flowdeskv1.AlertService_AcknowledgeAlert_FullMethodName, ofAlerts, s.AcknowledgeAlert, func(r *actRow) *flowdeskv1.AcknowledgeAlertRequest {
		return &flowdeskv1.AcknowledgeAlertRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
	})
}

func (j *jobRunner) taskAct(action *flowdeskv1.JobAction) *rowAct {
	s := &taskService{Server: j.Server}
	switch action.GetAct().(type) {
	case *flowdeskv1.JobAction_ReassignTasks:
		return acting(flowdeskv1.TaskService_ReassignTrackTask_FullMethodName, ofTasks, s.ReassignTrackTask, func(r *actRow) *flowdeskv1.ReassignTrackTaskRequest {
			return &flowdeskv1.ReassignTrackTaskRequest{Name: r.name, Reason: r.reason, RequestId: r.request, Assignee: action.GetReassignTasks().GetAssignee()}
		})
	case *flowdeskv1.JobAction_RemindTasks:
		return acting(flowdeskv1.TaskService_RemindTrackTask_FullMethodName, ofTasks, s.RemindTrackTask, func(r *actRow) *flowdeskv1.RemindTrackTaskRequest {
			return &flowdeskv1.RemindTrackTaskRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
		})
	case *flowdeskv1.JobAction_CancelTasks:
		return acting(flowdeskv1.TaskService_CancelTrackTask_FullMethodName, ofTasks, s.CancelTrackTask, func(r *actRow) *flowdeskv1.CancelTrackTaskRequest {
			return &flowdeskv1.CancelTrackTaskRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
		})
	default:
		return acting(flowdeskv1.TaskService_CompleteTrackTask_FullMethodName, ofTasks, s.CompleteTrackTask, func(r *actRow) *flowdeskv1.CompleteTrackTaskRequest {
			return &flowdeskv1.CompleteTrackTaskRequest{Name: r.name, Reason: r.reason, RequestId: r.request}
		})
	}
}

// rowsOf are the names of a job's rows, and whether there were more than it takes. What is named must be in the caller's reach; a list gives
// only what is.
func (s *jobService) rowsOf(ctx context.Context, r *flowdeskv1.CreateJobRequest, act *rowAct) (names []string, more bool, err error) {
	if r.GetNames() != nil {
		names = unique(slices.Clone(r.GetNames().GetNames()))
		return names, false, s.reachable(ctx, names, act)
	}
	rows, collection := s.listOf(r)
	if collection != act.collection {
		return nil, false, invalidField("action", "it is not for "+collection)
	}
	if size, token := rows.asked(); size != 0 || token != "" {
		return nil, false, invalidField(collection, "leave page_size and page_token empty; a job reads all pages")
	}
	for token := ""; ; {
		began := time.Now()
		page, next, err := rows.read(ctx, token)
		if err != nil {
			return nil, false, err
		}
		names = append(names, page...)
		if len(names) > jobRows || len(names) == jobRows && next != "" {
			return unique(names[:jobRows]), true, nil
		}
		if token = next; token == "" {
			return unique(names), false, nil
		}
		pause(ctx, s.pace.breath(time.Now(), time.Since(began), s.came()))
	}
}

// reachable refuses names of another kind than the action is for, and those that a caller with groups does not reach. A name of nothing is
// a row that fails.
func (s *jobService) reachable(ctx context.Context, names []string, act *rowAct) error {
	for _, name := range names {
		if collection, _, _ := strings.Cut(name, "/"); collection != act.collection {
			return invalidField("names", "the action is for "+act.collection+", not for "+name)
		}
		err := s.inScope(ctx, callerOf(ctx), access.Rules()[act.method], act.request(&actRow{name: name}))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	return nil
}

// rowList is a list whose rows a job takes.
type rowList struct {
	asked func() (size int32, token string)
	read  func(ctx context.Context, token string) (names []string, next string, err error)
}

// listed lets a list be read through everything that a request passes.
func listed[Q interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}, A interface {
	proto.Message
	GetNextPageToken() string
}, R interface{ GetName() string }](j *jobRunner, method string, request Q, page func(Q, string), handle func(context.Context, Q) (A, error), rows func(A) []R,
) *rowList {
	return &rowList{
		asked: func() (int32, string) { return request.GetPageSize(), request.GetPageToken() },
		read: func(ctx context.Context, token string) (names []string, next string, err error) {
			if !callerOf(ctx).May(method) {
				return nil, "", fmt.Errorf("%w: %s", access.ErrDenied, access.ShortMethod(method))
			}
			asked := proto.CloneOf(request)
			page(asked, token)
			answer, err := j.passing(ctx, asked, &grpc.UnaryServerInfo{FullMethod: method}, handler(handle))
			typed, ok := answer.(A)
			if err != nil || !ok {
				return nil, "", err
			}
			for _, row := range rows(typed) {
				names = append(names, row.GetName())
			}
			return names, typed.GetNextPageToken(), nil
		},
	}
}

// listOf is the list that a request for a job asks for, and what its rows are.
func (s *jobService) listOf(r *flowdeskv1.CreateJobRequest) (*rowList, string) {
	switch rows := r.GetRows().(type) {
	case *flowdeskv1.CreateJobRequest_Instances:
		return listed(s.jobRunner, flowdeskv1.InstanceService_ListInstances_FullMethodName, rows.Instances,
			func(q *flowdeskv1.ListInstancesRequest, token string) {
				q.PageSize, q.PageToken = storage.MaxPageSize, token
			},
			(&instanceService{Server: s.Server}).ListInstances, (*flowdeskv1.ListInstancesResponse).GetInstances), ofInstances
	case *flowdeskv1.CreateJobRequest_Commands:
		return listed(s.jobRunner, flowdeskv1.QueueService_ListCommands_FullMethodName, rows.Commands,
			func(q *flowdeskv1.ListCommandsRequest, token string) {
				q.PageSize, q.PageToken = storage.MaxPageSize, token
			},
			(&queueService{Server: s.Server}).ListCommands, (*flowdeskv1.ListCommandsResponse).GetCommands), ofCommands
	case *flowdeskv1.CreateJobRequest_Alerts:
		return listed(s.jobRunner, flowdeskv1.AlertService_ListAlerts_FullMethodName, rows.Alerts,
			func(q *flowdeskv1.ListAlertsRequest, token string) {
				q.PageSize, q.PageToken = storage.MaxPageSize, token
			},
			(&alertService{Server: s.Server}).ListAlerts, (*flowdeskv1.ListAlertsResponse).GetAlerts), ofAlerts
	default:
		return listed(s.jobRunner, flowdeskv1.TaskService_ListTrackTasks_FullMethodName, r.GetTrackTasks(),
			func(q *flowdeskv1.ListTrackTasksRequest, token string) {
				q.PageSize, q.PageToken = storage.MaxPageSize, token
			},
			(&taskService{Server: s.Server}).ListTrackTasks, (*flowdeskv1.ListTrackTasksResponse).GetTrackTasks), ofTasks
	}
}
