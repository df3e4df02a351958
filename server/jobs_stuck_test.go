package server

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/nodes"
	"github.com/flowdesk/flowdesk/storage"
)

// stuckRow works on one row whose request gives an error, until it has had its turn, and gives how often that was tried.
func stuckRow(t *testing.T, asked func(ctx context.Context) error) (row *flowdeskv1.JobResult, turns int, calls int) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		t.Helper()
		run := runner.New(nodes.Builtin(), nil, runner.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		j := newJobRunner(&Server{deps: Deps{Runner: run, Log: slog.New(slog.DiscardHandler)}},
			func(ctx context.Context, _ any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
				calls++
				return nil, asked(ctx)
			}, nil)
		act := &rowAct{method: "m", request: func(*actRow) proto.Message { return &flowdeskv1.CompleteTrackTaskRequest{} }}
		row = &flowdeskv1.JobResult{Name: "trackTasks/a"}
		for turns = 1; turns < 100; turns++ {
			if j.row(t.Context(), &flowdeskv1.Job{Id: "j"}, act, 0, row) == nil {
				return
			}
		}
	})
	return row, turns, calls
}

// A row that the server cannot do for long fails, so that its job ends.
func TestARowThatCannotBeDoneFails(t *testing.T) {
	t.Parallel()
	row, turns, _ := stuckRow(t, func(context.Context) error { return runner.ErrBusy })
	require.Equal(t, rowTurns, turns)
	require.Equal(t, flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, row.GetOutcome())
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED, row.GetError())
	row, turns, _ = stuckRow(t, func(context.Context) error { return storage.ErrUnavailable })
	require.Equal(t, rowTurns, turns)
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_STORAGE_UNAVAILABLE, row.GetError())
}

// A row that hangs holds its job up for a while only, and is not asked for a second time: the first may still happen.
func TestARowThatHangsIsNotAskedForTwice(t *testing.T) {
	t.Parallel()
	began := time.Now()
	row, turns, calls := stuckRow(t, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	require.Less(t, time.Since(began), 10*time.Second, "in virtual time")
	require.Equal(t, []int{1, 1}, []int{turns, calls})
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN, row.GetError())
}

func TestARowThatPanicsFails(t *testing.T) {
	t.Parallel()
	row, turns, _ := stuckRow(t, func(context.Context) error { panic("poisoned") })
	require.Equal(t, 1, turns)
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL, row.GetError())
}

// What a server does whose lease has just ended is told as done by the one that asks for it again.
func TestARowThatAnotherServerHasJustDone(t *testing.T) {
	t.Parallel()
	calls := 0
	run := runner.New(nodes.Builtin(), nil, runner.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	j := newJobRunner(&Server{deps: Deps{Runner: run, Log: slog.New(slog.DiscardHandler)}},
		func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
			if calls++; calls%2 == 1 { // it was done between the look for an earlier request and the look at the row
				return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "it is done")
			}
			return nil, nil
		}, nil)
	act := &rowAct{method: "m", request: func(*actRow) proto.Message { return &flowdeskv1.CompleteTrackTaskRequest{} }}
	job := &flowdeskv1.Job{Id: "j", Etag: "7", BeginTime: timestamppb.New(run.Now())}
	j.take(job)
	first, later := &flowdeskv1.JobResult{Name: "trackTasks/a"}, &flowdeskv1.JobResult{Name: "trackTasks/b"}
	require.NoError(t, j.row(t.Context(), job, act, 0, first))
	require.Equal(t, flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, first.GetOutcome())
	require.NoError(t, j.row(t.Context(), job, act, jobBatch, later))
	require.Equal(t, flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, later.GetOutcome(), "which the other cannot have reached")
}
