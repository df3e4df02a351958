package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Submit lets an event act on its session and returns its turn once it is committed. The event's id and receipt are filled in when
// missing. With an error that wraps ErrStopping, ErrBusy or storage.ErrUnavailable nothing was stored; with ErrQuarantined the event is
// kept for a person.
func (r *Runner) Submit(ctx context.Context, event *flowdeskv1.Event) (*flowdeskv1.Turn, error) {
	return r.submit(ctx, &job{event: event})
}

func (r *Runner) submit(ctx context.Context, j *job) (*flowdeskv1.Turn, error) {
	event := j.event
	if event.GetSession() == "" {
		return nil, errNoSession
	}
	if r.shares != nil {
		r.callers.Add(1)
		defer r.callers.Add(-1)
	}
	done := make(chan outcome, 1)
	j.done = func(o outcome) { done <- o }
	if err := r.enqueue(j); err != nil {
		return nil, err
	}
	select {
	case o := <-done:
		if errors.Is(o.err, ErrElsewhere) && !j.local() {
			return r.await(ctx, event)
		}
		return o.turn, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("event %s is queued: %w", event.GetId(), ctx.Err())
	}
}

// SubmitWith is Submit with delivery states that commit together with the turn. It is for sessions of ours; of another's the error is
// ErrElsewhere.
func (r *Runner) SubmitWith(event *flowdeskv1.Event, deliveries []*storage.Delivery, done func(*flowdeskv1.Turn, error)) error {
	return r.enqueue(&job{event: event, deliveries: deliveries, done: func(o outcome) { done(o.turn, o.err) }})
}

// enqueue takes an event from outside. Whoever finds its session idle works as far as this event.
func (r *Runner) enqueue(j *job) error {
	s, idle, err := r.take(j)
	r.spills.passed(j.ticket)
	j.hasPlace()
	if err != nil {
		return err
	}
	switch {
	case !idle:
	case s.head == nil: // it must be read first, and whoever brought the event has less time than a store that does not answer
		r.spawn(func() { r.begin(s, j) })
	default:
		r.begin(s, j)
	}
	return nil
}

// enter puts a job into its session's queue. It reports whether the caller must drive the session.
func (r *Runner) enter(j *job) (s *session, idle bool) {
	if r.intake != nil && !j.ring {
		r.intake.came(j.event.GetId())
	}
	return r.sessions.add(j)
}

// take puts an event into its session's queue, unless the runner is stopping. It reports whether the session was idle.
func (r *Runner) take(j *job) (s *session, idle bool, err error) {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if r.stopping {
		return nil, false, ErrStopping
	}
	if r.shares == nil && r.backlog.holds(j.event.GetSession()) {
		return nil, false, ErrBusy
	}
	if r.queued.Add(1) > int64(r.options.QueueLimit) {
		r.queued.Add(-1)
		return nil, false, ErrBusy
	}
	r.stamp(j.event)
	if r.leaves(j) {
		return nil, false, nil
	}
	s, idle = r.enter(j)
	return s, idle, nil
}

func (r *Runner) isStopping() bool {
	r.gate.RLock()
	defer r.gate.RUnlock()
	return r.stopping
}

// stamp gives an event its id and receipt.
func (r *Runner) stamp(event *flowdeskv1.Event) {
	if event.GetReceivedAt() == nil {
		event.ReceivedAt = engine.Timestamp(r.now())
	}
	if event.GetId() == "" {
		event.Id = r.ids.next(r.now())
	}
	traced(event)
}

// traced gives an event that begins something its own id as the one that all it leads to bears, where no tracer gave it one.
func traced(event *flowdeskv1.Event) {
	if event.GetTrace() == "" {
		event.Trace = event.GetId()
	}
}

// full reports whether as many events wait in memory as may.
func (r *Runner) full() bool { return r.queued.Load() >= int64(r.options.QueueLimit) }

// roomy reports whether memory has room for a good part of the backlog.
func (r *Runner) roomy() bool { return r.queued.Load() <= int64(r.options.QueueLimit)/2 }

// carryPause is the wait before an event is tried again that could not be stored.
const carryPause = time.Second

// Carry gives an event that nobody else would bring again to its session: when it cannot be stored, it is tried again until the runner ends.
func (r *Runner) Carry(event *flowdeskv1.Event) {
	r.stamp(event)
	r.carry(event, false, nil)
}

// carry gives an event that nobody else would bring again to its session, until its turn is stored or it is quarantined.
func (r *Runner) carry(event *flowdeskv1.Event, fromInbox bool, done func()) {
	r.carryJob(event, fromInbox, 0, done)
}

// carryTaken is carry for an event that was taken from the inbox under a lease.
func (r *Runner) carryTaken(event *flowdeskv1.Event, lease int64) {
	r.carryJob(event, true, lease, nil)
}

func (r *Runner) carryJob(event *flowdeskv1.Event, fromInbox bool, lease int64, done func()) {
	if r.shares == nil && !fromInbox && r.backlog.holds(event.GetSession()) { // behind what arrived before
		r.later(carryPause, func() { r.carry(event, fromInbox, done) })
		return
	}
	j := &job{event: event, fromInbox: fromInbox, lease: lease, request: requestOf(event), done: func(o outcome) {
		if o.err != nil && !errors.Is(o.err, ErrQuarantined) && !errors.Is(o.err, ErrElsewhere) {
			if r.ctx.Err() == nil {
				r.log.Error("event", "event", event.GetId(), "source", event.GetSource(), "session", event.GetSession(), "trace", event.GetTrace(), "error", o.err)
			}
			r.later(carryPause, func() { r.carry(event, fromInbox, done) })
			return
		}
		if done != nil {
			done()
		}
	}}
	r.queued.Add(1)
	if r.leaves(j) {
		return
	}
	if s, idle := r.enter(j); idle {
		r.spawn(func() { r.drive(s) })
	}
}
