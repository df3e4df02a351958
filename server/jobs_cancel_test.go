package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestAJobIsCancelled(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group := j.group("甲群")
	j.tasks(ctx, group, 120)
	job := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), Reason: "x"})
	require.Eventually(t, func() bool { return j.openTasks(ctx, group) < 110 }, 20*time.Second, time.Millisecond)
	cancelled, err := j.jobs.CancelJob(ctx, &flowdeskv1.CancelJobRequest{Name: job.GetName(), Reason: "弄错了"})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.JobState_JOB_STATE_CANCELLED, cancelled.GetJob().GetState())
	var done int
	require.Eventually(t, func() bool { // the batch that was under way is stored
		done = len(j.results(ctx, job.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED))
		return done == 120-j.openTasks(ctx, group)
	}, 20*time.Second, 20*time.Millisecond)
	require.NotNil(t, j.ended(ctx, job.GetName()).GetEndTime())
	time.Sleep(300 * time.Millisecond)
	left := j.results(ctx, job.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED)
	require.Len(t, left, j.openTasks(ctx, group))
	require.NotEmpty(t, left, "what was not reached stays as it was")
	got, err := j.jobs.GetJob(ctx, &flowdeskv1.GetJobRequest{Name: job.GetName()})
	require.NoError(t, err)
	require.Equal(t, "弄错了", got.GetJob().GetCancelReason())
	require.EqualValues(t, done, got.GetJob().GetSucceeded())
	_, err = j.jobs.CancelJob(ctx, &flowdeskv1.CancelJobRequest{Name: job.GetName()})
	require.NoError(t, err, "again is harmless")
}

// recorded leaves the audit record that a request for a row of a job leaves; without an outcome it has no end.
func (j *jobbing) recorded(ctx context.Context, method string, job *flowdeskv1.Job, number int, row, outcome string) {
	j.t.Helper()
	record := &flowdeskv1.AuditRecord{
		Name: fmt.Sprintf("auditRecords/%s-%d", job.GetId(), number), Time: engine.Timestamp(morning()), Actor: "api", Method: method, Resource: row,
		RequestId: fmt.Sprintf("%s-%d", job.GetId(), number),
	}
	require.NoError(j.t, j.store.BeginAudit(ctx, record))
	if outcome != "" {
		record.Outcome = outcome
		record.Reason = "it is COMMAND_STATE_COMPLETED"
		require.NoError(j.t, j.store.EndAudit(ctx, record))
	}
}

const handsOver = "QueueService.UpdateCommandState"

// noted is a job that hands over commands, the first three of which changed after their etags were noted, as if its server had ended in the middle:
// the first was done, of the second nobody can know, and the third was changed by somebody else.
func (j *jobbing) noted() (job *flowdeskv1.Job) {
	j.t.Helper()
	ctx := j.t.Context()
	group := j.group("甲群")
	j.failedCommands(group, 5)
	queue := flowdeskv1.NewQueueServiceClient(j.conn)
	j.hold()
	job = j.create(ctx, handOver(group))
	rows, err := j.store.JobRows(ctx, job.GetId(), 0)
	require.NoError(j.t, err)
	require.Len(j.t, rows, 5)
	for _, row := range rows[:4] {
		before, err := queue.GetCommand(ctx, &flowdeskv1.GetCommandRequest{Name: row.GetName()})
		require.NoError(j.t, err)
		row.Etag = before.GetCommand().GetEtag()
	}
	job.State, job.BeginTime = flowdeskv1.JobState_JOB_STATE_RUNNING, engine.Timestamp(morning())
	require.NoError(j.t, j.store.UpdateJob(ctx, job, 0, rows))
	for _, row := range rows[:3] {
		_, err := queue.UpdateCommandState(ctx, &flowdeskv1.UpdateCommandStateRequest{
			Name: row.GetName(), State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, Reason: "看过了",
		})
		require.NoError(j.t, err)
	}
	j.recorded(ctx, handsOver, job, 0, rows[0].GetName(), "OK")
	j.recorded(ctx, handsOver, job, 1, rows[1].GetName(), "")
	return job
}

// An act that has no request id is not done again after a crash: the etag that was noted before it tells that something happened, and the audit
// records tell whether the job did it.
func TestAnInterruptedRowIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	job := j.noted()
	j.goOn()
	ended := j.ended(ctx, job.GetName())
	require.Equal(t, []int32{3, 2}, []int32{ended.GetSucceeded(), ended.GetFailed()})
	results := j.results(ctx, job.GetName(), 0)
	require.Equal(t, flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, results[0].GetOutcome(), "it was done")
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN, results[1].GetError())
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH, results[2].GetError(), "somebody else changed it")
	require.Empty(t, results[1].GetEtag(), "etags are the server's own")
	require.Equal(t, "好的", results[1].GetTitle())
	queue := flowdeskv1.NewQueueServiceClient(j.conn)
	for i, state := range []flowdeskv1.CommandState{
		flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED,
		flowdeskv1.CommandState_COMMAND_STATE_MANUAL, flowdeskv1.CommandState_COMMAND_STATE_MANUAL,
	} {
		got, err := queue.GetCommand(ctx, &flowdeskv1.GetCommandRequest{Name: results[i].GetName()})
		require.NoError(t, err)
		require.Equal(t, state, got.GetCommand().GetState(), i)
	}
}

// A job that was cancelled while its server was about to die tells what that one did and did not store.
func TestACancelledJobTellsWhatWasDone(t *testing.T) {
	t.Parallel()
	t.Run("by audit records", func(t *testing.T) {
		t.Parallel()
		j, ctx := newJobbing(t, false), t.Context()
		job := j.noted()
		rows, err := j.store.JobRows(ctx, job.GetId(), 0)
		require.NoError(t, err)
		j.recorded(ctx, handsOver, job, 2, rows[2].GetName(), "FailedPrecondition")
		cancelled, err := j.jobs.CancelJob(ctx, &flowdeskv1.CancelJobRequest{Name: job.GetName(), Reason: "弄错了"})
		require.NoError(t, err)
		require.Nil(t, cancelled.GetJob().GetEndTime(), "it is not known yet what was done")
		j.goOn()
		ended := j.ended(ctx, job.GetName())
		require.Equal(t, flowdeskv1.JobState_JOB_STATE_CANCELLED, ended.GetState())
		require.Equal(t, []int32{1, 2}, []int32{ended.GetSucceeded(), ended.GetFailed()})
		results := j.results(ctx, job.GetName(), 0)
		require.Equal(t, flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, results[0].GetOutcome())
		require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN, results[1].GetError())
		require.Contains(t, results[2].GetReason().GetEn(), "COMMAND_STATE_COMPLETED", "why it was refused")
		require.Len(t, j.results(ctx, job.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED), 2)
	})
	t.Run("by repeated requests", func(t *testing.T) {
		t.Parallel()
		j, ctx := newJobbing(t, false), t.Context()
		group := j.group("甲群")
		job := j.rewound(ctx, group)
		_, err := j.jobs.CancelJob(ctx, &flowdeskv1.CancelJobRequest{Name: job.GetName()})
		require.NoError(t, err)
		open := j.openTasks(ctx, group)
		j.goOn()
		ended := j.ended(ctx, job.GetName())
		require.Equal(t, []int32{int32(90 - open), 0}, []int32{ended.GetSucceeded(), ended.GetFailed()})
		require.Len(t, j.results(ctx, job.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED), open)
		require.Equal(t, open, j.openTasks(ctx, group), "nothing more was done")
	})
}
