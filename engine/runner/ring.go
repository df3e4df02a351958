package runner

import (
	"errors"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ringRetry is the wait before a session is woken again whose timer could not act.
const ringRetry = 5 * time.Second

// ringSession gives a session the event of each of its due timers, after what arrived for it before.
func (r *Runner) ringSession(id string) {
	if !r.spills.postpones(id) && !r.backlog.postpones(id) {
		r.wakeTimers(id)
	}
}

func (r *Runner) wakeTimers(id string) {
	j := &job{event: &flowdeskv1.Event{Session: id}, ring: true, done: func(o outcome) {
		if o.err != nil {
			r.timers.set(id, r.now().Add(ringRetry))
		}
	}}
	if !r.owns(id) {
		return
	}
	r.queued.Add(1)
	if s, idle := r.enter(j); idle {
		r.spawn(func() { r.drive(s) })
	}
}

// ring looks at the session's timers when it is its turn, and runs those that are due.
func (r *Runner) ring(s *session) {
	for _, timer := range r.ringing(s, s.head.GetTimers()) {
		event := &flowdeskv1.Event{
			Id: r.ids.next(r.now()), Session: s.id, ReceivedAt: engine.Timestamp(r.now()), Source: "timer",
			Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}},
		}
		if instance := s.head.Instance(timer.GetInstance()); instance != nil {
			event.Trace = instance.GetStart().GetTrace()
		}
		r.queued.Add(1)
		if r.intake != nil {
			r.intake.came(event.GetId())
		}
		r.turn(s, &job{event: event, done: func(o outcome) { r.rung(s, timer.GetId(), o.err) }})
		if s.head == nil {
			r.timers.set(s.id, r.now().Add(ringRetry)) // the others, when this one has been tried again
			return
		}
	}
	if next := s.nextTimer(); !next.IsZero() {
		r.timers.set(s.id, next)
	}
}

// rung acts on a timer's event that had no turn. A timer whose event is quarantined stays with the session and rings no more, so that the others
// are heard; the rest is tried again, because nobody else would.
func (r *Runner) rung(s *session, timer string, err error) {
	switch {
	case err == nil:
	case errors.Is(err, ErrQuarantined):
		s.mu.Lock()
		if s.poison == nil {
			s.poison = make(map[string]bool)
		}
		s.poison[timer] = true
		s.mu.Unlock()
		r.timers.set(s.id, r.now())
	default:
		r.timers.set(s.id, r.now().Add(ringRetry))
	}
}

// ringing are the timers that are due, earliest first.
func (r *Runner) ringing(s *session, timers []*flowdeskv1.Timer) []*flowdeskv1.Timer {
	now := r.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []*flowdeskv1.Timer
	for _, t := range timers {
		if !t.GetDue().AsTime().After(now) && !s.poison[t.GetId()] {
			due = append(due, t)
		}
	}
	slices.SortStableFunc(due, func(a, b *flowdeskv1.Timer) int { return a.GetDue().AsTime().Compare(b.GetDue().AsTime()) })
	return due
}

// nextTimer is when the session's next timer that rings is due; the zero time for none.
func (s *session) nextTimer() (next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.head.GetTimers() {
		if due := t.GetDue().AsTime(); !s.poison[t.GetId()] && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}
