package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// Pace of jobs. Whoever works on a row rests as long as it took: messages come first.
const (
	jobsAtOnce    = 2
	jobBatch      = 20                     // rows between two looks at the creator's rights and at whether somebody cancelled
	jobBatchTime  = 500 * time.Millisecond // the same in time
	jobTurn       = 2 * time.Second        // after which a job lets another one work
	jobsInTurn    = 500                    // that take turns, the oldest ones
	jobLook       = time.Second            // between two looks for jobs while there are any
	jobLookOthers = 5 * time.Second        // while there are none, but another server may make one
	jobLookAlone  = 10 * time.Minute       // while there are none, and whoever makes one says so
	leastRest     = 2 * time.Millisecond
	mostRest      = time.Second
	rowTries      = 5 // of a row whose outcome is the server's trouble, within seconds
	rowTryAgain   = 200 * time.Millisecond
	rowTurns      = 10 // of its job that a row may take up so, then it has failed
	jobsKept      = 30 * 24 * time.Hour
	jobsSwept     = time.Hour // between two removals of old jobs
	jobsSweptStep = 20        // removed at once
	jobSave       = 5 * time.Second
	jobSaveAgain  = 100 * time.Millisecond
	jobQuiet      = 30 * time.Second // without a change, after which another server's job is taken over
)

// jobRunner works on jobs where this server does what one of several is enough for. Two that believe so at the same time do not act on the same
// row: whoever has a job stores something before his time is over or acts no more, and another one takes a job over only after it has seen it
// unchanged for longer. A row that comes again after that is a repeated request.
type jobRunner struct {
	*Server
	passing grpc.UnaryServerInterceptor // what a request passes whose caller is known
	woken   chan struct{}

	mu    sync.Mutex
	busy  map[string]bool
	turns map[string]jobTurns // of jobs that have not ended
	work  sync.WaitGroup
}

// jobTurns is what is remembered of a job between two turns of it.
type jobTurns struct {
	last  time.Time // end of the last one
	row   int       // that could not be done in it
	tries int       // turns that ended at this row
	mine  string    // etag of what this server stored last
	wrote time.Time // when it began to store that
	seen  string    // etag of what another server stored
	since time.Time // when this was seen first
}

func newJobRunner(s *Server, passing grpc.UnaryServerInterceptor) *jobRunner {
	return &jobRunner{Server: s, passing: passing, woken: make(chan struct{}, 1), busy: make(map[string]bool), turns: make(map[string]jobTurns)}
}

// look lets the runner look for jobs now.
func (j *jobRunner) look() {
	select {
	case j.woken <- struct{}{}:
	default:
	}
}

func (j *jobRunner) leads() bool { return j.deps.Leads == nil || j.deps.Leads() }

// away reports whether the database is; when it is there again, the next look finds what is to do.
func (j *jobRunner) away() bool { return j.deps.Presence != nil && j.deps.Presence.Away() != nil }

// run works on jobs until the context ends.
func (j *jobRunner) run(ctx context.Context) {
	defer func() {
		j.work.Wait()
		j.handBack(ctx)
	}()
	clock := time.NewTimer(0)
	defer clock.Stop()
	var swept time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
		case <-j.woken:
		}
		some, err := j.begin(ctx, &swept)
		if err != nil && ctx.Err() == nil {
			j.deps.Log.WarnContext(ctx, "look for jobs; it is tried again", slog.Any("error", err))
		}
		switch {
		case some || err != nil:
			clock.Reset(jobLook)
		case j.deps.Leads == nil:
			clock.Reset(jobLookAlone)
		default:
			clock.Reset(jobLookOthers)
		}
	}
}

// begin sets about the jobs that have waited longest for a turn, and removes those that are too old. It reports whether there are any, or may be.
func (j *jobRunner) begin(ctx context.Context, swept *time.Time) (some bool, err error) {
	if j.away() {
		return true, nil
	}
	if !j.leads() {
		j.handBack(ctx)
		return false, nil
	}
	j.sweep(ctx, swept)
	jobs, _, err := j.deps.Store.ListJobs(ctx, storage.JobFilter{Active: true, Oldest: true}, storage.Page{Size: jobsInTurn})
	if err != nil {
		return true, err
	}
	for _, id := range j.inTurn(jobs) {
		if !j.claim(id) {
			continue
		}
		j.work.Go(func() {
			err := j.turn(ctx, id)
			j.release(id)
			switch {
			case errors.Is(err, errOthers):
			case err == nil:
				j.look()
			case ctx.Err() == nil: // the next look tries it again, behind those that wait
				j.deps.Log.WarnContext(ctx, "a job stopped in the middle; it goes on", slog.String("job", id), slog.Any("error", err))
			}
		})
	}
	return len(jobs) > 0, nil
}

