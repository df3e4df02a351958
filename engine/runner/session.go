package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/tracing"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// job is one event on its way through its session.
type job struct {
	event      *flowdeskv1.Event
	deliveries []*storage.Delivery
	request    *storage.RequestMark // stored with the turn; nil for none
	ticket     *ticket              // of an event that may be spilled; nil for none
	placed     func()               // is told that it has its place in the order, or gets none; nil for none
	fromInbox  bool
	ring       bool // no event yet: the session looks at its timers
	tries      int32
	done       func(outcome)
	number     int64 // in order of arrival

	received bool        // it may be stored ahead of its turn
	stored   func(error) // is told how that went
	keeping  keeping     // guarded by the committer's lock, as is what follows
	held     bool        // the backlog holds it already
	away     bool        // its turn runs elsewhere, or behind what the inbox holds
	wanted   bool        // somebody waits for it to be durable
	aboard   bool        // a commit holds its turn, or it needs no inbox any more
	perhaps  bool        // it may stand in the inbox: a commit of unknown outcome held it
	lease    int64       // under which it was stored in the inbox or taken from there; with shares only
}

// hasPlace lets those follow who wait for the event's place in the order.
func (j *job) hasPlace() {
	if j.placed != nil {
		j.placed()
	}
}

type outcome struct {
	turn *flowdeskv1.Turn
	err  error
}

// session is one session in memory: its queue, and its head while turns run.
type session struct {
	id        string
	partition int32

	mu      sync.Mutex
	queue   []*job
	driving bool   // somebody works the queue off
	current *job   // whose turn runs
	flying  []*job // turns on their way through the committer
	lost    []*job // turns that lost, until all that fly have landed
	doubt   bool   // a turn was lost or failed to commit: the head is not what is stored
	resting bool   // the store did not answer; the session goes on in a while
	used    int64
	poison  map[string]bool // timers whose events are quarantined: they ring no more

	head *engine.State // only whoever drives touches it; nil means it must be loaded
}

// add puts a job at the end of the queue. It reports whether the caller must drive the session.
func (s *session) add(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, j)
	return s.take()
}

// waiting are the ids of the events in the queue, separated by spaces.
func (s *session) waiting() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.queue))
	for _, j := range s.queue {
		ids = append(ids, j.event.GetId())
	}
	return strings.Join(ids, " ")
}

// take makes the caller the driver when there is work and nobody drives. While the head is in doubt and turns still fly, the session
// rests: those turns are based on that head and will be lost too.
func (s *session) take() bool {
	if s.driving || s.resting {
		return false
	}
	if s.doubt {
		if len(s.flying) > 0 {
			return false
		}
		s.queue = append(s.lost, s.queue...)
		s.lost, s.head, s.doubt = nil, nil, false
	}
	s.driving = len(s.queue) > 0
	return s.driving
}

// next takes a job from the queue; when there is none, or the head is in doubt, driving ends.
func (s *session) next() *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	if s.doubt || s.resting || len(s.queue) == 0 {
		s.driving = false
		if !s.take() {
			return nil
		}
	}
	j := s.queue[0]
	s.queue[0] = nil
	s.queue = s.queue[1:]
	s.current = j
	return j
}

// again puts a job back at the front.
func (s *session) again(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	s.queue = append([]*job{j}, s.queue...)
}

// doubtful reports whether the head on which turns fly is not what is stored.
func (s *session) doubtful() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubt
}

// landed notes that one turn has left the committer: committed, lost (it runs again, in order), or failed (doubt without a lost job). It
// reports whether the caller must drive.
func (s *session) landed(flown, lost *job, doubt bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.flying, flown); i >= 0 { // mostly the first
		s.flying = slices.Delete(s.flying, i, i+1)
	}
	s.doubt = s.doubt || doubt
	if lost != nil {
		s.lost = append(s.lost, lost)
	}
	return s.take()
}

// drive works a session's queue off.
func (r *Runner) drive(s *session) {
	for j := s.next(); j != nil; j = s.next() {
		r.turn(s, j)
	}
}

// begin is drive for whoever brought an event: behind it others work on, so that in a busy session nobody waits for more than his own.
func (r *Runner) begin(s *session, own *job) {
	for j, past := s.next(), false; j != nil; j = s.next() {
		if past {
			r.spawn(func() {
				r.turn(s, j)
				r.drive(s)
			})
			return
		}
		r.turn(s, j)
		past = j == own
	}
}

