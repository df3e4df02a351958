package outbox

import (
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
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
	o.entries[command.GetId()] = e
	if e.waits() {
		o.enterLane(e)
		return
	}
	if parcel, err := o.link.Compose(o.shell.Env(), e.robot, command); err == nil {
		e.parcel = parcel
	}
	now := o.shell.Now()
	e.sentAt, e.limitAt, e.lookAt, e.saved = command.GetSentTime().AsTime(), command.GetResultDeadline().AsTime(), now, true
	if e.state == stateSending {
		o.robot(e.robot).unconfirmed++
		e.doubt, e.limitAt = true, now.Add(o.resultDeadline(0))
		l := o.lane(e)
		l.away = append(l.away, e)
		return
	}
	if e.state == stateSent {
		o.robot(e.robot).unconfirmed++ // one that was given up takes no room
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
}

func (o *Outbox) resultDeadline(ahead int) time.Duration {
	return o.shell.Env().GetSettings().GetResultDeadline().AsDuration() + time.Duration(ahead)*perCommandAhead
}

// perCommandAhead is added to a result's deadline for each command that stands before it at the phone: one text takes about 4.5 s.
const perCommandAhead = 5 * time.Second
