package outbox

import (
	"errors"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

const (
	stateQueued    = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
	stateDelayed   = flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	stateSending   = flowdeskv1.CommandState_COMMAND_STATE_SENDING
	stateSent      = flowdeskv1.CommandState_COMMAND_STATE_SENT
	stateCompleted = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED
	stateFailed    = flowdeskv1.CommandState_COMMAND_STATE_FAILED
	stateTimeout   = flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT
	stateUnknown   = flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN
	stateManual    = flowdeskv1.CommandState_COMMAND_STATE_MANUAL
	stateCancelled = flowdeskv1.CommandState_COMMAND_STATE_CANCELLED
)

// Proofs that are looked for again.
const (
	proofLookup  = "lookup"
	proofRefused = "refused"
)

// ProofPolicy stands as the proof of an attempt that counts as failed by the command's policy alone, because no result of it ever came: it may
// have been said.
const ProofPolicy = "policy"

// Settle takes the result of a command. One whose command is not known here goes to the other replicas as well.
func (o *Outbox) Settle(result Result) {
	if !o.settle(result) && o.shared() {
		o.passOn(result)
	}
}

// settle reports whether the result's command is known here. Otherwise the result is kept a while: it may have come before the answer to its send.
func (o *Outbox) settle(result Result) bool {
	_ = failpoint.Hit("outbox.settle.before")
	o.mu.Lock()
	e := o.sent[result.PlatformID+result.Fingerprint]
	if e == nil || e.lost {
		o.early.put(result)
		o.mu.Unlock()
		return false
	}
	if e.busy { // another report of the same result, or one that came just as its deadline passed
		e.late = &result
		o.mu.Unlock()
		return true
	}
	e.busy = true
	late := e.state == stateUnknown || e.state == stateTimeout
	o.leavePhone(e)
	again := result.Retryable && e.failures < e.command.GetMaxRetries() && !late && !e.restored()
	o.mu.Unlock()
	switch {
	case result.Success:
		o.finish(e, stateCompleted, result, late)
	case again:
		o.repeat(e, result, true)
	default:
		o.finish(e, stateFailed, result, late)
	}
	o.ring()
	return true
}

// finish tells the session how a command ended; the delivery state commits with that turn.
func (o *Outbox) finish(e *entry, state flowdeskv1.CommandState, result Result, late bool) {
	now := o.shell.Now()
	delivery := &storage.Delivery{
		Command: e.command.GetId(), Session: e.command.GetSession(), From: []flowdeskv1.CommandState{stateQueued, stateDelayed, stateSending, stateSent, stateTimeout, stateUnknown},
		FromAttempts: -1, State: state, Robot: e.robot, Attempts: e.attempt, PlatformMessage: e.id, ErrorCode: result.Code,
		Reason: result.Reason, SentTime: e.sentAt, DoneTime: now, ResultDeadline: e.limitAt,
	}
	if e.attempt > 0 {
		delivery.Attempt = o.attempt(e, state, result, now)
	}
	event := &flowdeskv1.Event{
		Id: o.shell.NewEventID(), Session: e.command.GetSession(), ReceivedAt: engine.Timestamp(now), Source: "queue",
		Trace: e.command.GetTrace(), Causes: e.command.GetCauses(),
		Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
			Command: e.command.GetId(), State: state, Attempts: e.attempt, Reason: result.Reason, ErrorCode: result.Code,
			Robot: e.robot, DoneAt: engine.Timestamp(now), Late: late, Edit: e.edit(),
		}},
	}
	o.tell(e, event, delivery, state)
}

// tell gives the event to the session, again and again until it is stored: a result must not be lost while the store is away. When the session
// cannot take it, it is quarantined; the delivery state is stored all the same.
func (o *Outbox) tell(e *entry, event *flowdeskv1.Event, delivery *storage.Delivery, state flowdeskv1.CommandState) {
	o.mu.Lock()
	if o.let(e) {
		o.mu.Unlock()
		return
	}
	o.settling++
	o.mu.Unlock()
	done := func(err error) {
		o.mu.Lock()
		o.settling--
		lost := err != nil && o.let(e)
		o.mu.Unlock()
		switch {
		case lost:
		case err == nil:
			_ = failpoint.Hit("outbox.settle.after")
			o.told(e, state)
		case errors.Is(err, runner.ErrQuarantined):
			o.record(e, delivery, func(bool) { o.told(e, state) })
		default:
			o.failed("result of a command", e, err)
			o.later(minPause, func() { o.tell(e, event, delivery, state) })
		}
		o.ring()
	}
	if err := o.shell.SubmitWith(event, []*storage.Delivery{delivery}, func(_ *flowdeskv1.Turn, err error) { done(err) }); err != nil {
		done(err)
	}
}

