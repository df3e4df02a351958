package outbox

import (
	"errors"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// TakeUp takes a command that another outbox left in the store.
func (o *Outbox) TakeUp(command *flowdeskv1.Command) {
	o.takeUp(command)
	o.ring()
}

// takeUp brings back a command that an earlier process left.
func (o *Outbox) takeUp(command *flowdeskv1.Command) {
	_ = failpoint.Hit("outbox.takeup.before")
	o.mu.Lock()
	defer o.mu.Unlock()
	o.takeUpAs(command, nil)
}

// takeUpAs takes a command up, in the place of an entry if there is one. The lock is held.
func (o *Outbox) takeUpAs(command *flowdeskv1.Command, old *entry) {
	if known := o.entries[command.GetId()]; known != nil && known != old && !known.lost {
		return
	}
	e := o.newEntry(command)
	o.entries[command.GetId()] = e
	attempt, unsaid := o.unsaid[command.GetId()]
	delete(o.unsaid, command.GetId())
	switch {
	case old != nil && old.lane == e.lane:
		o.takePlace(e, old)
	case e.waits() || e.state == stateSending:
		o.enterLane(e)
	}
	if e.waits() {
		return
	}
	if e.state == stateSending && unsaid && attempt == e.attempt {
		e.sentAt = command.GetSentTime().AsTime()
		o.sendBackUnsaid(e)
		return
	}
	if e.robot == "" { // the one that would say it now most likely said it
		e.robot, _ = o.choose(o.shell.Env(), command, o.shell.Now(), func(string) bool { return true })
	}
	if parcel, err := o.link.Compose(o.shell.Env(), e.robot, command); err == nil {
		e.parcel = parcel
	}
	now := o.shell.Now()
	e.sentAt, e.limitAt, e.lookAt, e.saved = command.GetSentTime().AsTime(), command.GetResultDeadline().AsTime(), now, true
	if e.state == stateSending {
		o.stand(e)
		e.away, e.doubt, e.cut, e.limitAt = true, true, true, now.Add(o.resultDeadline(0))
		return
	}
	o.leaveLane(e)
	if e.state == stateSent {
		o.stand(e) // one that was given up takes no room
	}
	for _, a := range command.GetAttemptLog() {
		if a.GetNumber() == e.attempt && a.GetPlatformMessage() != "" {
			e.id = a.GetPlatformMessage()
		}
	}
	if e.id == "" {
		e.id = command.GetPlatformMessage()
	}
	o.sent[e.key()] = e
	if result, ok := o.early.take(e.key()); ok { // it came while nobody had the command
		o.spawn(func() { o.Settle(result) })
	}
}

// readAgain takes up what the store says of a command that is not as we believed. Most often somebody settled it. It may also be that a change of
// ours from before its partition was lost and gained again was stored late: nobody else would send it then. Until that is known the entry keeps
// its place, so that nothing to the same person passes it. The lock is held.
func (o *Outbox) readAgain(e *entry) {
	if o.sent[e.key()] == e {
		delete(o.sent, e.key())
	}
	e.busy, e.away = true, false
	o.spawn(func() {
		command, err := o.store.GetCommand(o.ctx, e.command.GetId())
		if err != nil && o.ctx.Err() == nil && !errors.Is(err, storage.ErrNotFound) {
			o.log.Error("read a command again", "command", e.command.GetId(), "trace", e.command.GetTrace(), "error", err)
			o.later(minPause, func() {
				o.mu.Lock()
				defer o.mu.Unlock()
				if !o.let(e) {
					o.readAgain(e)
				}
			})
			return
		}
		o.readSo(e, command)
	})
}

// readSo puts what the store has of a command in the place of an entry; nil for none.
func (o *Outbox) readSo(e *entry, command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.ring()
	if o.let(e) {
		return
	}
	switch command.GetState() { //nolint:exhaustive // the others are settled
	case stateQueued, stateDelayed, stateSending, stateSent:
		if o.owns(storage.Partition(command.GetSession())) {
			o.takeUpAs(command, e)
		}
	}
	o.forget(e)
}

// stand takes the room of an entry that left earlier. The lock is held.
func (o *Outbox) stand(e *entry) {
	e.standing = true
	o.robot(e.robot).unconfirmed++
}

func (o *Outbox) resultDeadline(ahead int) time.Duration {
	return o.shell.Env().GetSettings().GetResultDeadline().AsDuration() + time.Duration(ahead*o.leases.Members())*perCommandAhead
}

// perCommandAhead is added to a result's deadline for each command that stands before it at the phone: one text takes about 4.5 s.
const perCommandAhead = 5 * time.Second
