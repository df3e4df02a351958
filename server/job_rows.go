package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// note stores the etags under which rows are acted on before the first of them is: after a crash an act that was done finds another etag, and
// is not done twice.
func (j *jobRunner) note(ctx context.Context, job *flowdeskv1.Job, chunk int, rows, some []*flowdeskv1.JobResult) error {
	noted := false
	for _, row := range some {
		if row.GetEtag() != "" {
			continue
		}
		c, err := j.command(ctx, id(row.GetName()))
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		row.Etag, noted = c.GetEtag(), true
	}
	if !noted {
		return nil
	}
	return j.write(ctx, job, chunk, rows)
}

// rowRequest names the request for a row, in logs and in its audit record.
func rowRequest(job string, number int) string { return fmt.Sprintf("%s-%d", job, number) }

// requestFor is the request for a row.
func requestFor(job *flowdeskv1.Job, act *rowAct, number int, row *flowdeskv1.JobResult) proto.Message {
	return act.request(&actRow{name: row.GetName(), reason: job.GetReason(), etag: row.GetEtag(), request: "job-" + rowRequest(job.GetId(), number)})
}

// row acts on one row and fills in what became of it. An error is the server's trouble: the row has not had its turn.
func (j *jobRunner) row(ctx context.Context, job *flowdeskv1.Job, act *rowAct, number int, row *flowdeskv1.JobResult) error {
	asked := requestFor(job, act, number, row)
	within, cancel := context.WithTimeout(ctx, rowMost)
	defer cancel()
	within = context.WithValue(within, requestKey, &named{id: rowRequest(job.GetId(), number)})
	again := j.doubtful(job.GetId(), number)
	for try := 1; ; try++ {
		began := time.Now()
		err := j.ask(within, act, asked)
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		answer := status.Convert(err)
		if theServers(answer.Code()) && try < rowTries {
			if pause(within, rowTryAgain<<(try-1)) {
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if theServers(answer.Code()) && !j.stuck(job.GetId(), number) {
			return err
		}
		if again && surelyNot(answer.Code()) { // whoever had the job before may have done it just now: asked again, the request is a repeated one
			again = false
			continue
		}
		outcome, err := j.outcome(within, act, job, number, row, answer)
		if err != nil {
			return err
		}
		row.Outcome, row.Error, row.Reason, row.Time = outcome.GetOutcome(), outcome.GetError(), outcome.GetReason(), engine.Timestamp(j.deps.Runner.Now())
		pause(ctx, j.rest(time.Since(began)))
		return nil
	}
}

// unknownOutcome is what became of a row of which nobody can know.
func unknownOutcome() *flowdeskv1.JobResult {
	return &flowdeskv1.JobResult{
		Outcome: flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, Error: flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN,
		Reason: &flowdeskv1.Text{Zh: "处理到一半时服务器中断：可能已经完成，请查看", En: "the server was interrupted in the middle of it: it may have been done, look at it"},
	}
}

// outcome is what became of a row whose request was answered.
func (j *jobRunner) outcome(ctx context.Context, act *rowAct, job *flowdeskv1.Job, number int, row *flowdeskv1.JobResult, answer *status.Status,
) (*flowdeskv1.JobResult, error) {
	if answer.Code() == codes.OK {
		return &flowdeskv1.JobResult{Outcome: flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED}, nil
	}
	if answer.Code() == codes.DeadlineExceeded { // what came too late may still happen: asked again, it could happen twice
		return unknownOutcome(), nil
	}
	why, text := told(answer)
	refused := &flowdeskv1.JobResult{Outcome: flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, Error: why, Reason: text}
	if !act.guarded || why != flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH {
		return refused, nil
	}
	known, err := j.recorded(ctx, act, job.GetId(), number, row)
	if err != nil || known == nil || known.GetError() == flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE {
		return refused, err
	}
	return known, nil
}

// rowRecords bounds how many of the newest audit records of a row's method are looked through for its own.
const rowRecords = 50

// recorded is what the audit records tell of requests for a row; nil when there was none. There is a record before anything is done, and its end
// after: that one was done counts more than that the end of another is missing, and this more than that one was refused.
func (j *jobRunner) recorded(ctx context.Context, act *rowAct, job string, number int, row *flowdeskv1.JobResult) (*flowdeskv1.JobResult, error) {
	records, _, err := j.deps.Store.ListAudit(ctx, storage.AuditFilter{Method: access.ShortMethod(act.method), Resource: row.GetName()}, storage.Page{Size: rowRecords})
	if err != nil {
		return nil, fmt.Errorf("look for what was done with %s: %w", row.GetName(), err)
	}
	var unknown, refused *flowdeskv1.JobResult
	for _, r := range records {
		switch {
		case r.GetRequestId() != rowRequest(job, number):
		case r.GetOutcome() == codes.OK.String():
			return &flowdeskv1.JobResult{Outcome: flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED}, nil
		case slices.ContainsFunc(nothingDone, func(c codes.Code) bool { return c.String() == r.GetOutcome() }):
			refused = &flowdeskv1.JobResult{
				Outcome: flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, Error: flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, // the nearest: records have no reason
				Reason: &flowdeskv1.Text{Zh: inChinese().said(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, r.GetReason()), En: r.GetReason()},
			}
		default:
			unknown = unknownOutcome()
		}
	}
	return cmp.Or(unknown, refused), nil
}

// nothingDone are the answers after which surely nothing was done.
var nothingDone = []codes.Code{
	codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.FailedPrecondition, codes.Aborted, codes.OutOfRange,
	codes.Unimplemented, codes.Unauthenticated,
}

func surelyNot(code codes.Code) bool { return slices.Contains(nothingDone, code) }

// theServers reports whether a row was not refused: the same request may do it a little later.
func theServers(code codes.Code) bool {
	return code == codes.Unavailable || code == codes.ResourceExhausted
}

// ask makes the request for one row as its creator would.
func (j *jobRunner) ask(ctx context.Context, act *rowAct, request any) (err error) {
	known := true
	defer func() {
		if panicked := recover(); panicked != nil {
			err, known = toStatus(fmt.Errorf("panic: %v\n%s", panicked, debug.Stack()))
		}
		if !known {
			j.deps.Log.ErrorContext(ctx, "a row of a job failed", slog.String("method", act.method), slog.String("request", requestOf(ctx).id), slog.Any("error", err))
		}
	}()
	_, asked := j.passing(ctx, request, &grpc.UnaryServerInfo{FullMethod: act.method}, act.handle)
	if asked == nil {
		return nil
	}
	mapped, planned := toStatus(asked)
	if !planned {
		j.deps.Log.ErrorContext(ctx, "a row of a job failed", slog.String("method", act.method), slog.String("request", requestOf(ctx).id), slog.Any("error", asked))
	}
	return mapped
}

// told is why a request was refused, for programs and for people.
func told(s *status.Status) (flowdeskv1.ErrorReason, *flowdeskv1.Text) {
	text := &flowdeskv1.Text{Zh: s.Message(), En: s.Message()}
	for _, detail := range s.Details() {
		if zh, ok := detail.(*errdetails.LocalizedMessage); ok {
			text.Zh = zh.GetMessage()
		}
	}
	return flowdeskv1.ErrorReason(flowdeskv1.ErrorReason_value[reasonOf(s)]), text
}
