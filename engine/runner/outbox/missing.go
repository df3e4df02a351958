package outbox

import (
	"context"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// lookAfter stores sent states, and looks up what is missing.
func (o *Outbox) lookAfter() {
	now := o.shell.Now()
	o.mu.Lock()
	if o.ending {
		o.mu.Unlock()
		return
	}
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
	_ = failpoint.Hit("outbox.sent.before")
	o.shell.Deliver(&storage.Delivery{
		Command: e.command.GetId(), Session: e.command.GetSession(), From: []flowdeskv1.CommandState{stateSending}, FromAttempts: e.attempt, State: stateSent, Robot: e.robot,
		Attempts: e.attempt, PlatformMessage: e.id, SentTime: e.sentAt, ResultDeadline: e.limitAt,
		Attempt: &flowdeskv1.CommandAttempt{
			Number: e.attempt, Robot: e.robot, SentTime: engine.Timestamp(e.sentAt), PlatformMessage: e.id, State: stateSent,
		},
	}, func(_ bool, err error) {
		if err == nil {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		e.saved = false // stored at the next look
	})
}

// lookAccepted asks whether the platform accepted a send of unknown outcome.
func (o *Outbox) lookAccepted(e *entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.busy || o.closed || !o.mayLook(e.robot) {
		return
	}
	e.busy = true
	o.flying++
	o.spawn(func() {
		if !o.firstLook(e.robot) {
			o.mu.Lock()
			defer o.mu.Unlock()
			e.busy = false
			o.flying--
			return
		}
		look := o.look(o.ctx, e.robot)
		defer look.end()
		id, found, err := o.found(look.ctx, e, look.next)
		if o.ctx.Err() == nil {
			o.lookedAccepted(e, id, found, err)
		}
	})
}

// found asks the platform whether it accepted a send.
func (o *Outbox) found(ctx context.Context, e *entry, next Pace) (id string, found bool, err error) {
	if err := failpoint.Before("outbox.accepted.before", ErrRefused); err != nil {
		return "", false, err
	}
	id, found, err = o.link.Accepted(ctx, e.robot, e.parcel, e.sentAt.Add(-tick), next)
	return id, found, failpoint.Over(err, "outbox.accepted.after", ErrUnknown)
}

// lookedAccepted acts on what a look-up of a doubtful send found. Without its words a send cannot be recognised, so that not finding it proves
// nothing.
func (o *Outbox) lookedAccepted(e *entry, id string, found bool, err error) {
	o.noteLimited(e.robot, err)
	now := o.shell.Now()
	o.mu.Lock()
	o.flying--
	if o.let(e) {
		o.mu.Unlock()
		return
	}
	e.busy = false
	e.lookAt = now.Add(lookAcceptedAfter << min(e.looks, 5))
	var settle func()
	gone, late := false, now.After(e.limitAt)
	switch {
	case err != nil:
	case found:
		e.looks, e.saved = 0, false
		settle = o.accepted(e, id, now)
		e.lookAt = now // its result may have come while nobody listened
	case e.cut && now.Sub(e.sentAt) < sendTimeout:
		// Nobody waited for the platform's answer: it may take the request later than it can be looked for.
	default:
		e.looks++
		gone = e.looks >= lookAcceptedTimes && e.parcel.Fingerprint != "" && !now.Before(e.sureAt)
	}
	o.mu.Unlock()
	switch {
	case settle != nil:
		settle()
	case gone && e.restored():
		o.expire(e)
	case gone:
		o.notAccepted(e)
	case late && !found:
		o.expire(e)
	}
}

// notAccepted repeats a send that surely did not reach the platform.
func (o *Outbox) notAccepted(e *entry) {
	o.mu.Lock()
	o.leavePhone(e)
	e.busy, e.away, e.doubt, e.looks = true, false, false, 0
	o.mu.Unlock()
	o.repeat(e, Result{Reason: "the platform has not accepted it", Proof: proofLookup}, false)
}

// expire acts on a command of which no result came by its deadline, by its stated policy.
func (o *Outbox) expire(e *entry) {
	o.mu.Lock()
	if e.busy {
		o.mu.Unlock()
		return
	}
	if e.lost {
		o.mu.Unlock()
		return
	}
	e.busy = true
	o.leavePhone(e)
	doubt := e.doubt
	_ = failpoint.Hit("outbox.expire.before")
	resend := e.command.GetOnUnknown() == flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_RESEND && !e.resent && !e.restored()
	e.resent = e.resent || resend && !e.heard
	o.mu.Unlock()
	reason := Result{Reason: "no result by its deadline", Proof: "timeout"}
	switch {
	case e.heard:
		o.finish(e, stateCompleted, Result{Success: true, Proof: "echo", Reason: "no result, but heard by another robot"}, false)
	case resend:
		o.repeat(e, Result{Reason: "no result by its deadline; sent again by policy", Proof: ProofPolicy}, true)
	case doubt:
		o.finish(e, stateUnknown, Result{Reason: "it cannot be learnt whether the platform accepted it", Proof: "timeout"}, false)
	default:
		o.finish(e, stateTimeout, reason, false)
	}
}