// turn runs one event's turn and hands it to the committer.
func (r *Runner) turn(s *session, j *job) {
	if r.ctx.Err() != nil {
		r.finish(j, outcome{err: fmt.Errorf("event %s: %w", j.event.GetId(), ErrStopping)})
		return
	}
	if r.dropSpilled(j) {
		return
	}
	if r.shares != nil && !r.stays(s, j) {
		return
	}
	if s.head == nil {
		head, err := r.known(s.id)
		if errors.Is(err, errBroken) && !j.ring {
			r.failed(s, j, err)
			return
		}
		if err != nil {
			r.unstored(s, j, err)
			return
		}
		s.head = head
	}
	if j.ring {
		r.ring(s)
		r.finish(j, outcome{})
		return
	}
	if due := j.event.GetTimer(); due != nil && !j.fromInbox && s.head.Timer(due.GetTimer()) == nil {
		r.finish(j, outcome{}) // disarmed meanwhile
		return
	}
	env := r.env.Load()
	var away error
	in := engine.Input{
		Event: j.event, Now: r.now(), State: s.head, Env: env.Env, Programs: env.programs,
		Program: func(flow string, version int32) *engine.Program {
			program, err := r.program(flow, version)
			if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, errBroken) {
				away = err
			}
			return program
		},
	}
	if r.options.Gate != nil {
		r.options.Gate(in)
	}
	end := tracing.Under(r.ctx, j.event.GetTrace(), "turn", "event", j.event.GetId(), "session", s.id)
	err := failpoint.Hit("runner.turn.before")
	var turn *flowdeskv1.Turn
	if err == nil {
		turn, err = r.catalog.Turn(in)
	}
	if err == nil {
		err = failpoint.Hit("runner.turn.after")
	}
	end(err)
	if err != nil {
		s.head = nil
		if away != nil { // it is not the event that is at fault
			r.unstored(s, j, away)
			return
		}
		r.failed(s, j, err)
		return
	}
	f := &flight{session: s, job: j, turn: turn, env: env}
	f.write = r.project(f, s.head)
	s.mu.Lock()
	s.current = nil
	s.flying = append(s.flying, j)
	s.mu.Unlock()
	r.commits.add(f)
}

// failed tries a turn again that failed, and quarantines its event after too many failures.
func (r *Runner) failed(s *session, j *job, err error) {
	j.tries++
	if j.tries < maxTries {
		s.again(j)
		return
	}
	r.quarantined(j, err)
}

// quarantined sets an event aside for a person. One that is durable waits for the store with that.
func (r *Runner) quarantined(j *job, err error) {
	if r.shares != nil && !r.owns(j.event.GetSession()) {
		r.elsewhere(j)
		return
	}
	r.log.Error("event quarantined", "event", j.event.GetId(), "session", j.event.GetSession(), "trace", j.event.GetTrace(), "error", err)
	entry := &storage.QuarantineEntry{Event: j.event, Reason: err.Error(), Tries: j.tries, Time: r.now()}
	_ = failpoint.Hit("runner.quarantine.before")
	r.commits.quarantine(j, entry, func(failure error) {
		if failure != nil && r.ctx.Err() == nil && !r.commits.giveUp(j) {
			r.soon(restFor, func() { r.quarantined(j, err) })
			return
		}
		if failure == nil {
			failure = fmt.Errorf("event %s: %w: %w", j.event.GetId(), ErrQuarantined, err)
		}
		r.finish(j, outcome{err: failure})
	})
}

// finish tells whoever submitted the event.
func (r *Runner) finish(j *job, o outcome) {
	if r.queued.Add(-1); r.backlog.behind.Load() && r.roomy() {
		r.backlog.ring()
	}
	r.spills.decide(j.ticket, o.err == nil || errors.Is(o.err, ErrQuarantined))
	if r.intake != nil && !j.ring {
		r.intake.gone(j.event.GetId())
		r.waits.end(j.event.GetId(), o)
	}
	if j.done != nil {
		j.done(o)
	}
}

// errBroken is something stored that cannot be read: trying again does not help.
var errBroken = errors.New("what is stored cannot be read")

// loadWithin bounds the reading of a session. One that takes longer has lost its server, and would wait for the network to give up.
const loadWithin = 10 * time.Second

// load builds a session's state from its last snapshot and the turns after it.
func (r *Runner) load(ctx context.Context, id string) (*engine.State, error) {
	ctx, cancel := context.WithTimeout(ctx, loadWithin)
	defer cancel()
	record, err := r.store.LoadSession(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load session %s: %w", id, err)
	}
	return Restore(id, record)
}

// known is load for a session whose turn is to run.
func (r *Runner) known(id string) (*engine.State, error) {
	if r.shares != nil {
		if err := r.acquaint(r.ctx, id); err != nil {
			return nil, err
		}
	}
	return r.load(r.ctx, id)
}

// Restore builds a session's state from its record.
func Restore(id string, record *storage.SessionRecord) (*engine.State, error) {
	state := engine.NewState(id)
	if record.Snapshot != nil {
		if err := proto.Unmarshal(record.Snapshot, state.SessionState); err != nil {
			return nil, fmt.Errorf("snapshot of session %s: %w: %w", id, errBroken, err)
		}
	}
	for _, data := range record.Turns {
		turn := &flowdeskv1.Turn{}
		if err := proto.Unmarshal(data, turn); err != nil {
			return nil, fmt.Errorf("turn %d of session %s: %w: %w", state.GetVersion(), id, errBroken, err)
		}
		state.Fold(turn)
	}
	if state.GetVersion() != record.Version {
		return nil, fmt.Errorf("session %s folds to version %d, its row says %d: %w", id, state.GetVersion(), record.Version, errBroken)
	}
	return state, nil
}
