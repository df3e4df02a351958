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
	e := o.newEntry(command)
	if old := o.entries[command.GetId()]; old != nil && !old.lost {
		return
	}
	o.entries[command.GetId()] = e
	if e.waits() {
		o.enterLane(e)
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
		e.doubt, e.cut, e.limitAt = true, true, now.Add(o.resultDeadline(0))
		l := o.lane(e)
		l.away = append(l.away, e)
		return
	}
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
// ours from before its partition was lost and gained again was stored late: nobody else would send it then. The lock is held.
func (o *Outbox) readAgain(e *entry) {
	id := e.command.GetId()
	o.spawn(func() {
		command, err := o.store.GetCommand(o.ctx, id)
		if err != nil {
			if o.ctx.Err() == nil && !errors.Is(err, storage.ErrNotFound) {
				o.log.Error("read a command again", "command", id, "error", err)
				o.later(minPause, func() {
					o.mu.Lock()
					defer o.mu.Unlock()
					o.readAgain(e)
				})
			}
			return
		}
		switch command.GetState() { //nolint:exhaustive // the others are settled
		case stateQueued, stateDelayed, stateSending, stateSent:
			if !o.foreign(command) {
				o.TakeUp(command)
			}
		}
	})
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