// handBack puts the jobs that this server worked on back into the queue: whoever leads next need not wait until it is sure that nobody has them.
func (j *jobRunner) handBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobSave)
	defer cancel()
	j.mu.Lock()
	mine := make(map[string]string)
	for id, turns := range j.turns {
		if turns.mine != "" && !j.busy[id] {
			mine[id] = turns.mine
			delete(j.turns, id)
		}
	}
	j.mu.Unlock()
	for id, etag := range mine {
		job, err := j.deps.Store.GetJob(ctx, id)
		if err == nil && job.GetEtag() == etag && job.GetState() == flowdeskv1.JobState_JOB_STATE_RUNNING {
			job.State = flowdeskv1.JobState_JOB_STATE_QUEUED
			err = j.deps.Store.UpdateJob(ctx, job, 0, nil)
		}
		if unlessChanged(err) != nil { // it is taken over when it has stood still for long enough
			j.deps.Log.WarnContext(ctx, "hand back a job", slog.String("job", id), slog.Any("error", err))
		}
	}
}

// sweep removes jobs that are too old. That it cannot keeps no job from going on.
func (j *jobRunner) sweep(ctx context.Context, swept *time.Time) {
	now := j.deps.Runner.Now()
	if now.Sub(*swept).Abs() <= jobsSwept {
		return
	}
	n, err := j.deps.Store.ExpireJobs(ctx, now.Add(-jobsKept), jobsSweptStep)
	if err != nil && ctx.Err() == nil {
		j.deps.Log.WarnContext(ctx, "remove old jobs; it is tried again", slog.Any("error", err))
	}
	if err == nil && n < jobsSweptStep {
		*swept = now
	}
}

// inTurn orders jobs so that the one whose last turn is longest ago comes first: neither long ones nor those that cannot go on hold up others.
func (j *jobRunner) inTurn(jobs []*flowdeskv1.Job) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	turns := make(map[string]jobTurns, len(jobs))
	ids := make([]string, 0, len(jobs))
	for _, job := range jobs {
		ids = append(ids, job.GetId())
		turns[job.GetId()] = j.turns[job.GetId()]
	}
	j.turns = turns // the others have ended
	slices.SortStableFunc(ids, func(a, b string) int { return turns[a].last.Compare(turns[b].last) })
	return ids
}

func (j *jobRunner) claim(job string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy[job] || len(j.busy) >= jobsAtOnce {
		return false
	}
	j.busy[job] = true
	return true
}

func (j *jobRunner) release(job string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.busy, job)
	turns := j.turns[job]
	turns.last = time.Now()
	j.turns[job] = turns
}

// errOthers is a job that another server may be working on.
var errOthers = errors.New("another server has the job")

func (j *jobRunner) quiet() time.Duration {
	if j.deps.JobQuiet > 0 {
		return j.deps.JobQuiet
	}
	return jobQuiet
}

// free reports whether no other server can be acting on a job's rows.
func (j *jobRunner) free(job *flowdeskv1.Job) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	turns := j.turns[job.GetId()]
	if job.GetState() == flowdeskv1.JobState_JOB_STATE_QUEUED || turns.mine == job.GetEtag() {
		return true
	}
	if turns.seen != job.GetEtag() {
		turns.seen, turns.since = job.GetEtag(), time.Now()
		j.turns[job.GetId()] = turns
	}
	return time.Since(turns.since) > j.quiet()
}

// write stores a job: for a while from then on no other server takes it over.
func (j *jobRunner) write(ctx context.Context, job *flowdeskv1.Job, chunk int, rows []*flowdeskv1.JobResult) error {
	began := time.Now()
	err := j.deps.Store.UpdateJob(ctx, job, chunk, rows)
	if err == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		turns := j.turns[job.GetId()]
		turns.mine, turns.wrote = job.GetEtag(), began
		j.turns[job.GetId()] = turns
	}
	return err
}

