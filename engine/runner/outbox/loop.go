package outbox

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Times of the loop.
const (
	tick              = time.Second
	lookAcceptedAfter = 2 * time.Second  // before a send of unknown outcome is looked up
	lookAcceptedTimes = 3                // look-ups that must not find it before it counts as not accepted
	lookAgainAfter    = 30 * time.Second // between look-ups of a missing result
	keepDoubtful      = 24 * time.Hour   // how long a late success is still expected
)

// loop sends what is due and looks up what is missing.
func (o *Outbox) loop() {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-o.wake:
		case <-alarm.C:
		case <-ticker.C:
			o.lookAfter()
		}
		if next := o.dispatch(); next > 0 {
			alarm.Reset(next)
		}
	}
}

// dispatch binds due commands to robots, most urgent first, and says how long nothing more is due.
func (o *Outbox) dispatch() time.Duration {
	now := o.shell.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	var ready []*entry
	next := time.Duration(0)
	for _, lane := range o.lanes {
		e := lane[0] // order within a lane: only its first may leave
		if e.busy {
			continue
		}
		if wait := e.due.Sub(now); wait > 0 {
			if next == 0 || wait < next {
				next = wait
			}
			continue
		}
		ready = append(ready, e)
	}
	slices.SortFunc(ready, moreUrgent)
	for _, e := range ready {
		o.depart(e, now)
	}
	return next
}

// moreUrgent orders commands: operators' matters, then priority, then send time.
func moreUrgent(a, b *entry) int {
	return cmp.Or(
		-boolean(a.command.GetOperator(), b.command.GetOperator()),
		cmp.Compare(b.command.GetPriority(), a.command.GetPriority()),
		a.due.Compare(b.due),
		cmp.Compare(a.command.GetId(), b.command.GetId()),
	)
}

func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// depart stores an entry as sending and gives it to its robot's sender.
func (o *Outbox) depart(e *entry, now time.Time) {
	if expiry := e.command.GetExpireTime(); expiry != nil && now.After(expiry.AsTime()) {
		e.busy = true
		go o.finish(e, stateCancelled, Result{Reason: "expired before it could be sent"}, false)
		return
	}
	if o.mustJudge(e, now) {
		e.busy = true
		o.work.Go(func() { o.ask(e) })
		return
	}
	if !o.bind(e, now) {
		if e.robot == "" || errors.Is(o.composeError(e), ErrInvalid) {
			o.unsendable(e)
		}
		return
	}
	e.busy = true
	o.leaveLane(e)
	e.attempt++
	o.shell.Deliver(&storage.Delivery{
		Command: e.command.GetId(), From: []flowdeskv1.CommandState{stateQueued, stateDelayed}, FromAttempts: e.attempt - 1, State: stateSending,
		Robot: e.robot, Attempts: e.attempt, SentTime: now,
	}, func(lost bool, err error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		e.busy = false
		if lost || err != nil {
			o.robot(e.robot).unconfirmed--
			e.attempt--
			if lost { // cancelled meanwhile
				o.forget(e)
				return
			}
			e.due = now.Add(minPause)
			o.lanes[e.lane] = append([]*entry{e}, o.lanes[e.lane]...)
			return
		}
		e.state = stateSending
		o.robot(e.robot).push(o, e)
	})
}

// composeError is why a command cannot be put into words for the robot that should carry it.
func (o *Outbox) composeError(e *entry) error {
	id, _ := o.choose(o.shell.Env(), e.command, o.shell.Now(), func(string) bool { return true })
	if id == "" {
		return nil
	}
	_, err := o.link.Compose(o.shell.Env(), id, e.command)
	return err
}

// unsendable settles a command that no robot can ever carry as it is; one that only lacks a robot now waits for it until it expires.
func (o *Outbox) unsendable(e *entry) {
	if err := o.composeError(e); err != nil {
		e.busy = true
		go o.finish(e, stateFailed, Result{Reason: err.Error()}, false)
		return
	}
	e.due = o.shell.Now().Add(refusedPause)
}

