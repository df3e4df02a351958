package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	pending    = flowdeskv1.TaskState_TASK_STATE_PENDING
	waiting    = flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE
	responded  = flowdeskv1.TaskState_TASK_STATE_RESPONDED
	inProgress = flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS
	completed  = flowdeskv1.TaskState_TASK_STATE_COMPLETED
	cancelled  = flowdeskv1.TaskState_TASK_STATE_CANCELLED
	escalated  = flowdeskv1.TaskState_TASK_STATE_ESCALATED

	claim    = flowdeskv1.TaskAction_TASK_ACTION_CLAIM
	start    = flowdeskv1.TaskAction_TASK_ACTION_START
	respond  = flowdeskv1.TaskAction_TASK_ACTION_RESPOND
	remind   = flowdeskv1.TaskAction_TASK_ACTION_REMIND
	escalate = flowdeskv1.TaskAction_TASK_ACTION_ESCALATE
	complete = flowdeskv1.TaskAction_TASK_ACTION_COMPLETE
	cancel   = flowdeskv1.TaskAction_TASK_ACTION_CANCEL
	reopen   = flowdeskv1.TaskAction_TASK_ACTION_REOPEN
)

func TestLifeOfAnAfterSalesTask(t *testing.T) {
	for _, c := range []struct {
		name    string
		actions []flowdeskv1.TaskAction
		states  []flowdeskv1.TaskState
	}{
		{"the user answers and the person finishes", []flowdeskv1.TaskAction{respond, claim, complete}, []flowdeskv1.TaskState{responded, inProgress, completed}},
		{"reminded, escalated, then answered", []flowdeskv1.TaskAction{remind, escalate, respond, start, complete}, []flowdeskv1.TaskState{waiting, escalated, responded, inProgress, completed}},
		{"claimed while the user still has to answer", []flowdeskv1.TaskAction{claim, respond}, []flowdeskv1.TaskState{waiting, responded}},
		{"cancelled and opened again", []flowdeskv1.TaskAction{cancel, reopen, start}, []flowdeskv1.TaskState{cancelled, pending, inProgress}},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := desk.FirstTaskState(flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES)
			require.Equal(t, waiting, state)
			for i, action := range c.actions {
				var err error
				state, err = desk.MoveTask(state, action)
				require.NoError(t, err)
				require.Equal(t, c.states[i], state)
			}
		})
	}
}

func TestEndedTasksTakeNothingButReopen(t *testing.T) {
	for _, state := range []flowdeskv1.TaskState{completed, cancelled} {
		require.False(t, desk.TaskOpen(state))
		require.Equal(t, []flowdeskv1.TaskAction{reopen}, desk.TaskActions(state))
	}
	to, err := desk.MoveTask(completed, remind)
	var moveErr *desk.TaskMoveError
	require.ErrorAs(t, err, &moveErr)
	require.Equal(t, completed, to)
	require.ErrorContains(t, err, "allowed are TASK_ACTION_REOPEN")
}

// The table has no two answers to one question, leads only to known states, and every open state can end.
func TestTaskMovesAreAFunction(t *testing.T) {
	type key struct {
		action flowdeskv1.TaskAction
		from   flowdeskv1.TaskState
	}
	seen := map[key]bool{}
	for _, m := range desk.TaskMoves() {
		for _, from := range m.From {
			require.False(t, seen[key{m.Action, from}], "%v in %v twice", m.Action, from)
			seen[key{m.Action, from}] = true
		}
	}
	for number := range flowdeskv1.TaskState_name {
		state := flowdeskv1.TaskState(number)
		if desk.TaskOpen(state) {
			require.True(t, seen[key{complete, state}], state)
			require.True(t, seen[key{cancel, state}], state)
		}
	}
	moves := desk.TaskMoves()
	moves[0].From[0] = completed
	require.NotEqual(t, completed, desk.TaskMoves()[0].From[0])
}

// AFTER_SALES_TASK_CHECK looks for tasks with status pending or waiting_user_response.
func TestAwaitedTask(t *testing.T) {
	at := func(minute int) *timestamppb.Timestamp {
		return timestamppb.New(time.Date(2024, 3, 5, 10, minute, 0, 0, time.UTC))
	}
	const sales, byOp = flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES, flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR
	tasks := []*flowdeskv1.TrackTask{
		{Id: "old", TargetUserId: "u", State: waiting, Origin: sales, CreateTime: at(1)},
		{Id: "new", TargetUserId: "u", State: pending, Origin: sales, CreateTime: at(2)},
		{Id: "operator", TargetUserId: "u", State: waiting, Origin: byOp, CreateTime: at(3)},
		{Id: "answered", TargetUserId: "u", State: responded, Origin: sales, CreateTime: at(4)},
		{Id: "other", TargetUserId: "v", State: waiting, Origin: sales, CreateTime: at(5)},
	}
	require.Equal(t, "new", desk.AwaitedTask(tasks, "u", sales).GetId(), "of several the one opened last")
	require.Equal(t, "operator", desk.AwaitedTask(tasks, "u").GetId())
	require.Nil(t, desk.AwaitedTask(tasks, "w"))
	require.Nil(t, desk.AwaitedTask(tasks[3:4], "u"))
}
