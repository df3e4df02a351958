package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Limits of the scheduler.
const (
	longestNap    = time.Hour // the clock may jump: due times are looked at again at least so often
	submitWithin  = 10 * time.Second
	scheduleRetry = time.Second // after an event could not be stored
	maxMissed     = 100_000     // due times that are passed over in search of the latest missed one: two months of every minute
)

// ScheduleSession is the session in which a flow's schedules run: the flow's own, so that one late flow holds up no other.
func ScheduleSession(flow string) string { return "schedule." + flow }

// scheduler submits an event at each due time of the active flows' schedules. What was due last stands in the schedule's session, so that a
// restart neither repeats a time nor forgets one: of the times that passed meanwhile the latest is made up for.
type scheduler struct {
	runner  *Runner
	wake    chan struct{}
	entries map[scheduleKey]*scheduleEntry // only the loop touches it
}

type scheduleKey struct{ flow, node string }

type scheduleEntry struct {
	expression string
	zone       string
	times      cron.Schedule
	next       time.Time
}

func newScheduler(r *Runner) *scheduler {
	return &scheduler{runner: r, wake: make(chan struct{}, 1), entries: make(map[scheduleKey]*scheduleEntry)}
}

// changed is told that flows or settings changed.
func (s *scheduler) changed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *scheduler) loop() {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		select {
		case <-s.runner.ctx.Done():
			return
		case <-s.wake:
		case <-alarm.C:
		}
		known := s.follow()
		nap := s.fire()
		if !known {
			nap = min(nap, scheduleRetry)
		}
		alarm.Reset(nap)
	}
}

// follow takes in the schedules of the flows that are active now. It reports whether it could.
func (s *scheduler) follow() (known bool) {
	known = true
	env := s.runner.env.Load()
	active := make(map[scheduleKey]bool)
	for _, program := range env.programs {
		for _, trigger := range program.Triggers {
			cfg, ok := trigger.Config.(*flowdeskv1.TriggerSchedule)
			if !ok {
				continue
			}
			key := scheduleKey{program.Flow, trigger.ID}
			if !s.runner.owns(ScheduleSession(key.flow)) {
				continue // whoever has its session
			}
			active[key] = true
			if e := s.entries[key]; e != nil && e.expression == cfg.GetCron() && e.zone == env.Zone.String() {
				continue
			}
			entry, err := s.enter(key, cfg.GetCron(), env.Zone)
			if err != nil {
				if s.runner.ctx.Err() == nil {
					s.runner.log.Error("schedule", "flow", key.flow, "node", key.node, "error", err)
				}
				known = false
				continue
			}
			s.entries[key] = entry
		}
	}
	for key := range s.entries {
		if !active[key] {
			delete(s.entries, key)
		}
	}
	return known
}

// enter finds the first due time of a schedule: the latest missed one since its last run, else the next one from now on.
func (s *scheduler) enter(key scheduleKey, expression string, zone *time.Location) (*scheduleEntry, error) {
	times, err := cron.ParseStandard(expression)
	if err != nil {
		return nil, fmt.Errorf("cron expression %q: %w", expression, err)
	}
	now := s.runner.now().In(zone)
	e := &scheduleEntry{expression: expression, zone: zone.String(), times: times, next: times.Next(now)}
	session := ScheduleSession(key.flow)
	record, err := s.runner.store.LoadSession(s.runner.ctx, session)
	if errors.Is(err, storage.ErrNotFound) {
		return e, nil
	}
	if err != nil {
		return nil, fmt.Errorf("session %s: %w", session, err)
	}
	state, err := Restore(session, record)
	if err != nil {
		return nil, err
	}
	last := state.LastDue(key.flow, key.node)
	if last.IsZero() {
		return e, nil
	}
	for due, n := times.Next(last.In(zone)), 0; !due.IsZero() && !due.After(now) && n < maxMissed; due, n = times.Next(due), n+1 {
		e.next = due
	}
	return e, nil
}

// fire submits what is due and says how long nothing more is. What one flow's schedule meets holds up no other.
func (s *scheduler) fire() time.Duration {
	nap := longestNap
	for key, e := range s.entries {
		nap = min(nap, s.fireOne(key, e))
	}
	return max(nap, 0)
}

func (s *scheduler) fireOne(key scheduleKey, e *scheduleEntry) time.Duration {
	for !e.next.IsZero() && !e.next.After(s.runner.now()) {
		err := s.submit(key, e.next)
		if err != nil && s.runner.ctx.Err() == nil {
			s.runner.log.Error("schedule", "flow", key.flow, "node", key.node, "due", e.next, "error", err)
		}
		if err != nil && !errors.Is(err, ErrQuarantined) { // a person has that one now
			return scheduleRetry
		}
		e.next = e.times.Next(e.next)
		if now := s.runner.now().In(e.next.Location()); !e.next.IsZero() && e.times.Next(e.next).Before(now) {
			e.next = latest(e, now) // the clock jumped: only the latest counts
		}
	}
	if e.next.IsZero() {
		return longestNap
	}
	return e.next.Sub(s.runner.now())
}

// latest is the last due time that is not after now.
func latest(e *scheduleEntry, now time.Time) time.Time {
	found := e.next
	for due, n := e.next, 0; !due.IsZero() && !due.After(now) && n < maxMissed; due, n = e.times.Next(due), n+1 {
		found = due
	}
	return found
}

// submit lets a due time act on its session. Its id follows from what is due, so that a time is known as the same one.
func (s *scheduler) submit(key scheduleKey, due time.Time) error {
	ctx, cancel := s.runner.ctx, context.CancelFunc(func() {})
	if !s.runner.options.ByHand { // there a gate may hold the turn up for as long as a person looks at it
		ctx, cancel = context.WithTimeout(ctx, submitWithin)
	}
	defer cancel()
	at := engine.Timestamp(due)
	_, err := s.runner.Submit(ctx, &flowdeskv1.Event{
		Id:      engine.NewID(due, engine.Digest("schedule", key.flow, key.node, due.UTC().Format(time.RFC3339))),
		Session: ScheduleSession(key.flow), Source: "schedule",
		Payload: &flowdeskv1.Event_Schedule{Schedule: &flowdeskv1.ScheduleDue{Flow: key.flow, Node: key.node, Due: at}},
	})
	return err
}