// lookAfter stores sent states, and looks up what is missing.
func (o *Outbox) lookAfter() {
	now := o.shell.Now()
	o.mu.Lock()
	missing := make(map[string]time.Time)
	var doubtful, overdue []*entry
	for _, e := range o.entries {
		if e.busy {
			continue
		}
		switch e.state { //nolint:exhaustive // the other values mean nothing here
		case stateSent:
			if !e.saved && now.Sub(e.sentAt) >= savedSentWait {
				o.saveSent(e)
			}
			if now.After(e.limitAt) && e.looks > 0 {
				overdue = append(overdue, e)
			} else if now.After(e.lookAt) {
				missing[e.robot] = earlier(missing[e.robot], e.sentAt)
			}
		case stateSending:
			if e.doubt && now.After(e.lookAt) {
				doubtful = append(doubtful, e)
			}
		case stateUnknown, stateTimeout:
			if now.Sub(e.sentAt) > keepDoubtful {
				o.forget(e)
			} else if now.After(e.lookAt) {
				missing[e.robot] = earlier(missing[e.robot], e.sentAt)
				e.lookAt = now.Add(10 * lookAgainAfter)
			}
		}
	}
	o.mu.Unlock()
	for _, e := range overdue {
		o.expire(e)
	}
	for _, e := range doubtful {
		o.lookAccepted(e)
	}
	for robot, since := range missing {
		o.lookResults(robot, since)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// saveSent stores that the platform accepted an attempt, once no result came soon.
func (o *Outbox) saveSent(e *entry) {
	e.saved = true
	o.shell.Deliver(&storage.Delivery{
		Command: e.command.GetId(), From: []flowdeskv1.CommandState{stateSending}, FromAttempts: e.attempt, State: stateSent, Robot: e.robot,
		Attempts: e.attempt, PlatformMessage: e.id, SentTime: e.sentAt, ResultDeadline: e.limitAt,
		Attempt: &flowdeskv1.CommandAttempt{
			Number: e.attempt, Robot: e.robot, SentTime: engine.Timestamp(e.sentAt), PlatformMessage: e.id, State: stateSent,
		},
	}, func(bool, error) {})
}

// lookResults asks for a robot's recent results, one look-up at a time.
func (o *Outbox) lookResults(id string, since time.Time) {
	o.mu.Lock()
	r := o.robot(id)
	limits := o.limit(id)
	if r.looking || !limits.mayLook() {
		o.mu.Unlock()
		return
	}
	r.looking = true
	o.flying++
	o.mu.Unlock()
	o.work.Go(func() {
		look := o.look(o.ctx, id)
		defer look.end()
		results, err := o.link.Results(look.ctx, id, since, look.next)
		now := o.shell.Now()
		o.mu.Lock()
		r.looking = false
		o.flying--
		if err == nil {
			for _, e := range o.entries {
				if e.robot == id && e.state == stateSent && now.After(e.lookAt) {
					e.lookAt = now.Add(lookAgainAfter)
					e.looks++
				}
			}
		}
		o.mu.Unlock()
		if err != nil {
			o.log.Warn("look up results", "robot", id, "error", err)
			return
		}
		for _, result := range results {
			o.mu.Lock()
			ours := o.sent[result.PlatformID+result.Fingerprint] != nil
			o.mu.Unlock()
			if ours {
				result.Proof = "lookup"
				o.Settle(result)
			}
		}
	})
}

// lookAccepted asks whether the platform accepted a send of unknown outcome.
func (o *Outbox) lookAccepted(e *entry) {
	o.mu.Lock()
	limits := o.limit(e.robot)
	if e.busy || !limits.mayLook() {
		o.mu.Unlock()
		return
	}
	e.busy = true
	o.flying++
	o.mu.Unlock()
	o.work.Go(func() {
		look := o.look(o.ctx, e.robot)
		defer look.end()
		id, found, err := o.link.Accepted(look.ctx, e.robot, e.parcel, e.sentAt.Add(-tick), look.next)
		now := o.shell.Now()
		o.mu.Lock()
		o.flying--
		e.busy = false
		e.lookAt = now.Add(lookAcceptedAfter << min(e.looks, 5))
		var settle func()
		gone, late := false, now.After(e.limitAt)
		switch {
		case err == nil && found:
			e.looks, e.saved = 0, false
			settle = o.accepted(e, id, now)
			e.lookAt = now // its result may have come while nobody listened
		case err == nil:
			e.looks++
			gone = e.looks >= lookAcceptedTimes
		}
		o.mu.Unlock()
		switch {
		case settle != nil:
			settle()
		case gone:
			o.notAccepted(e)
		case late && !found:
			o.expire(e)
		}
	})
}

// notAccepted repeats a send that surely did not reach the platform.
func (o *Outbox) notAccepted(e *entry) {
	o.mu.Lock()
	o.robot(e.robot).unconfirmed--
	e.busy, e.doubt, e.looks = true, false, 0
	o.mu.Unlock()
	o.repeat(e, Result{Reason: "the platform has not accepted it", Proof: "lookup"})
}

// expire acts on a command of which no result came by its deadline, by its stated policy.
func (o *Outbox) expire(e *entry) {
	o.mu.Lock()
	if e.busy {
		o.mu.Unlock()
		return
	}
	e.busy = true
	o.robot(e.robot).unconfirmed--
	doubt := e.doubt
	resend := e.command.GetOnUnknown() == flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_RESEND && !e.resent
	o.mu.Unlock()
	reason := Result{Reason: "no result by its deadline", Proof: "timeout"}
	switch {
	case e.heard:
		o.finish(e, stateCompleted, Result{Success: true, Proof: "echo", Reason: "no result, but heard by another robot"}, false)
	case resend:
		e.resent = true
		o.repeat(e, Result{Reason: "no result by its deadline; sent again by policy", Proof: "policy"})
	case doubt:
		o.finish(e, stateUnknown, Result{Reason: "it cannot be learnt whether the platform accepted it", Proof: "timeout"}, false)
	default:
		o.finish(e, stateTimeout, reason, false)
	}
}
