package runner

import (
	"container/heap"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// timers wakes sessions whose first timer is due. Timers themselves are part of the sessions; here stands, for each session with one due
// before the horizon, only when.
type timers struct {
	runner *Runner

	mu    sync.Mutex
	due   map[string]time.Time
	queue dueHeap
	wake  chan struct{}
}

type dueItem struct {
	session string
	due     time.Time
}

type dueHeap []dueItem //nolint:recvcheck // container/heap wants it so

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueItem)) } //nolint:forcetypeassert // container/heap
func (h *dueHeap) Pop() any {
	old := *h
	item := old[len(old)-1]
	*h = old[:len(old)-1]
	return item
}

func newTimers(r *Runner) *timers {
	return &timers{runner: r, due: make(map[string]time.Time), wake: make(chan struct{}, 1)}
}

// set says when a session's first timer is due; the zero time means that it has none.
func (t *timers) set(session string, due time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if due.IsZero() || due.After(t.runner.now().Add(t.runner.horizon())) {
		delete(t.due, session)
		return
	}
	if t.due[session].Equal(due) {
		return
	}
	t.due[session] = due
	heap.Push(&t.queue, dueItem{session, due})
	if t.queue[0].due.Equal(due) {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// loop fires due timers, brings timers near from the store, and lets the environment follow presence.
func (t *timers) loop() {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	refresh := time.NewTicker(timerHorizon / 2)
	defer refresh.Stop()
	presence := time.NewTicker(time.Second)
	defer presence.Stop()
	t.near()
	for {
		select {
		case <-t.runner.ctx.Done():
			return
		case <-alarm.C:
		case <-t.wake:
		case <-refresh.C:
			t.near()
		case <-presence.C:
			t.runner.refresh()
			continue
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
		if !t.due[first.session].Equal(first.due) { // replaced meanwhile
			heap.Pop(&t.queue)
			t.mu.Unlock()
			continue
		}
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

// near brings timers near from the store.
func (t *timers) near() {
	const limit = 10_000
	due, err := t.runner.store.DueSessions(t.runner.ctx, t.runner.now().Add(t.runner.horizon()), limit)
	if err != nil {
		if t.runner.ctx.Err() == nil {
			t.runner.log.Error("timers", "error", err)
		}
		return
	}
	for _, d := range due {
		t.mu.Lock()
		_, known := t.due[d.Session]
		t.mu.Unlock()
		if !known {
			t.set(d.Session, d.Due)
		}
	}
}

// ringSession gives a session the event of each of its due timers, after what arrived for it before.
func (r *Runner) ringSession(id string) {
	if !r.backlog.postpones(id) {
		r.wakeTimers(id)
	}
}

func (r *Runner) wakeTimers(id string) {
	s := r.sessions.get(id)
	j := &job{event: &flowdeskv1.Event{Session: id}, ring: true}
	r.queued.Add(1)
	if s.add(j) {
		r.work.Go(func() { r.drive(s) })
	}
}

// ring looks at the session's timers when it is its turn, and runs those that are due.
func (r *Runner) ring(s *session) {
	for _, timer := range dueTimers(s.head, r.now()) {
		event := &flowdeskv1.Event{
			Id: r.ids.next(r.now()), Session: s.id, ReceivedAt: engine.Timestamp(r.now()), Source: "timer",
			Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}},
		}
		if instance := s.head.Instance(timer.GetInstance()); instance != nil {
			event.Trace = instance.GetStart().GetTrace()
		}
		r.queued.Add(1)
		r.turn(s, &job{event: event})
		if s.head == nil {
			return
		}
	}
	if next := s.head.NextTimer(); next != nil {
		r.timers.set(s.id, next.GetDue().AsTime())
	}
}

// dueTimers are a session's due timers, earliest first.
func dueTimers(s *engine.State, now time.Time) []*flowdeskv1.Timer {
	var due []*flowdeskv1.Timer
	for _, t := range s.GetTimers() {
		if !t.GetDue().AsTime().After(now) {
			due = append(due, t)
		}
	}
	for i := 1; i < len(due); i++ {
		for k := i; k > 0 && due[k].GetDue().AsTime().Before(due[k-1].GetDue().AsTime()); k-- {
			due[k], due[k-1] = due[k-1], due[k]
		}
	}
	return due
}