// told ends an entry whose end is stored. One that was given up is kept, because a late success closes it.
func (o *Outbox) told(e *entry, state flowdeskv1.CommandState) {
	o.mu.Lock()
	if e.busy = false; o.let(e) {
		o.mu.Unlock()
		return
	}
	if state != stateUnknown && state != stateTimeout {
		o.forget(e)
		o.mu.Unlock()
		return
	}
	o.leaveLane(e)
	e.state, e.busy = state, false
	late := e.late
	e.late = nil
	o.mu.Unlock()
	if late != nil {
		o.later(0, func() { o.Settle(*late) })
	}
}

// record stores a delivery, again and again until the store has answered: what became of an attempt must be known before there is another.
func (o *Outbox) record(e *entry, d *storage.Delivery, done func(lost bool)) {
	o.mu.Lock()
	gone := o.let(e) // also when the partition is ours again: what is stored by now was taken up anew
	o.mu.Unlock()
	if gone {
		return
	}
	o.shell.Deliver(d, func(lost bool, err error) {
		if err == nil {
			done(lost)
			return
		}
		o.mu.Lock()
		let := o.let(e)
		o.mu.Unlock()
		if let {
			return
		}
		if o.ctx.Err() == nil {
			o.log.Error("delivery state of a command", "command", d.Command, "state", d.State, "trace", e.command.GetTrace(), "error", err)
		}
		o.later(minPause, func() { o.record(e, d, done) })
	})
}

func (o *Outbox) failed(doing string, e *entry, err error) {
	if o.ctx.Err() == nil {
		o.log.Error(doing, "command", e.command.GetId(), "trace", e.command.GetTrace(), "error", err)
	}
}

func (o *Outbox) attempt(e *entry, state flowdeskv1.CommandState, result Result, now time.Time) *flowdeskv1.CommandAttempt {
	return &flowdeskv1.CommandAttempt{
		Number: e.attempt, Robot: e.robot, SentTime: engine.Timestamp(e.sentAt), PlatformMessage: e.id, State: state,
		ErrorCode: result.Code, Reason: result.Reason, DoneTime: engine.Timestamp(now), Proof: result.Proof,
	}
}

// repeat puts a command that surely failed back to the front of its lane, to be sent again after its backoff. The recorded failure is the
// proof without which there is no further attempt.
func (o *Outbox) repeat(e *entry, result Result, counts bool) {
	now := o.shell.Now()
	due := now.Add(backoff(e))
	if counts {
		e.failures++
	}
	_ = failpoint.Hit("outbox.repeat.before")
	o.record(e, &storage.Delivery{
		Command: e.command.GetId(), Session: e.command.GetSession(), From: []flowdeskv1.CommandState{stateSending, stateSent, stateTimeout}, FromAttempts: e.attempt, State: stateQueued,
		Robot: e.robot, Attempts: e.attempt, PlatformMessage: e.id, ErrorCode: result.Code, Reason: result.Reason, SendTime: due, SentTime: e.sentAt,
		Attempt: o.attempt(e, stateFailed, result, now),
	}, func(lost bool) { o.requeue(e, due, lost) })
}

// longestBackoff bounds the wait between two sends.
const longestBackoff = time.Hour

// backoff is the wait before an entry is sent again: it doubles with each failure.
func backoff(e *entry) time.Duration {
	wait := e.command.GetBackoff().AsDuration()
	for range e.failures {
		wait = min(2*wait, longestBackoff)
	}
	return wait
}

// requeue lets an entry whose failure is stored wait to be sent again.
func (o *Outbox) requeue(e *entry, due time.Time, lost bool) {
	_ = failpoint.Hit("outbox.repeat.after")
	o.mu.Lock()
	defer o.mu.Unlock()
	e.busy, e.late = false, nil
	if o.let(e) {
		return
	}
	if lost { // somebody settled it meanwhile
		o.readAgain(e)
		o.ring()
		return
	}
	if o.sent[e.key()] == e {
		delete(o.sent, e.key())
	}
	e.state, e.after, e.id, e.doubt, e.cut, e.saved, e.heard, e.looks = stateQueued, due, "", false, false, false, false, 0
	e.sureAt = time.Time{}
	o.comeBack(e)
	o.ring()
}

// refused handles an entry whose send surely was not accepted: it did not leave, so that it is no repetition to send it again.
func (o *Outbox) refused(e *entry, err error) {
	now := o.shell.Now()
	o.mu.Lock()
	o.unbind(e)
	wait := minPause
	if !o.tripped(e.robot) { // while it is, a partner may take over at once; without one there is no room before the probe
		wait = max(wait, o.restLeft(o.robot(e.robot), now))
	}
	due := now.Add(wait)
	e.busy, e.away = true, false
	o.mu.Unlock()
	_ = failpoint.Hit("outbox.refuse.before")
	o.record(e, &storage.Delivery{
		Command: e.command.GetId(), Session: e.command.GetSession(), From: []flowdeskv1.CommandState{stateSending}, FromAttempts: e.attempt, State: stateQueued,
		Robot: "", Attempts: e.attempt, Reason: err.Error(), SendTime: due,
		Attempt: o.attempt(e, stateFailed, Result{Reason: err.Error(), Proof: proofRefused}, now),
	}, func(lost bool) { o.requeue(e, due, lost) })
}
