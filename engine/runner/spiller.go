package runner

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// spiller turns received events to the spill while the store is away: from the first commit that fails, or the first event that waits too long,
// until all that was spilled is stored again. From then on none reaches a session from memory that another could overtake: what waits in
// memory is spilled too, in its order, and dropped there unless its turn is stored all the same.
type spiller struct {
	runner *Runner
	log    Spill
	on     atomic.Bool
	wake   chan struct{}
	door   door

	mu        sync.Mutex
	since     time.Time       // when the store went away
	flying    *list.List      // tickets of events that are in memory and not durable, in order of arrival
	undecided int             // of those that were spilled while in memory
	stored    map[string]bool // events that were spilled from memory and are stored all the same
	rings     map[string]bool // sessions whose timers were due meanwhile
	landing                   // what is known of the part that is being stored; only the loop touches it
	told      bool            // that draining fails; only the loop touches it
}

// ticket is one received event on its way to being durable.
type ticket struct {
	event   *flowdeskv1.Event
	at      time.Time
	element *list.Element
	spilled atomic.Bool
	last    bool       // others wait behind it at the door; only whoever brought it touches it
	kept    chan error // whether the spill has it; one value
	job     *job       // nil until it is in memory; guarded by the spiller's lock, as is what follows
	behind  bool       // it is not in its session but on its way to the inbox
	decided bool       // what became of it in memory is known
	memory  bool       // it was spilled from memory
}

// Times of the spiller.
const (
	spillAfter = 1500 * time.Millisecond // without being durable: it leaves a second for the disk, before the platform gives up
	spillLook  = 250 * time.Millisecond  // between two looks how long events wait
	drainEvery = 500 * time.Millisecond  // between two attempts to store what was spilled
	holdFor    = time.Second             // an event waits at most for a handover
	holdBelow  = 256                     // events that are left when the handover begins
)

// errSpilled refuses the turn of an event that was spilled.
var errSpilled = fmt.Errorf("spilled: %w", storage.ErrUnavailable)

func newSpiller(r *Runner, log Spill) *spiller {
	if log == nil {
		return nil
	}
	s := &spiller{
		runner: r, log: log, wake: make(chan struct{}, 1), flying: list.New(), stored: make(map[string]bool), rings: make(map[string]bool),
	}
	if !log.Empty() { // what an earlier process spilled comes first
		s.on.Store(true)
		s.since = time.Now()
	}
	return s
}

