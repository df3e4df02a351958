package outbox

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
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
	stateCancelled = flowdeskv1.CommandState_COMMAND_STATE_CANCELLED
)

// maxEarly bounds the results that came before the answer to their send, or for commands that are not ours.
const maxEarly = 10_000

// Settle takes the result of a command.
func (o *Outbox) Settle(result Result) {
	o.mu.Lock()
	e := o.sent[result.PlatformID+result.Fingerprint]
	if e == nil {
		if len(o.early) < maxEarly {
			o.early[result.PlatformID+result.Fingerprint] = result
		}
		o.mu.Unlock()
		return
	}
	if e.busy {
		o.mu.Unlock()
		return // another report of the same result
	}
	e.busy = true
	late := e.state == stateUnknown || e.state == stateTimeout
	if !late {
		o.robot(e.robot).unconfirmed--
	}
	o.mu.Unlock()
	switch {
	case result.Success:
		o.finish(e, stateCompleted, result, late)
	case result.Retryable && e.attempt <= e.command.GetMaxRetries() && !late:
		o.repeat(e, result)
	default:
		o.finish(e, stateFailed, result, late)
	}
	o.ring()
}

// finish tells the session how a command ended; the delivery state commits with that turn.
func (o *Outbox) finish(e *entry, state flowdeskv1.CommandState, result Result, late bool) {
	now := o.shell.Now()
	delivery := &storage.Delivery{
		Command: e.command.GetId(), From: []flowdeskv1.CommandState{stateQueued, stateDelayed, stateSending, stateSent, stateTimeout, stateUnknown},
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
			Robot: e.robot, DoneAt: engine.Timestamp(now), Late: late,
		}},
	}
	o.tell(e, event, delivery, state)
}

// tell gives the event to the session, again and again until it is stored: a result must not be lost while the store is away.
func (o *Outbox) tell(e *entry, event *flowdeskv1.Event, delivery *storage.Delivery, state flowdeskv1.CommandState) {
	o.mu.Lock()
	o.settling++
	o.mu.Unlock()
	done := func(err error) {
		o.mu.Lock()
		o.settling--
		ended := o.ctx.Err() != nil
		if err == nil {
			if state == stateUnknown || state == stateTimeout {
				e.state, e.busy = state, false // kept: a late success closes it
			} else {
				o.forget(e)
			}
		}
		o.mu.Unlock()
		if err != nil && !ended {
			o.log.Error("result of a command", "command", e.command.GetId(), "trace", e.command.GetTrace(), "error", err)
			time.AfterFunc(minPause, func() { o.tell(e, event, delivery, state) })
		}
		o.ring()
	}
	if err := o.shell.SubmitWith(event, []*storage.Delivery{delivery}, func(_ *flowdeskv1.Turn, err error) { done(err) }); err != nil {
		done(err)
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
func (o *Outbox) repeat(e *entry, result Result) {
	now := o.shell.Now()
	backoff := e.command.GetBackoff().AsDuration() << (max(e.attempt, 1) - 1)
	due := now.Add(backoff)
	delivery := &storage.Delivery{
		Command: e.command.GetId(), From: []flowdeskv1.CommandState{stateSending, stateSent, stateTimeout}, FromAttempts: e.attempt, State: stateQueued,
		Robot: e.robot, Attempts: e.attempt, PlatformMessage: e.id, ErrorCode: result.Code, Reason: result.Reason, SendTime: due, SentTime: e.sentAt,
		Attempt: o.attempt(e, stateFailed, result, now),
	}
	o.shell.Deliver(delivery, func(lost bool, err error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		e.busy = false
		if lost { // somebody settled it meanwhile
			o.forget(e)
			return
		}
		if err != nil {
			o.log.Error("repeat a command", "command", e.command.GetId(), "error", err)
		}
		delete(o.sent, e.id+e.parcel.Fingerprint)
		e.state, e.due, e.id, e.doubt, e.saved, e.heard = stateQueued, due, "", false, false, false
		o.lanes[e.lane] = append([]*entry{e}, o.lanes[e.lane]...)
		o.ring()
	})
}

// refused handles an entry whose send surely was not accepted: it did not leave, so that it is no repetition to send it again.
func (o *Outbox) refused(e *entry, err error) {
	now := o.shell.Now()
	o.mu.Lock()
	r := o.robot(e.robot)
	r.unconfirmed--
	due := now.Add(max(minPause, r.pausedUntil.Sub(now)))
	e.busy = true
	o.mu.Unlock()
	o.shell.Deliver(&storage.Delivery{
		Command: e.command.GetId(), From: []flowdeskv1.CommandState{stateSending}, FromAttempts: e.attempt, State: stateQueued,
		Robot: "", Attempts: e.attempt, Reason: err.Error(), SendTime: due,
		Attempt: o.attempt(e, stateFailed, Result{Reason: err.Error(), Proof: "refused"}, now),
	}, func(lost bool, _ error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		e.busy = false
		if lost {
			o.forget(e)
			return
		}
		e.state, e.due = stateQueued, due
		o.lanes[e.lane] = append([]*entry{e}, o.lanes[e.lane]...)
		o.ring()
	})
}

// Prove takes the report of a robot that heard one of our commands: a doubtful send is thereby done.
func (o *Outbox) Prove(echo *flowdeskv1.EchoHeard) {
	o.mu.Lock()
	e := o.entries[echo.GetCommand()]
	if e == nil || e.busy || e.waits() {
		o.mu.Unlock()
		return
	}
	if !e.doubt && e.state != stateUnknown && e.state != stateTimeout {
		e.heard = true // its result is still expected; should it never come, this is the proof
		o.mu.Unlock()
		return
	}
	e.busy = true
	late := e.state == stateUnknown || e.state == stateTimeout
	if !late {
		o.robot(e.robot).unconfirmed--
	}
	o.mu.Unlock()
	o.finish(e, stateCompleted, Result{Success: true, Proof: "echo", Reason: "heard by " + echo.GetHeardBy()}, late)
}
