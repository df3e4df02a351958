package outbox

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// mustJudge reports whether a reply is to be judged again before it leaves: it was delayed, or the message that it answers has become old since
// it was last judged. The lock is held.
func (o *Outbox) mustJudge(e *entry, now time.Time) bool {
	if e.command.GetReplyTo() == "" {
		return false
	}
	if e.state == stateDelayed {
		return true
	}
	after := o.shell.Env().GetSettings().GetJudgeAgainAfter().AsDuration()
	asked := e.command.GetRepliedMessageTime()
	return after > 0 && asked != nil && now.Sub(asked.AsTime()) > after && now.Sub(e.judged) > after
}

// askAgain is the wait before a session is asked again that did not answer.
const askAgain = 5 * time.Second

// ask asks the session whether a reply is still wanted. Its turn releases or cancels the command; both come back through the commit.
func (o *Outbox) ask(e *entry) {
	now := o.shell.Now()
	event := &flowdeskv1.Event{
		Id: o.shell.NewEventID(), Session: e.command.GetSession(), ReceivedAt: engine.Timestamp(now), Source: "queue",
		Trace: e.command.GetTrace(), Causes: e.command.GetCauses(),
		Payload: &flowdeskv1.Event_CommandDue{CommandDue: &flowdeskv1.CommandDue{Command: e.command.GetId()}},
	}
	o.mu.Lock()
	o.settling++
	o.mu.Unlock()
	done := func(err error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.settling--
		e.busy = false
		switch {
		case o.let(e):
		case e.gone:
			o.forget(e)
		case e.judged.Before(now): // not released: the store is away, or its session does not know it any more
			e.after = o.shell.Now().Add(askAgain)
		}
		if err != nil && o.ctx.Err() == nil {
			o.log.Error("judge a reply again", "command", e.command.GetId(), "trace", e.command.GetTrace(), "error", err)
		}
		o.ring()
	}
	if err := o.shell.SubmitWith(event, nil, func(_ *flowdeskv1.Turn, err error) { done(err) }); err != nil {
		done(err)
	}
}

// Release lets a command leave that its session judged again.
func (o *Outbox) Release(command string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.entries[command]; e != nil && e.waits() {
		e.judged, e.state = o.shell.Now(), stateQueued
		o.ring()
	}
}