// Spilling reports whether received events go to the spill, and since when.
func (r *Runner) Spilling() (since time.Time, on bool) {
	s := r.spills
	if !s.isOn() {
		return time.Time{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.since, s.on.Load()
}

func (s *spiller) isOn() bool { return s != nil && s.on.Load() }

// admit notes an event that arrives. While events are spilled it is spilled at once; otherwise it goes its way in memory.
func (s *spiller) admit(ctx context.Context, event *flowdeskv1.Event) (*ticket, error) {
	if s == nil {
		return nil, nil //nolint:nilnil // without a spill there are no tickets
	}
	if s.runner.isStopping() {
		return nil, ErrStopping
	}
	t := &ticket{event: event, at: time.Now(), kept: make(chan error, 1)}
	var err error
	if t.last, err = s.door.enter(ctx); err != nil {
		return nil, fmt.Errorf("an event waits for the spill: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runner.stamp(event)
	if s.on.Load() {
		s.spill(t, false)
		s.door.pass(t.last)
	} else {
		t.element = s.flying.PushBack(t)
	}
	return t, nil
}

// passed is told that an event has its place in memory, or gets none: whoever waited behind it follows.
func (s *spiller) passed(t *ticket) {
	if t != nil && t.last {
		t.last = false
		s.door.pass(true)
	}
}

// spill adds an event to the spill. The lock is held, so that events are spilled in their order.
func (s *spiller) spill(t *ticket, perhaps bool) {
	t.spilled.Store(true)
	s.log.Add(t.event, perhaps, func(err error) {
		if err != nil {
			err = fmt.Errorf("event %s: %w: %w", t.event.GetId(), storage.ErrUnavailable, err)
		}
		t.kept <- err
	})
}

// failed is told of a commit that failed because of the store.
func (s *spiller) failed(err error) {
	if s != nil && transient(err) && s.runner.ctx.Err() == nil {
		s.begin(err.Error())
	}
}

// begin spills all that is in memory and not durable, in its order, and lets what arrives follow.
func (s *spiller) begin(reason string) {
	s.mu.Lock()
	if !s.on.Load() {
		s.on.Store(true)
		s.since = time.Now()
		s.runner.log.Warn("the store is away: received events are kept on this machine's disk until it is back", "events", s.flying.Len(), "reason", reason)
	}
	var spilled []*ticket
	for e := s.flying.Front(); e != nil; e = e.Next() {
		t, _ := e.Value.(*ticket)
		if t.spilled.Load() {
			continue
		}
		if t.memory = t.job != nil; t.memory {
			s.undecided++
			spilled = append(spilled, t)
		}
		s.spill(t, t.memory)
	}
	behind := make([]bool, len(spilled))
	for i, t := range spilled {
		behind[i] = t.behind
	}
	s.mu.Unlock()
	for i, t := range spilled {
		s.runner.commits.unask(t.job, behind[i])
	}
}

// enter notes that an event goes into memory. It reports whether it may: it may have been spilled meanwhile.
func (t *ticket) enter(s *spiller, j *job) bool {
	if t == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.job = j
	return !t.spilled.Load()
}

// gone reports whether an event was spilled.
func (t *ticket) gone() bool { return t != nil && t.spilled.Load() }

// spilt tells whether the spill has the event, once it was spilled.
func (t *ticket) spilt() <-chan error {
	if t == nil {
		return nil
	}
	return t.kept
}

// decide notes what became of an event in memory: it is stored, with its turn, in the inbox or in quarantine; or it was dropped.
func (s *spiller) decide(t *ticket, stored bool) {
	if t == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.decided {
		return
	}
	t.decided = true
	if t.element != nil {
		s.flying.Remove(t.element)
	}
	if !t.memory {
		return
	}
	if stored {
		s.stored[t.event.GetId()] = true
	}
	if s.undecided--; s.undecided == 0 {
		s.ring()
	}
}

func (s *spiller) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// overdue reports whether an event has waited too long for being durable.
func (s *spiller) overdue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.flying.Front()
	if first == nil || s.on.Load() {
		return false
	}
	t, _ := first.Value.(*ticket)
	return time.Since(t.at) >= spillAfter
}

// postpones lets the timers of a session wait for what was received before they were due.
func (s *spiller) postpones(session string) bool {
	if !s.isOn() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on.Load() {
		return false
	}
	s.rings[session] = true
	return true
}

// dropSpilled drops an event from memory that was spilled, unless the store has it all the same.
func (r *Runner) dropSpilled(j *job) bool {
	if !j.ticket.gone() || !r.commits.giveUp(j) {
		return false
	}
	r.finish(j, outcome{err: errSpilled})
	return true
}

// stands is told that an event waits for the inbox alone. One that was spilled meanwhile does not.
func (s *spiller) stands(j *job) {
	if s == nil || j.ticket == nil {
		return
	}
	s.mu.Lock()
	j.ticket.behind = true
	gone := j.ticket.gone()
	s.mu.Unlock()
	if gone {
		s.runner.commits.unask(j, true)
	}
}

// unask lets an event be no longer stored ahead of its turn, because the spill has it. One that waits for nothing else is dropped: it is behind
// others in the inbox, or on its way to another replica.
func (c *committer) unask(j *job, behind bool) {
	c.mu.Lock()
	if j.keeping == keepAsked {
		j.keeping = inMemory
	}
	drop := (behind || j.away) && j.keeping == inMemory
	c.mu.Unlock()
	if drop {
		c.told(j, errSpilled)
	}
}
