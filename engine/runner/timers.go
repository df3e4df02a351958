package runner

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// timers wakes sessions whose first timer is due. Timers themselves are part of the sessions; here stands, for each session with one due
// before the horizon, only when.
type timers struct {
	runner *Runner

	mu    sync.Mutex
	due   map[string]*dueItem
	queue dueHeap
	wake  chan struct{}

	clock  clockWatch
	nearAt atomic.Int64 // when timers are brought near next, in nanoseconds since 1970
}

// dueItem is one session with a timer. A session has one at most: what changes moves in the heap, so that a busy session leaves nothing behind.
type dueItem struct {
	session string
	due     time.Time
	index   int
}

type dueHeap []*dueItem //nolint:recvcheck // container/heap wants it so

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	item := x.(*dueItem) //nolint:forcetypeassert // container/heap
	item.index = len(*h)
	*h = append(*h, item)
}

func (h *dueHeap) Pop() any {
	old := *h
	item := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return item
}

func newTimers(r *Runner) *timers {
	return &timers{runner: r, due: make(map[string]*dueItem), wake: make(chan struct{}, 1)}
}

// set says when a session's first timer is due; the zero time means that it has none.
func (t *timers) set(session string, due time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	item := t.due[session]
	switch {
	case due.IsZero() || due.After(t.runner.now().Add(t.runner.horizon())):
		if item != nil {
			heap.Remove(&t.queue, item.index)
			delete(t.due, session)
		}
		return
	case item == nil:
		item = &dueItem{session: session, due: due}
		t.due[session] = item
		heap.Push(&t.queue, item)
	case item.due.Equal(due):
		return
	default:
		item.due = due
		heap.Fix(&t.queue, item.index)
	}
	if item.index == 0 {
		t.ring()
	}
}

func (t *timers) ring() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// known reports whether a session's first timer is near.
func (t *timers) known(session string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.due[session] != nil
}

// loop fires due timers and brings timers near from the store.
func (t *timers) loop() {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	look := time.NewTicker(clockLook)
	defer look.Stop()
	t.clock.start(t.runner.now())
	t.near()
	for {
		select {
		case <-t.runner.ctx.Done():
			return
		case <-alarm.C:
		case <-t.wake:
		case <-look.C:
			jumped := t.clock.jumped(t.runner.now())
			if jumped {
				t.runner.log.Warn("the clock jumped")
				t.runner.schedule.changed()
			}
			if !jumped && time.Now().UnixNano() < t.nearAt.Load() {
				continue
			}
			t.near()
		}
		alarm.Reset(t.fire())
	}
}

// fire wakes every session that is due and says how long nothing is.
func (t *timers) fire() time.Duration {
	for {
		t.mu.Lock()
		if len(t.queue) == 0 {
			t.mu.Unlock()
			return timerHorizon
		}
		first := t.queue[0]
		if wait := first.due.Sub(t.runner.now()); wait > 0 {
			t.mu.Unlock()
			return wait
		}
		heap.Pop(&t.queue)
		delete(t.due, first.session)
		t.mu.Unlock()
		t.runner.ringSession(first.session)
	}
}

// Times at which timers are brought near.
const (
	nearPage  = 10_000           // sessions at once
	nearRetry = 5 * time.Second  // after the store could not be read
	nearMore  = time.Second      // when there are more than a page
	nearEvery = timerHorizon / 2 // otherwise
)

// drop forgets the timers of partitions.
func (t *timers) drop(lost partitionSet) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for session, item := range t.due {
		if lost.has(session) {
			heap.Remove(&t.queue, item.index)
			delete(t.due, session)
		}
	}
}

// dueSessions are those of our sessions that are due before a time.
func (r *Runner) dueSessions(before time.Time, limit int) ([]storage.DueSession, error) {
	if r.shares == nil {
		return r.store.DueSessions(r.ctx, before, limit)
	}
	return r.store.DueSessionsOf(r.ctx, r.shares.Held(), before, limit)
}

// near brings timers near from the store. Of more than a page the earliest come, and the rest soon after, when those have fired.
func (t *timers) near() {
	due, err := t.runner.dueSessions(t.runner.now().Add(t.runner.horizon()), nearPage)
	if err != nil {
		if t.runner.ctx.Err() == nil {
			t.runner.log.Error("timers", "error", err)
		}
		t.nearAt.Store(time.Now().Add(nearRetry).UnixNano())
		return
	}
	for _, d := range due {
		if !t.known(d.Session) {
			t.set(d.Session, d.Due)
		}
	}
	wait := nearEvery
	if len(due) == nearPage {
		wait = min(wait, max(nearMore, due[len(due)-1].Due.Sub(t.runner.now())))
	}
	t.nearAt.Store(time.Now().Add(wait).UnixNano())
}
