package runner

import (
	"context"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// landing is what is known of the part of the spill that is being stored.
type landing struct {
	part      *Spilled
	landed    map[string]bool // events that are stored, and taken up
	attempted map[string]bool // events that were in a commit which may have come to something
}

// Limits of draining.
const (
	landAtOnce  = 1024 // events in one commit
	landPause   = 50 * time.Millisecond
	handoverNap = time.Millisecond
)

func (s *spiller) start() {
	if s != nil {
		s.runner.work.Go(s.loop)
	}
}

func (s *spiller) loop() {
	look := time.NewTicker(spillLook)
	defer look.Stop()
	var next time.Time // attempt to drain
	for {
		select {
		case <-s.runner.ctx.Done():
			return
		case <-s.wake:
			next = time.Time{}
		case <-look.C:
		}
		if s.overdue() {
			s.begin(fmt.Sprintf("an event was not stored within %s", spillAfter))
		}
		if now := time.Now(); s.on.Load() && !now.Before(next) {
			s.drain()
			next = now.Add(drainEvery)
		}
	}
}

// drain stores what was spilled, in its order, until nothing is left or the store does not answer. What became of events that were spilled from
// memory must be known first.
func (s *spiller) drain() {
	drained, began := 0, time.Now()
	for s.runner.ctx.Err() == nil && s.settled() {
		part, err := s.log.Oldest()
		if err != nil {
			s.runner.log.Error("read the spill", "error", err)
			return
		}
		if part == nil {
			if s.end() {
				s.told = false
				s.runner.log.Info("the store is back, and all that was spilled is stored", "events", drained, "took", time.Since(began).Round(time.Millisecond))
				return
			}
			nap(s.runner.ctx, handoverNap) // the last one is on its way to the disk
			continue
		}
		if len(part.Events) <= holdBelow {
			s.door.hold(func(open func()) { s.runner.later(holdFor, open) })
		}
		if err := s.land(part); err != nil {
			s.door.release()
			if !s.told && s.runner.ctx.Err() == nil {
				s.told = true
				s.runner.log.Warn("what was spilled cannot be stored yet", "error", err)
			}
			return
		}
		if err := s.log.Remove(part); err != nil {
			s.door.release()
			s.runner.log.Error("remove what was drained of the spill", "error", err)
			return
		}
		drained += len(part.Events)
	}
	s.door.release()
}

func nap(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// settled reports whether it is known of all events that were spilled from memory what became of them there.
func (s *spiller) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.undecided == 0
}

// end lets events go their way in memory again, when nothing is left in the spill.
func (s *spiller) end() bool {
	s.mu.Lock()
	if s.undecided > 0 || !s.log.Empty() {
		s.mu.Unlock()
		return false
	}
	s.on.Store(false)
	rings := s.rings
	s.rings, s.stored = make(map[string]bool), make(map[string]bool)
	s.mu.Unlock()
	s.landing = landing{}
	s.door.release()
	for session := range rings {
		s.runner.ringSession(session)
	}
	return true
}

// land stores the events of a part in the inbox, and lets them be taken up from there. It may be repeated until it succeeds.
func (s *spiller) land(part *Spilled) error {
	if s.part == nil || s.part.Number != part.Number {
		s.landing = landing{part: part, landed: make(map[string]bool), attempted: make(map[string]bool)}
	}
	var left []SpilledEvent
	for _, e := range part.Events {
		if s.isStored(e.Event.GetId()) || s.landed[e.Event.GetId()] {
			continue
		}
		e.Perhaps = e.Perhaps || s.attempted[e.Event.GetId()]
		left = append(left, e)
	}
	for len(left) > 0 {
		n := min(len(left), landAtOnce)
		if err := s.landSome(left[:n], part.Found); err != nil {
			return err
		}
		left = left[n:]
		for s.runner.backlog.crowded() && s.runner.ctx.Err() == nil {
			nap(s.runner.ctx, landPause)
		}
	}
	return s.runner.ctx.Err()
}

func (s *spiller) isStored(event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored[event]
}

func (s *spiller) landSome(some []SpilledEvent, found bool) error {
	r := s.runner
	var events, doubtful []*flowdeskv1.Event
	for _, e := range some {
		if err := r.place(r.ctx, e.Event); err != nil {
			if transient(err) {
				return err
			}
			if err := s.refuse(e.Event, err); err != nil {
				return err
			}
			continue
		}
		events = append(events, e.Event)
		if e.Perhaps {
			doubtful = append(doubtful, e.Event)
		}
	}
	known, err := r.lookUpEvents(r.ctx, doubtful)
	if err != nil {
		return fmt.Errorf("look spilled events up: %w", err)
	}
	var fresh, waiting []*flowdeskv1.Event
	for _, e := range events {
		switch where := known[e.GetId()]; {
		case where == inInbox && (!found || s.attempted[e.GetId()]):
			waiting = append(waiting, e) // nobody in this process has it
		case where == nowhere:
			fresh = append(fresh, e)
		}
	}
	s.takeUp(waiting)
	return s.put(fresh)
}

// put stores events in the inbox. What the store refuses for good is put aside alone.
func (s *spiller) put(events []*flowdeskv1.Event) error {
	if len(events) == 0 {
		return nil
	}
	for _, e := range events {
		s.attempted[e.GetId()] = true
	}
	s.reserve(events)
	err := failpoint.Before("spill.drain.before", storage.ErrUnavailable)
	if err == nil {
		_, err = s.runner.store.Commit(s.runner.ctx, &storage.Batch{Inbox: events})
		err = failpoint.Over(err, "spill.drain.after", storage.ErrUnknown)
	}
	if err != nil {
		s.unreserve(events)
	}
	switch half := len(events) / 2; {
	case err == nil:
		s.takeUp(events)
		return nil
	case transient(err):
		return err
	case half > 0:
		if err := s.put(events[:half]); err != nil {
			return err
		}
		return s.put(events[half:])
	default:
		return s.refuse(events[0], err)
	}
}

// takeUp lets events that stand in the inbox have their turns, in the order of the inbox. With shares whoever has the session takes them up by
// itself, as soon as it looks.
func (s *spiller) takeUp(events []*flowdeskv1.Event) {
	r := s.runner
	told := make(map[string]bool)
	for _, e := range events {
		s.landed[e.GetId()] = true
		switch session := e.GetSession(); {
		case r.shares == nil:
			r.backlog.follows(e, true)
		case !told[session]:
			told[session] = true
			r.tell(session)
		}
	}
}

// reserve sees to it, with shares, that what arrives for our sessions goes behind events that are about to stand in the inbox. The intake may
// take them up as soon as they stand there.
func (s *spiller) reserve(events []*flowdeskv1.Event) {
	for _, e := range events {
		if s.runner.shares != nil {
			s.runner.backlog.hold(e)
		}
	}
}

func (s *spiller) unreserve(events []*flowdeskv1.Event) {
	for _, e := range events {
		if s.runner.shares != nil {
			s.runner.backlog.remove(e)
		}
	}
}

// refuse puts an event aside that cannot be stored.
func (s *spiller) refuse(event *flowdeskv1.Event, reason error) error {
	r := s.runner
	r.log.Error("a spilled event cannot be stored and is put aside", "event", event.GetId(), "session", event.GetSession(), "trace", event.GetTrace(), "error", reason)
	entry := &storage.QuarantineEntry{Event: event, Reason: reason.Error(), Tries: 1, Time: r.now()}
	if err := failpoint.Before("spill.refuse.before", storage.ErrUnavailable); err != nil {
		return err
	}
	_, err := r.store.Commit(r.ctx, &storage.Batch{Quarantine: []*storage.QuarantineEntry{entry}})
	err = failpoint.Over(err, "spill.refuse.after", storage.ErrUnknown)
	if err != nil && !transient(err) { // it must not stand before all others for ever
		r.log.Error("it cannot be put aside in the store either", "event", event.GetId(), "session", event.GetSession(), "trace", event.GetTrace(), "error", err)
		err = s.log.SetAside(s.part, event.GetId())
	}
	if err != nil {
		return err
	}
	s.landed[event.GetId()] = true
	return nil
}
