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

	"google.golang.org/grpc"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// Limits of the work on jobs.
const (
	jobsAtOnce    = 2
	jobBatch      = 20                     // rows between two looks at the creator's rights and at whether somebody cancelled
	jobBatchTime  = 500 * time.Millisecond // the same in time
	jobTurn       = 2 * time.Second        // after which a job lets another one work
	jobsInTurn    = 500                    // that take turns, the oldest ones
	jobLook       = time.Second            // between two looks for jobs while there are any, and at whether this server leads
	jobLookOthers = 5 * time.Second        // while there are none, but another server may make one
	jobLookAlone  = 10 * time.Minute       // while there are none, and whoever makes one says so
	rowTries      = 5                      // of a row whose outcome is the server's trouble, within seconds
	rowTryAgain   = 200 * time.Millisecond
	rowTurns      = 10 // of its job that a row may take up so, then it has failed
	jobsKept      = 30 * 24 * time.Hour
	jobsSwept     = time.Hour // between two removals of old jobs
	jobsSweptStep = 20        // removed at once
	jobSave       = 5 * time.Second
	jobSaveAgain  = 100 * time.Millisecond
	rowMost       = 15 * time.Second // of one row
)

// jobRunner works on jobs where this server does what one of several is enough for. A job keeps the lease under which it is worked on: whoever
// leads later has a greater one and goes on with it at once, and from then on nothing is stored under the lease before. A server that does not know
// yet that its lease has ended may still be acting on one row: that row is a repeated request to the later one, or is asked for under an etag
// that is no longer good.
type jobRunner struct {
	*Server
	passing grpc.UnaryServerInterceptor // what a request passes whose caller is known
	recall  grpc.UnaryServerInterceptor // gives what a repeated request did
	woken   chan struct{}

	pace  pace
	mu    sync.Mutex
	busy  map[string]bool
	turns map[string]jobTurns // of jobs that have not ended
	work  sync.WaitGroup
}

// jobTurns is what is remembered of a job between two turns of it.
type jobTurns struct {
	last   time.Time // end of the last one
	row    int       // that could not be done in it
	tries  int       // turns that ended at this row
	mine   string    // etag of what this server stored last
	doubts int       // rows from this number on were begun by nobody else
}

func newJobRunner(s *Server, passing, recall grpc.UnaryServerInterceptor) *jobRunner {
	return &jobRunner{
		Server: s, passing: passing, recall: recall, woken: make(chan struct{}, 1), busy: make(map[string]bool), turns: make(map[string]jobTurns),
	}
}

// look lets the runner look for jobs now.
func (j *jobRunner) look() {
	select {
	case j.woken <- struct{}{}:
	default:
	}
}

// leads gives the lease under which this server leads; 0 where it is the only one.
func (j *jobRunner) leads() (lease int64, ok bool) {
	if j.deps.Leads == nil {
		return 0, true
	}
	return j.deps.Leads()
}

// leadsUnder reports whether this server still leads under a lease.
func (j *jobRunner) leadsUnder(lease int64) bool {
	now, ok := j.leads()
	return ok && now == lease
}

// away reports whether the database is; when it is there again, the next look finds what is to do.
func (j *jobRunner) away() bool { return j.deps.Presence != nil && j.deps.Presence.Away() != nil }

// run works on jobs until the context ends.
func (j *jobRunner) run(ctx context.Context) {
	defer j.work.Wait()
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
		again, err := j.begin(ctx, &swept)
		if err != nil && ctx.Err() == nil {
			j.deps.Log.WarnContext(ctx, "look for jobs; it is tried again", slog.Any("error", err))
		}
		clock.Reset(again)
	}
}

// begin sets about the jobs that have waited longest for a turn, and removes those that are too old. It tells when to look again.
func (j *jobRunner) begin(ctx context.Context, swept *time.Time) (again time.Duration, err error) {
	if _, leads := j.leads(); j.away() || !leads {
		return jobLook, nil // which costs nothing
	}
	j.sweep(ctx, swept)
	jobs, _, err := j.deps.Store.ListJobs(ctx, storage.JobFilter{Active: true, Oldest: true}, storage.Page{Size: jobsInTurn})
	if err != nil {
		return jobLook, err
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
	switch {
	case len(jobs) > 0:
		return jobLook, nil
	case j.deps.Leads == nil:
		return jobLookAlone, nil
	default:
		return jobLookOthers, nil
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

// errOthers is a job that a server with a later lease works on.
var errOthers = errors.New("another server has the job")

// take notes whether somebody else may have begun rows of a job without storing what became of them.
func (j *jobRunner) take(job *flowdeskv1.Job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	turns := j.turns[job.GetId()]
	if job.GetBeginTime() != nil && turns.mine != job.GetEtag() {
		turns.doubts = turned(job) + jobBatch
	}
	j.turns[job.GetId()] = turns
}

// doubtful reports whether somebody else may have begun a row of a job.
func (j *jobRunner) doubtful(job string, row int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return row < j.turns[job].doubts
}

// write stores a job.
func (j *jobRunner) write(ctx context.Context, job *flowdeskv1.Job, chunk int, rows []*flowdeskv1.JobResult) error {
	err := j.deps.Store.UpdateJob(ctx, job, chunk, rows)
	if err == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		turns := j.turns[job.GetId()]
		turns.mine = job.GetEtag()
		j.turns[job.GetId()] = turns
	}
	return err
}

// rest is how long whoever acted on a row rests.
func (j *jobRunner) rest(took time.Duration) time.Duration {
	j.mu.Lock()
	workers := len(j.busy)
	j.mu.Unlock()
	return j.pace.rest(time.Now(), took, workers, j.came())
}

// came is how many callbacks there were.
func (j *jobRunner) came() int64 {
	if j.deps.Callbacks == nil {
		return 0
	}
	return j.deps.Callbacks.came.Load()
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
	lease, leads := j.leads()
	if !leads {
		return errOthers
	}
	job, err := j.deps.Store.GetJob(ctx, id) // it may have gone on since it was listed
	if err != nil || job.GetEndTime() != nil {
		return unlessChanged(err)
	}
	act := j.actOf(job.GetAction())
	if act == nil { // of a newer version, which is about to take over
		return fmt.Errorf("job %s: its action is not known here", id)
	}
	if j.deps.Leads != nil && job.GetLease() > lease {
		return errOthers
	}
	if job.GetState() == flowdeskv1.JobState_JOB_STATE_CANCELLED {
		return j.windUp(ctx, job, act)
	}
	j.take(job)
	job.State, job.Lease = flowdeskv1.JobState_JOB_STATE_RUNNING, lease
	if job.GetBeginTime() == nil {
		job.BeginTime = engine.Timestamp(j.deps.Runner.Now())
	}
	if err := j.write(ctx, job, 0, nil); err != nil {
		return unlessChanged(err)
	}
	for began := time.Now(); time.Since(began) < jobTurn && j.leadsUnder(lease) && ctx.Err() == nil; {
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
	if act.guarded {
		if err := j.note(ctx, job, chunk, rows, some); err != nil {
			return errors.Is(err, storage.ErrConflict), unlessChanged(err)
		}
	}
	began := time.Now()
	var failed error
	for i, row := range some {
		if failed = j.row(ctx, job, act, at+i, row); failed != nil {
			break
		}
		if row.GetOutcome() == flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED {
			job.Succeeded++
		} else {
			job.Failed++
		}
		if time.Since(began) > jobBatchTime || !j.leadsUnder(job.GetLease()) {
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
	if now.GetEndTime() == nil {
		now.EndTime = engine.Timestamp(j.deps.Runner.Now())
	}
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
