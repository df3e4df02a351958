package server_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// racers is how many callers change one thing at once.
const racers = 16

// race lets callers change one thing at once, with one etag, and gives how many won. The others must hear that it has changed.
func race(t *testing.T, change func(ctx context.Context, n int) error) int {
	t.Helper()
	var won atomic.Int32
	var work sync.WaitGroup
	for n := range racers {
		work.Go(func() {
			err := change(t.Context(), n)
			switch status.Code(err) {
			case codes.OK:
				won.Add(1)
			default:
				refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
			}
		})
	}
	work.Wait()
	return int(won.Load())
}

func TestOneOfManyCallersWithOneEtagWins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	for n := range racers {
		f.person(string(rune('a' + n)))
	}
	opened, err := tasks.CreateTrackTask(t.Context(), &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: "核对"}})
	require.NoError(t, err)
	task := opened.GetTrackTask()
	claim := func(ctx context.Context, n int) error {
		_, err := tasks.ClaimTrackTask(ctx, &flowdeskv1.ClaimTrackTaskRequest{Name: task.GetName(), Etag: task.GetEtag(), Assignee: string(rune('a' + n))})
		return err
	}
	require.Equal(t, 1, race(t, claim))

	read, err := tasks.GetTrackTask(t.Context(), &flowdeskv1.GetTrackTaskRequest{Name: task.GetName()})
	require.NoError(t, err)
	done, err := tasks.CompleteTrackTask(t.Context(), &flowdeskv1.CompleteTrackTaskRequest{Name: task.GetName(), Etag: read.GetTrackTask().GetEtag()})
	require.NoError(t, err)
	task = done.GetTrackTask()
	require.Equal(t, 1, race(t, func(ctx context.Context, _ int) error {
		_, err := tasks.ReopenTrackTask(ctx, &flowdeskv1.ReopenTrackTaskRequest{Name: task.GetName(), Etag: task.GetEtag()})
		return err
	}), "an ended task is no longer part of its session")
}

func TestOneOfManyWhoSettleACommandWins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group, queue := f.group("买家群"), flowdeskv1.NewQueueServiceClient(f.conn)
	enqueued, err := queue.EnqueueCommand(t.Context(), &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: group, Text: "在吗"}})
	require.NoError(t, err)
	_, err = f.store.Commit(t.Context(), &storage.Batch{Deliveries: []*storage.Delivery{{
		Command: enqueued.GetCommand().GetId(), From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_QUEUED}, FromAttempts: -1,
		State: flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, Attempts: 1,
	}}})
	require.NoError(t, err)
	read, err := queue.GetCommand(t.Context(), &flowdeskv1.GetCommandRequest{Name: enqueued.GetCommand().GetName()})
	require.NoError(t, err)
	c := read.GetCommand()
	states := []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, flowdeskv1.CommandState_COMMAND_STATE_FAILED}
	require.Equal(t, 1, race(t, func(ctx context.Context, n int) error {
		_, err := queue.UpdateCommandState(ctx, &flowdeskv1.UpdateCommandStateRequest{Name: c.GetName(), Etag: c.GetEtag(), State: states[n%2], Reason: "seen"})
		return err
	}))
}

// A flow may change a task between the check of a request and its turn, so that the turn checks too.
func TestTheTurnChecksTheRevision(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	opened, err := tasks.CreateTrackTask(t.Context(), &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: "核对"}})
	require.NoError(t, err)
	task := opened.GetTrackTask()
	stale := &flowdeskv1.Event{Session: group, Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: task.GetId(), Action: flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, Content: task, Revision: task.GetRevision() + 1,
	}}}
	turn, err := f.runner.Submit(t.Context(), stale)
	require.NoError(t, err)
	require.Equal(t, []string{"refused: it has changed meanwhile; read it again"}, turn.GetNotes())
	require.Empty(t, turn.GetEffects())
}

func TestARepeatedRequestWhoseAnswerWasLostDoesNothingAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	tasks, directory := flowdeskv1.NewTaskServiceClient(f.conn), flowdeskv1.NewDirectoryServiceClient(f.conn)
	create := &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: "核对"}, RequestId: "once"}
	open := &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{Title: "新群", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP}, RequestId: "group"}

	f.forget.Store(true)
	first, err := tasks.CreateTrackTask(t.Context(), create)
	require.NoError(t, err)
	opened, err := directory.CreateGroup(t.Context(), open)
	require.NoError(t, err)
	complete := &flowdeskv1.CompleteTrackTaskRequest{Name: first.GetTrackTask().GetName(), Etag: first.GetTrackTask().GetEtag(), RequestId: "done"}
	_, err = tasks.CompleteTrackTask(t.Context(), complete)
	require.NoError(t, err)

	f.forget.Store(false)
	again, err := tasks.CreateTrackTask(t.Context(), create)
	require.NoError(t, err)
	require.Equal(t, first.GetTrackTask().GetName(), again.GetTrackTask().GetName())
	reopened, err := directory.CreateGroup(t.Context(), open)
	require.NoError(t, err)
	require.Equal(t, opened.GetGroup().GetName(), reopened.GetGroup().GetName())
	ended, err := tasks.CompleteTrackTask(t.Context(), complete)
	require.NoError(t, err, "its etag held when it was done")
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, ended.GetTrackTask().GetState())

	turns, err := f.store.ListTurns(t.Context(), group, 0, 10)
	require.NoError(t, err)
	require.Len(t, turns, 2, "one for the opening, one for the end")
	list, err := tasks.ListTrackTasks(t.Context(), &flowdeskv1.ListTrackTasksRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetTrackTasks(), 1)

	create.TrackTask.Title = "另一件"
	_, err = tasks.CreateTrackTask(t.Context(), create)
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED)
}
