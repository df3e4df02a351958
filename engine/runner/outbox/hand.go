package outbox

import (
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Order acts on a command by hand: sends it now, or again after a person decided so.
func (o *Outbox) Order(order *flowdeskv1.CommandOrder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.entries[order.GetCommand()]
	switch {
	case e != nil && e.waits() && e.busy: // it is leaving, or being judged: a person has judged it
		e.judged = o.shell.Now()
	case e != nil && e.waits():
		o.leaveLane(e)
		e.due, e.after, e.judged, e.state = o.shell.Now(), o.shell.Now(), o.shell.Now(), stateQueued // a person has judged it
		o.enterLane(e)
		o.ring()
	case order.GetAction() == flowdeskv1.CommandAction_COMMAND_ACTION_RETRY:
		o.flying++
		o.spawn(func() {
			o.retryByHand(order)
			o.mu.Lock()
			o.flying--
			o.mu.Unlock()
		})
	}
}

// retryByHand sends a settled or doubtful command again: the person's order is the proof that another attempt is wanted.
func (o *Outbox) retryByHand(order *flowdeskv1.CommandOrder) {
	command, err := o.store.GetCommand(o.ctx, order.GetCommand())
	if err != nil {
		o.log.Error("retry by hand", "command", order.GetCommand(), "error", err)
		return
	}
	now := o.shell.Now()
	again := proto.CloneOf(command)
	again.State, again.SendTime = stateQueued, engine.Timestamp(now)
	if expiry := command.GetExpireTime(); expiry != nil { // as long as it had when it was enqueued
		again.ExpireTime = engine.Timestamp(now.Add(max(expiry.AsTime().Sub(command.GetCreateTime().AsTime()), minPause)))
	}
	o.record(&storage.Delivery{
		Command: command.GetId(), From: []flowdeskv1.CommandState{stateFailed, stateTimeout, stateUnknown, stateManual}, FromAttempts: -1,
		State: stateQueued, Attempts: command.GetAttempts(), Reason: "sent again by hand: " + order.GetReason(), SendTime: now,
	}, func(lost bool) {
		if lost {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if old := o.entries[again.GetId()]; old != nil {
			o.forget(old)
		}
		e := o.newEntry(again)
		e.judged = o.shell.Now()
		o.entries[again.GetId()] = e
		o.enterLane(e)
		o.ring()
	})
}
