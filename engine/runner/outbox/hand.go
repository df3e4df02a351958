package outbox

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// Order acts on a command by hand as a committed turn asked: nobody else would ask again, so that it is tried until it is stored.
func (o *Outbox) Order(order *flowdeskv1.CommandOrder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.flying++
	o.spawn(func() {
		o.order(order)
		o.mu.Lock()
		o.flying--
		o.mu.Unlock()
	})
}

func (o *Outbox) order(order *flowdeskv1.CommandOrder) {
	err := o.ByHand(o.ctx, order)
	if err == nil || o.ctx.Err() != nil {
		return
	}
	o.log.Error("order by hand", "command", order.GetCommand(), "error", err)
	if !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrNotFound) {
		o.later(minPause, func() { o.order(order) })
	}
}

// States in which a command may be ordered by hand.
var (
	waiting = []flowdeskv1.CommandState{stateQueued, stateDelayed}
	settled = []flowdeskv1.CommandState{stateFailed, stateTimeout, stateUnknown, stateManual}
)

// ByHand lets a command leave now that waits, or sends a doubtful or failed one again: the person's order is the proof that another attempt is
// wanted. It returns when the order is stored, so that a restart does not forget it, and of two orders for one state the second fails.
func (o *Outbox) ByHand(ctx context.Context, order *flowdeskv1.CommandOrder) error {
	command, err := o.store.GetCommand(ctx, order.GetCommand())
	if err != nil {
		return fmt.Errorf("order command %s: %w", order.GetCommand(), err)
	}
	d := &storage.Delivery{
		Command: command.GetId(), From: waiting, FromAttempts: command.GetAttempts(), State: stateQueued, Attempts: command.GetAttempts(),
		Reason: "sent now by hand", SendTime: o.shell.Now(),
	}
	foreign := o.foreign(command)
	if !foreign {
		d.Session = command.GetSession()
	}
	if order.GetAction() == flowdeskv1.CommandAction_COMMAND_ACTION_RETRY {
		d.Reason = "sent again by hand: " + order.GetReason()
		if command.GetState() != stateQueued && command.GetState() != stateDelayed {
			d.From = settled
		}
	}
	if err := failpoint.Before("outbox.order.before", storage.ErrUnavailable); err != nil {
		return err
	}
	stored := make(chan error, 1)
	o.shell.Deliver(d, func(lost bool, err error) {
		switch {
		case err != nil:
			stored <- fmt.Errorf("order command %s: %w", command.GetId(), err)
		case lost:
			stored <- fmt.Errorf("order command %s, which was %s: %w", command.GetId(), command.GetState(), storage.ErrConflict)
		case foreign:
			o.notes.post(note{Ordered: command.GetId()})
			if !o.foreign(command) { // it became ours before the order was stored, and was taken up as it was before that
				o.ordered(command)
			}
			stored <- nil
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

// orderedElsewhere lets a command leave whose order another replica stored, if it is ours. Nobody would tell of it again, so that what cannot be
// read now is read again.
func (o *Outbox) orderedElsewhere(id string) {
	command, err := o.store.GetCommand(o.ctx, id)
	switch {
	case err != nil && o.ctx.Err() == nil && !errors.Is(err, storage.ErrNotFound):
		o.log.Error("order by hand", "command", id, "error", err)
		o.later(minPause, func() { o.orderedElsewhere(id) })
	case err == nil && command.GetState() == stateQueued && !o.foreign(command):
		o.ordered(command)
	}
}

// ordered lets a command leave whose order is stored. A person has judged it.
func (o *Outbox) ordered(command *flowdeskv1.Command) {
	now := o.shell.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.entries[command.GetId()]
	if e != nil && e.waits() {
		e.judged, e.state = now, stateQueued
		if !e.busy { // otherwise it is leaving already, or being judged, and its lane knows it
			o.leaveLane(e)
			e.due, e.after, e.place = now, now, now
			o.enterLane(e)
			o.ring()
		}
		return
	}
	if e != nil {
		o.forget(e)
	}
	again := proto.CloneOf(command)
	again.State, again.SendTime = stateQueued, engine.Timestamp(now)
	if expiry := command.GetExpireTime(); expiry != nil { // as long as it had when it was enqueued
		again.ExpireTime = engine.Timestamp(now.Add(max(expiry.AsTime().Sub(command.GetCreateTime().AsTime()), minPause)))
	}
	e = o.newEntry(again)
	e.judged, e.place = now, now
	o.entries[again.GetId()] = e
	o.enterLane(e)
	o.ring()
}
