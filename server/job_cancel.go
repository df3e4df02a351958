package server

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// CancelJob implements the service. Whoever works on the job finds it cancelled when it stores what it did, and ends it; where nobody does any more,
// whoever leads next finds out which rows were done.
func (s *jobService) CancelJob(ctx context.Context, r *flowdeskv1.CancelJobRequest) (*flowdeskv1.CancelJobResponse, error) {
	for {
		job, err := s.ours(ctx, r.GetName())
		if err != nil {
			return nil, err
		}
		if job.GetState() == flowdeskv1.JobState_JOB_STATE_CANCELLED {
			job, err = s.authors().job(ctx, job)
			return &flowdeskv1.CancelJobResponse{Job: job}, err
		}
		if job.GetEndTime() != nil {
			return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the job has ended")
		}
		job.State, job.Canceller, job.CancelReason = flowdeskv1.JobState_JOB_STATE_CANCELLED, actor(ctx), r.GetReason()
		if job.GetBeginTime() == nil {
			job.EndTime = engine.Timestamp(s.deps.Runner.Now())
		}
		err = s.deps.Store.UpdateJob(ctx, job, 0, nil)
		if errors.Is(err, storage.ErrConflict) && ctx.Err() == nil { // it has just got further
			continue
		}
		if err != nil {
			return nil, err
		}
		s.look()
		job, err = s.authors().job(ctx, job)
		return &flowdeskv1.CancelJobResponse{Job: job}, err
	}
}

// windUp ends a job that was cancelled. Rows that somebody did without storing it are found by what a repeated request would be answered, and by
// their audit records; nothing is done any more.
func (j *jobRunner) windUp(ctx context.Context, job *flowdeskv1.Job, act *rowAct) error {
	at := turned(job)
	chunk, first := at/storage.JobChunk, at%storage.JobChunk
	rows, err := j.deps.Store.JobRows(ctx, job.GetId(), chunk)
	if err != nil {
		return err
	}
	caller := access.Everybody()
	caller.Name = job.GetCreator() // under this name the answers are kept
	ctx = context.WithValue(ctx, actorKey, caller)
	for i := first; i < min(first+jobBatch, len(rows)); i++ {
		was, err := j.was(ctx, job, act, at+i-first, rows[i])
		if err != nil {
			return err
		}
		if was == nil { // they have their turns in order
			break
		}
		rows[i].Outcome, rows[i].Error, rows[i].Reason, rows[i].Time = was.GetOutcome(), was.GetError(), was.GetReason(), engine.Timestamp(j.deps.Runner.Now())
		if was.GetOutcome() == flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED {
			job.Succeeded++
		} else {
			job.Failed++
		}
	}
	job.EndTime = engine.Timestamp(j.deps.Runner.Now())
	return unlessChanged(j.write(ctx, job, chunk, rows))
}

// was is what became of a row that somebody may have begun; nil for one that was not reached.
func (j *jobRunner) was(ctx context.Context, job *flowdeskv1.Job, act *rowAct, number int, row *flowdeskv1.JobResult) (*flowdeskv1.JobResult, error) {
	if act.guarded {
		return j.recorded(ctx, act, job.GetId(), number, row)
	}
	_, err := j.recall(ctx, requestFor(job, act, number, row), &grpc.UnaryServerInfo{FullMethod: act.method}, func(ctx context.Context, _ any) (any, error) {
		if repeated(ctx) {
			return nil, errDone
		}
		return nil, errNotDone
	})
	switch {
	case err == nil, errors.Is(err, errDone):
		return &flowdeskv1.JobResult{Outcome: flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED}, nil
	case errors.Is(err, errNotDone):
		return j.recorded(ctx, act, job.GetId(), number, row)
	default:
		return nil, err
	}
}

var (
	errDone    = errors.New("a turn did it")
	errNotDone = errors.New("no turn did it")
)