// mayAct reports whether a row that begins now ends before another server may take the job over.
func (j *jobRunner) mayAct(job *flowdeskv1.Job) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Since(j.turns[job.GetId()].wrote) < j.quiet()/3
}

// stuck counts the turns of a job that end at a row which the server cannot do now, and reports whether it is to be given up.
func (j *jobRunner) stuck(job string, row int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	turns := j.turns[job]
	if turns.row != row {
		turns.row, turns.tries = row, 0
	}
	turns.tries++
	j.turns[job] = turns
	return turns.tries >= rowTurns
}

// pause waits, and reports whether the context goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// turn works on a job for a while, until it has ended, or until somebody else is to.
func (j *jobRunner) turn(ctx context.Context, id string) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("job %s: panic: %v\n%s", id, panicked, debug.Stack())
		}
	}()
	job, err := j.deps.Store.GetJob(ctx, id) // it may have gone on since it was listed
	if err != nil || job.GetEndTime() != nil {
		return unlessChanged(err)
	}
	act := j.actOf(job.GetAction())
	if act == nil { // of a newer version, which is about to take over
		return fmt.Errorf("job %s: its action is not known here", id)
	}
	if !j.free(job) {
		return errOthers
	}
	job.State = flowdeskv1.JobState_JOB_STATE_RUNNING
	if job.GetBeginTime() == nil {
		job.BeginTime = engine.Timestamp(j.deps.Runner.Now())
	}
	if err := j.write(ctx, job, 0, nil); err != nil {
		return unlessChanged(err)
	}
	for began := time.Now(); time.Since(began) < jobTurn && j.leads() && ctx.Err() == nil; {
		ended, err := j.batch(ctx, job, act)
		if ended || err != nil {
			return err
		}
	}
	return nil
}

