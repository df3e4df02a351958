package demo

import (
	"container/heap"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// history plays a script in virtual time.
type history struct {
	runner *runner.Runner
	ledger *ledger
	since  time.Time
	until  time.Time
	agenda agenda
	order  int

	mu  sync.Mutex
	now time.Time
}

// item is something that happens at a time.
type item struct {
	at    time.Time
	order int
	do    func(context.Context) error
}

// agenda is a heap of items, earliest first.
type agenda []item //nolint:recvcheck // container/heap wants it so

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(item)) } //nolint:forcetypeassert // container/heap
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

func newHistory(catalog *engine.Catalog, l *ledger, fill func(*flowdeskv1.Settings) *flowdeskv1.Settings, since, until time.Time, log *slog.Logger) *history {
	h := &history{ledger: l, since: since, until: until, now: since}
	h.runner = runner.New(catalog, l, runner.Options{Now: h.clock, Log: log, Fill: fill, ByHand: true, Entropy: sequence()})
	h.runner.SetOutbox(newPhones(h))
	return h
}

// sequence makes the week's ids always the same.
func sequence() func() uint64 { return rand.New(rand.NewPCG(7, 20)).Uint64 }

func (h *history) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *history) set(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.After(h.now) {
		h.now = now
	}
}

// at puts something on the agenda. What lies outside of the week never happens.
func (h *history) at(when time.Time, do func(context.Context) error) {
	if when.Before(h.since) || when.After(h.until) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.order++
	heap.Push(&h.agenda, item{at: when, order: h.order, do: do})
}

// submit lets an event act on its session at a time.
func (h *history) submit(when time.Time, event *flowdeskv1.Event) {
	h.at(when, func(ctx context.Context) error {
		_, err := h.runner.Submit(ctx, event)
		return err
	})
}

// take removes the next item that is not after a time.
func (h *history) take(before time.Time) (item, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.agenda) == 0 || !before.IsZero() && !h.agenda[0].at.Before(before) {
		return item{}, false
	}
	next, _ := heap.Pop(&h.agenda).(item)
	return next, true
}

// play lets the week pass; progress hears of each step where it is.
func (h *history) play(ctx context.Context, progress func(at time.Time)) error {
	for ctx.Err() == nil {
		session, due := h.ledger.nextTimer()
		if session != "" && due.After(h.until) {
			session, due = "", time.Time{}
		}
		next, found := h.take(due)
		switch {
		case found:
			h.set(next.at)
			if err := next.do(ctx); err != nil {
				return err
			}
		case session != "":
			h.set(due)
			h.ledger.rung(session)
			h.runner.Ring(session)
		default:
			h.set(h.until)
			return h.ledger.flush(ctx)
		}
		if err := h.settle(ctx); err != nil {
			return err
		}
		h.runner.Refresh() //nolint:contextcheck // the runner has a life of its own
		progress(h.clock())
	}
	return ctx.Err()
}

// settle waits until nothing of the last step is under way any more.
func (h *history) settle(ctx context.Context) error {
	for !h.runner.Idle() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Microsecond):
		}
	}
	return nil
}

var _ storage.Store = (*ledger)(nil)
