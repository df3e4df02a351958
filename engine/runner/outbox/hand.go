package outbox

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Order implements runner.Outbox.
func (o *Outbox) Order(order *flowdeskv1.CommandOrder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flying++
	o.spawn(func() {
		defer func() {
			o.mu.Lock()
			o.flying--
			o.mu.Unlock()
		}()
		err := o.ByHand(o.ctx, order)
		if err == nil || o.ctx.Err() != nil {
			return
		}
		o.log.Error("order by hand", "command", order.GetCommand(), "error", err)
		if errors.Is(err, storage.ErrUnavailable) { // its turn is committed: nobody gives it again
			o.later(minPause, func() { o.Order(order) })
		}
	})
}

// ByHand lets a command leave now that waits, or sends a doubtful or failed one again: the person's order is the proof that another attempt is
// wanted. It returns when the order is stored, so that a restart does not forget it, and of two orders for one state the second fails.
func (o *Outbox) ByHand(ctx context.Context, order *flowdeskv1.CommandOrder) error {
	command, err := o.store.GetCommand(ctx, order.GetCommand())
	if err != nil {
		return fmt.Errorf("order command %s: %w", order.GetCommand(), err)
	}
	now := o.shell.Now()
	d := &storage.Delivery{
		Command: command.GetId(), FromAttempts: command.GetAttempts(), State: flowdeskv1.CommandState_COMMAND_STATE_QUEUED,
		Attempts: command.GetAttempts(), Reason: "sent now by hand", SendTime: now,
		From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_QUEUED, flowdeskv1.CommandState_COMMAND_STATE_DELAYED},
	}
	again := order.GetAction() == flowdeskv1.CommandAction_COMMAND_ACTION_RETRY
	if again {
		d.Reason = "sent again by hand: " + order.GetReason()
		d.From = append(d.From,
			flowdeskv1.CommandState_COMMAND_STATE_FAILED, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT,
			flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_MANUAL)
	}
	stored := make(chan error, 1)
	o.shell.Deliver(d, func(lost bool, err error) {
		switch {
		case err != nil:
			stored <- fmt.Errorf("order command %s: %w", command.GetId(), err)
		case lost:
			stored <- fmt.Errorf("order command %s, which was %s: %w", command.GetId(), command.GetState(), storage.ErrConflict)
		default:
			o.ordered(command)
			stored <- nil
		}
	})
	select {
	case err := <-stored:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ordered lets a command leave whose order is stored.
func (o *Outbox) ordered(command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.shell.Now()
	defer o.ring()
	switch e := o.entries[command.GetId()]; {
	case e != nil && e.waits() && e.busy: // it is being judged, or leaves: a person has judged it
		e.judged = now
		return
	case e != nil && e.waits():
		o.leaveLane(e)
		e.due, e.after, e.judged, e.state = now, now, now, stateQueued // a person has judged it
		o.enterLane(e)
		return
	case e != nil:
		o.forget(e)
	}
	again := proto.CloneOf(command)
	again.State, again.SendTime = stateQueued, engine.Timestamp(now)
	if expiry := command.GetExpireTime(); expiry != nil { // as long as it had when it was enqueued
		again.ExpireTime = engine.Timestamp(now.Add(max(expiry.AsTime().Sub(command.GetCreateTime().AsTime()), minPause)))
	}
	e := o.newEntry(again)
	e.judged = now
	o.entries[again.GetId()] = e
	o.enterLane(e)
}