// unlessChanged passes over that somebody else has changed the job: its next look tells.
func unlessChanged(err error) error {
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// turned is how many rows of a job have had their turn; they are the first ones.
func turned(job *flowdeskv1.Job) int { return int(job.GetSucceeded() + job.GetFailed()) }

// batch acts on some rows and stores what became of them. It reports whether nothing is left to do here.
func (j *jobRunner) batch(ctx context.Context, job *flowdeskv1.Job, act *rowAct) (ended bool, err error) {
	at := turned(job)
	if at >= int(job.GetTotal()) {
		return true, j.end(ctx, job, flowdeskv1.JobState_JOB_STATE_COMPLETED)
	}
	caller, err := j.creator(ctx, job, act)
	if errors.Is(err, access.ErrUnauthenticated) || errors.Is(err, access.ErrDenied) {
		job.StopReason = &flowdeskv1.Text{Zh: "发起人已不再有此权限", En: "who made it may no longer do this"}
		return true, j.end(ctx, job, flowdeskv1.JobState_JOB_STATE_STOPPED)
	} else if err != nil {
		return false, err
	}
	ctx = context.WithValue(ctx, actorKey, caller)
	chunk, first := at/storage.JobChunk, at%storage.JobChunk
	rows, err := j.deps.Store.JobRows(ctx, job.GetId(), chunk)
	if err != nil {
		return false, err
	}
	if first >= len(rows) {
		return false, fmt.Errorf("job %s: it has no row %d", job.GetId(), at)
	}
	some := rows[first:min(first+jobBatch, len(rows))]
	var before map[*flowdeskv1.JobResult]bool
	if act.guarded {
		if before, err = j.note(ctx, job, chunk, rows, some); err != nil {
			return errors.Is(err, storage.ErrConflict), unlessChanged(err)
		}
	}
	began := time.Now()
	var failed error
	for i, row := range some {
		if !j.mayAct(job) {
			break
		}
		if failed = j.row(ctx, job, act, at+i, row, before[row]); failed != nil {
			break
		}
		if row.GetOutcome() == flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED {
			job.Succeeded++
		} else {
			job.Failed++
		}
		if time.Since(began) > jobBatchTime || !j.leads() {
			break
		}
	}
	ended, err = j.save(ctx, job, chunk, rows)
	return ended, errors.Join(failed, err)
}

// creator is who made a job, if this caller may still do it.
func (j *jobRunner) creator(ctx context.Context, job *flowdeskv1.Job, act *rowAct) (*access.Caller, error) {
	if !j.deps.Closed {
		c := access.Everybody()
		c.Name = job.GetCreator()
		return c, nil
	}
	c, err := j.deps.Guard.Named(ctx, job.GetCreator())
	if err == nil && !c.May(act.method) {
		err = access.ErrDenied
	}
	return c, err
}

// note stores the etags under which rows are acted on before the first of them is: after a crash an act that was done finds another etag, and
// is not done twice. It gives the rows that had one: they may have been done.
func (j *jobRunner) note(ctx context.Context, job *flowdeskv1.Job, chunk int, rows, some []*flowdeskv1.JobResult) (map[*flowdeskv1.JobResult]bool, error) {
	before := make(map[*flowdeskv1.JobResult]bool)
	noted := false
	for _, row := range some {
		if row.GetEtag() != "" {
			before[row] = true
			continue
		}
		c, err := j.command(ctx, id(row.GetName()))
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		row.Etag, noted = c.GetEtag(), true
	}
	if !noted {
		return before, nil
	}
	return before, j.write(ctx, job, chunk, rows)
}

// row acts on one row and fills in what became of it. An error is the server's trouble: the row has not had its turn.
func (j *jobRunner) row(ctx context.Context, job *flowdeskv1.Job, act *rowAct, number int, row *flowdeskv1.JobResult, noted bool) error {
	asked := act.request(&actRow{name: row.GetName(), reason: job.GetReason(), etag: row.GetEtag(), request: fmt.Sprintf("job-%s-%d", job.GetId(), number)})
	within, cancel := context.WithTimeout(ctx, j.quiet()/2)
	defer cancel()
	for try := 1; ; try++ {
		began := time.Now()
		err := j.ask(context.WithValue(within, requestKey, &named{id: fmt.Sprintf("%s-%d", job.GetId(), number)}), act, asked)
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		answer := status.Convert(err)
		if theServers(answer.Code()) && try < rowTries {
			noted = true // a try that was cut off may have done it
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
		row.Outcome, row.Time = flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, engine.Timestamp(j.deps.Runner.Now())
		if err != nil {
			row.Outcome = flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED
			row.Error, row.Reason = told(answer)
			// What came too late may still happen: asked again, it could happen twice.
			if answer.Code() == codes.DeadlineExceeded || noted && act.guarded && row.GetError() == flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH {
				row.Error = flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN
				row.Reason = &flowdeskv1.Text{Zh: "处理到一半时服务器中断：可能已经完成，请查看", En: "the server was interrupted in the middle of it: it may have been done, look at it"}
			}
		}
		pause(ctx, min(max(time.Since(began), leastRest), mostRest))
		return nil
	}
}

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

// end stores that a job has ended.
func (j *jobRunner) end(ctx context.Context, job *flowdeskv1.Job, state flowdeskv1.JobState) error {
	job.State, job.EndTime = state, engine.Timestamp(j.deps.Runner.Now())
	j.deps.Log.InfoContext(ctx, "a job ended", slog.String("job", job.GetId()), slog.String("state", state.String()), slog.Int("succeeded", int(job.GetSucceeded())), slog.Int("failed", int(job.GetFailed())))
	return unlessChanged(j.write(ctx, job, 0, nil))
}

// save stores what became of rows, although this server stops. Of a job that was cancelled meanwhile it stores what was done all the same.
func (j *jobRunner) save(ctx context.Context, job *flowdeskv1.Job, chunk int, rows []*flowdeskv1.JobResult) (ended bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobSave)
	defer cancel()
	err = untilStored(ctx, func() error { return j.write(ctx, job, chunk, rows) })
	if !errors.Is(err, storage.ErrConflict) {
		return err != nil, err
	}
	var now *flowdeskv1.Job
	err = untilStored(ctx, func() (err error) { now, err = j.deps.Store.GetJob(ctx, job.GetId()); return err })
	if err != nil || now.GetState() != flowdeskv1.JobState_JOB_STATE_CANCELLED || turned(now) > turned(job) {
		return true, err // another server goes on with it
	}
	now.Succeeded, now.Failed = job.GetSucceeded(), job.GetFailed()
	return true, unlessChanged(untilStored(ctx, func() error { return j.deps.Store.UpdateJob(ctx, now, chunk, rows) }))
}

// untilStored repeats what the database did not take: rows that were done and are not stored so would be done again, or look as if they never were.
func untilStored(ctx context.Context, store func() error) error {
	for {
		err := store()
		if err == nil || errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) || !pause(ctx, jobSaveAgain) {
			return err
		}
	}
}
