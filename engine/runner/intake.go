package runner

import (
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// Taking up the inbox.
const (
	intakeEvery = 500 * time.Millisecond // when no hint comes
	intakePage  = 1000                   // events at once, besides those that are known
)

// intake takes events into memory that others put into the inbox for our sessions, in their order. Each look begins at the inbox's beginning and
// sees it as of one moment: events become visible in another order than that of their numbers, and a look that went on from the last number
// would miss some.
type intake struct {
	runner *Runner
	wake   chan struct{}

	mu    sync.Mutex
	known map[string]int // events in memory, and how often
	left  []string       // that have left memory since the last look began: that look may still see them
}

func newIntake(r *Runner) *intake {
	return &intake{runner: r, wake: make(chan struct{}, 1), known: make(map[string]int)}
}

func (i *intake) ring() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// came notes that an event is in memory.
func (i *intake) came(event string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known[event]++
}

// gone notes that an event has left memory.
func (i *intake) gone(event string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.left = append(i.left, event)
}

// begin forgets what had left before a look, and tells how many are known.
func (i *intake) begin() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, event := range i.left {
		if i.known[event]--; i.known[event] <= 0 {
			delete(i.known, event)
		}
	}
	i.left = i.left[:0]
	return len(i.known)
}

func (i *intake) knows(event string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.known[event] > 0
}

func (i *intake) loop() {
	poll := time.NewTicker(intakeEvery)
	defer poll.Stop()
	for {
		select {
		case <-i.runner.ctx.Done():
			return
		case <-i.wake:
		case <-poll.C:
		}
		for i.look() {
		}
	}
}

// look takes up what waits. It reports whether there may be more.
func (i *intake) look() (more bool) {
	r := i.runner
	held := r.shares.Held()
	if len(held) == 0 || r.full() || r.isStopping() {
		return false
	}
	limit := i.begin() + intakePage
	leases := make(map[int32]int64, len(held)) // as of before what is read
	for _, p := range held {
		leases[p], _ = r.shares.Fence(p)
	}
	events, err := r.store.PendingEventsOf(r.ctx, held, limit)
	if err != nil {
		if r.ctx.Err() == nil {
			r.log.Error("take up the inbox", "error", err)
		}
		return false
	}
	taken := 0
	for _, e := range events {
		if r.full() {
			return false
		}
		switch j, waits := r.backlog.waits(e.Event.GetId()); {
		case waits:
			if j != nil {
				r.commits.stands(j)
			}
			r.carryTaken(e.Event, leases[storage.Partition(e.Event.GetSession())])
			r.backlog.remove(e.Event)
		case i.knows(e.Event.GetId()) || !r.owns(e.Event.GetSession()):
			continue
		default:
			r.carryTaken(e.Event, leases[storage.Partition(e.Event.GetSession())])
		}
		taken++
	}
	if r.backlog.behind.Load() && len(events) < limit {
		i.missing(events, leases)
	}
	r.sharing.takenUp.Add(int64(taken))
	return taken > 0 && len(events) == limit
}

// missing tells the backlog what a look at the whole inbox has not seen. An event may be held that is no longer there: another replica had its turn
// when it had the session, and the answer of the commit that stored it came later. Timers would wait for it for ever.
func (i *intake) missing(events []storage.InboxEvent, leases map[int32]int64) {
	r := i.runner
	for id, one := range r.backlog.unseen(events, leases) {
		if !i.knows(id) && (one.job == nil || r.commits.durable(one.job)) {
			r.backlog.miss(id)
		}
	}
}
