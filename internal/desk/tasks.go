package desk

import (
	"fmt"
	"slices"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Short names of the states, for the table below.
const (
	taskPending    = flowdeskv1.TaskState_TASK_STATE_PENDING
	taskWaiting    = flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE
	taskResponded  = flowdeskv1.TaskState_TASK_STATE_RESPONDED
	taskInProgress = flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS
	taskCompleted  = flowdeskv1.TaskState_TASK_STATE_COMPLETED
	taskCancelled  = flowdeskv1.TaskState_TASK_STATE_CANCELLED
	taskEscalated  = flowdeskv1.TaskState_TASK_STATE_ESCALATED
)

// TaskMove is one allowed change of a task.
type TaskMove struct {
	// Action asked for.
	Action flowdeskv1.TaskAction
	// From are the states in which it is allowed.
	From []flowdeskv1.TaskState
	// To is the state after it; unspecified means that the state stays.
	To flowdeskv1.TaskState
}

var taskMoves = []TaskMove{
	{flowdeskv1.TaskAction_TASK_ACTION_CLAIM, []flowdeskv1.TaskState{taskPending, taskResponded, taskEscalated}, taskInProgress},
	{flowdeskv1.TaskAction_TASK_ACTION_CLAIM, []flowdeskv1.TaskState{taskWaiting}, 0}, // the user still has to answer
	{flowdeskv1.TaskAction_TASK_ACTION_START, []flowdeskv1.TaskState{taskPending, taskWaiting, taskResponded, taskEscalated}, taskInProgress},
	{flowdeskv1.TaskAction_TASK_ACTION_RESPOND, []flowdeskv1.TaskState{taskPending, taskWaiting, taskEscalated}, taskResponded},
	{flowdeskv1.TaskAction_TASK_ACTION_REMIND, []flowdeskv1.TaskState{taskPending, taskWaiting}, taskWaiting},
	{flowdeskv1.TaskAction_TASK_ACTION_REMIND, []flowdeskv1.TaskState{taskEscalated}, 0}, // staff still has to act
	{flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, []flowdeskv1.TaskState{taskPending, taskWaiting, taskResponded, taskInProgress}, taskEscalated},
	{flowdeskv1.TaskAction_TASK_ACTION_REASSIGN, []flowdeskv1.TaskState{taskPending, taskWaiting, taskResponded, taskInProgress, taskEscalated}, 0},
	{flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, []flowdeskv1.TaskState{taskPending, taskWaiting, taskResponded, taskInProgress, taskEscalated}, taskCompleted},
	{flowdeskv1.TaskAction_TASK_ACTION_CANCEL, []flowdeskv1.TaskState{taskPending, taskWaiting, taskResponded, taskInProgress, taskEscalated}, taskCancelled},
	{flowdeskv1.TaskAction_TASK_ACTION_REOPEN, []flowdeskv1.TaskState{taskCompleted, taskCancelled}, taskPending},
}

// TaskMoves are all allowed changes of a task. The caller owns the copy.
func TaskMoves() []TaskMove {
	moves := slices.Clone(taskMoves)
	for i := range moves {
		moves[i].From = slices.Clone(moves[i].From)
	}
	return moves
}

// TaskMoveError says that an action is not allowed in a state, and which are.
type TaskMoveError struct {
	// Action that was asked for.
	Action flowdeskv1.TaskAction
	// State of the task.
	State flowdeskv1.TaskState
	// Allowed are the actions allowed in the state.
	Allowed []flowdeskv1.TaskAction
}

// Error names the action, the state and the allowed actions.
func (e *TaskMoveError) Error() string {
	names := make([]string, len(e.Allowed))
	for i, a := range e.Allowed {
		names[i] = a.String()
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s is not allowed in %s, which is final", e.Action, e.State)
	}
	return fmt.Sprintf("%s is not allowed in %s: allowed are %s", e.Action, e.State, strings.Join(names, ", "))
}

// MoveTask is the state after an action. The error is a *TaskMoveError.
func MoveTask(state flowdeskv1.TaskState, action flowdeskv1.TaskAction) (flowdeskv1.TaskState, error) {
	for _, m := range taskMoves {
		if m.Action == action && slices.Contains(m.From, state) {
			if m.To == flowdeskv1.TaskState_TASK_STATE_UNSPECIFIED {
				return state, nil
			}
			return m.To, nil
		}
	}
	return state, &TaskMoveError{Action: action, State: state, Allowed: TaskActions(state)}
}

// TaskActions are the actions allowed in a state, in the order of the enum.
func TaskActions(state flowdeskv1.TaskState) []flowdeskv1.TaskAction {
	var actions []flowdeskv1.TaskAction
	for _, m := range taskMoves {
		if slices.Contains(m.From, state) {
			actions = append(actions, m.Action)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// TaskOpen reports whether a task has not ended.
func TaskOpen(state flowdeskv1.TaskState) bool {
	switch state {
	case taskPending, taskWaiting, taskResponded, taskInProgress, taskEscalated:
		return true
	default:
		return false
	}
}

// TaskAwaitsUser reports whether a message of the user may be the answer to a task: in the states pending and waiting_user_response.
func TaskAwaitsUser(state flowdeskv1.TaskState) bool {
	return state == taskPending || state == taskWaiting
}

// FirstTaskState is the state in which a task is opened: the message of an operator or of after-sales has asked the user already, other work
// waits for staff.
func FirstTaskState(origin flowdeskv1.TaskOrigin) flowdeskv1.TaskState {
	switch origin {
	case flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR, flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES:
		return taskWaiting
	default:
		return taskPending
	}
}

// AwaitedTask is the task that a user's answer belongs to: of the tasks with this user that await an answer, the one opened last; with
// origins given, only tasks of these. Nil when there is none.
func AwaitedTask(tasks []*flowdeskv1.TrackTask, user string, origins ...flowdeskv1.TaskOrigin) *flowdeskv1.TrackTask {
	var found *flowdeskv1.TrackTask
	for _, t := range tasks {
		if t.GetTargetUserId() != user || !TaskAwaitsUser(t.GetState()) || len(origins) > 0 && !slices.Contains(origins, t.GetOrigin()) {
			continue
		}
		if found == nil || !t.GetCreateTime().AsTime().Before(found.GetCreateTime().AsTime()) {
			found = t
		}
	}
	return found
}
