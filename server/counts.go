package server

import (
	"context"
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// defaultCounted is how far counts look back.
const defaultCounted = 24 * time.Hour

func lately(until time.Time) time.Time { return until.Add(-defaultCounted) }

// unsettledStates are the states of commands that something is still to happen to.
var unsettledStates = []flowdeskv1.CommandState{
	flowdeskv1.CommandState_COMMAND_STATE_QUEUED, flowdeskv1.CommandState_COMMAND_STATE_DELAYED, flowdeskv1.CommandState_COMMAND_STATE_SENDING,
	flowdeskv1.CommandState_COMMAND_STATE_SENT, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN,
}

func isSettled(state flowdeskv1.CommandState) bool { return !slices.Contains(unsettledStates, state) }

func (s *instanceService) CountInstances(ctx context.Context, r *flowdeskv1.CountInstancesRequest) (*flowdeskv1.CountInstancesResponse, error) {
	since, until, err := timeRange(timeOf(r.GetSince()), timeOf(r.GetUntil()), lately, s.deps.Runner.Now())
	if err != nil {
		return nil, err
	}
	counts, err := s.deps.Store.CountInstanceStatuses(ctx, storage.InstanceFilter{
		Flow: id(r.GetFlow()), Version: r.GetVersion(), Session: id(r.GetSession()), FailedNode: r.GetFailedNode(), After: since, Before: until,
	})
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.CountInstancesResponse{}
	for status := int32(1); status < int32(len(flowdeskv1.InstanceStatus_name)); status++ {
		answer.Counts = append(answer.Counts, &flowdeskv1.InstanceCount{
			Status: flowdeskv1.InstanceStatus(status), Count: counts[flowdeskv1.InstanceStatus(status)],
		})
	}
	open, err := s.deps.Store.CountOpenRuns(ctx)
	for _, runs := range open {
		if (r.GetFlow() == "" || id(r.GetFlow()) == runs.Flow) && (r.GetVersion() == 0 || r.GetVersion() == runs.Version) {
			answer.Open += runs.Runs
		}
	}
	return answer, err
}

func (s *queueService) CountCommands(ctx context.Context, r *flowdeskv1.CountCommandsRequest) (*flowdeskv1.CountCommandsResponse, error) {
	since, until, err := timeRange(timeOf(r.GetSince()), timeOf(r.GetUntil()), lately, s.deps.Runner.Now())
	if err != nil {
		return nil, err
	}
	counts, err := s.deps.Store.CountSettledCommands(ctx, since, until, true)
	if err != nil {
		return nil, err
	}
	waiting, err := s.deps.Store.CountCommands(ctx)
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.CountCommandsResponse{}
	for state := int32(1); state < int32(len(flowdeskv1.CommandState_name)); state++ {
		is := flowdeskv1.CommandState(state)
		answer.Counts = append(answer.Counts, &flowdeskv1.CommandCount{State: is, Count: counts[is] + waiting[is]})
	}
	return answer, nil
}

func (s *taskService) CountTrackTasks(ctx context.Context, r *flowdeskv1.CountTrackTasksRequest) (*flowdeskv1.CountTrackTasksResponse, error) {
	assignee := id(r.GetAssignee())
	if r.GetMine() {
		assignee = self(ctx)
	}
	open, err := s.deps.Store.CountTasks(ctx, assignee, s.deps.Runner.Now())
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.CountTrackTasksResponse{}
	for _, state := range openTaskStates() {
		count := &flowdeskv1.TaskCount{State: state}
		for _, tasks := range open {
			if tasks.State == state {
				count.Count = tasks.Count
				answer.Overdue, answer.Unassigned = answer.GetOverdue()+tasks.Overdue, answer.GetUnassigned()+tasks.Unassigned
			}
		}
		answer.Counts = append(answer.Counts, count)
	}
	return answer, nil
}

func (s *alertService) CountAlerts(ctx context.Context, _ *flowdeskv1.CountAlertsRequest) (*flowdeskv1.CountAlertsResponse, error) {
	open, err := s.deps.Store.CountOpenAlerts(ctx, s.deps.Runner.Now())
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.CountAlertsResponse{Levels: byLevel(open)}
	for _, state := range []flowdeskv1.AlertState{flowdeskv1.AlertState_ALERT_STATE_OPEN, flowdeskv1.AlertState_ALERT_STATE_ACKNOWLEDGED} {
		count := &flowdeskv1.AlertStateCount{State: state}
		for _, alerts := range open {
			if alerts.State == state {
				count.Count += alerts.Count
			}
		}
		answer.States = append(answer.States, count)
	}
	for _, alerts := range open {
		if alerts.Silenced {
			answer.Silenced += alerts.Count
		}
	}
	return answer, nil
}
