package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// meetWithin bounds the wait for a group that is met for the first time: what waits longer is spilled.
const meetWithin = time.Second

// Chat is the chat in which a robot heard a message: the group's name, or the sender's where there is no group. Without a name and a remark
// it is none.
func Chat(m *flowdeskv1.MessageEvent) (title string, kind flowdeskv1.SessionKind) {
	if m.GetGroupName() == "" && m.GetGroupRemark() == "" {
		return m.GetSenderName(), flowdeskv1.SessionKind_SESSION_KIND_DIRECT
	}
	return m.GetGroupName(), flowdeskv1.SessionKind_SESSION_KIND_GROUP
}

// Hear is Receive for a message of a robot, whose session is the chat in which it was heard. While the store is away the event is kept in the
// spill, if there is one; its session is found when it is stored.
func (r *Runner) Hear(ctx context.Context, event *flowdeskv1.Event) error {
	leave, err := r.meeting(ctx, event)
	defer func() { leave() }()
	for range mostMeetings {
		if err != nil {
			if r.spills == nil || !transient(err) || ctx.Err() != nil {
				return err
			}
			r.spills.begin(err.Error())
		}
		if err = r.receiveAfter(ctx, event, leave); !errors.Is(err, errNoSession) {
			return err
		}
		err = r.placeSoon(ctx, event) // it was to be spilled, and the store came back while it waited at the door
	}
	return fmt.Errorf("%w: %w", storage.ErrUnavailable, errNoSession)
}

// mostMeetings bounds how often a message's session is looked for while the store comes and goes.
const mostMeetings = 3

// placeSoon is place that does not take long.
func (r *Runner) placeSoon(ctx context.Context, event *flowdeskv1.Event) error {
	ctx, cancel := context.WithTimeout(ctx, meetWithin)
	defer cancel()
	return r.place(ctx, event)
}

// meeting finds the session of a message unless events are spilled, after those of its chat that wait for the same. Those behind it wait until
// leave is called, which may be called again.
func (r *Runner) meeting(ctx context.Context, event *flowdeskv1.Event) (leave func(), err error) {
	m := event.GetMessage()
	if event.GetSession() != "" || m == nil {
		return func() {}, nil
	}
	if r.spills != nil {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, meetWithin)
		defer cancel()
	}
	title, _ := Chat(m)
	alias := &flowdeskv1.GroupAlias{Robot: m.GetRobot(), Remark: m.GetGroupRemark(), Title: title}
	leave, err = r.meetings.join(ctx, aliasKey{alias.GetRobot(), aliasName(alias)}, func() bool {
		return r.spills.isOn() || r.env.Load().aliases.find(alias) != ""
	})
	if err != nil || r.spills.isOn() {
		return leave, err
	}
	return leave, r.place(ctx, event)
}

// place finds the session of a message.
func (r *Runner) place(ctx context.Context, event *flowdeskv1.Event) error {
	m := event.GetMessage()
	if event.GetSession() != "" || m == nil {
		return nil
	}
	title, kind := Chat(m)
	session, err := r.Group(ctx, m.GetRobot(), title, m.GetGroupRemark(), kind)
	if err != nil {
		return err
	}
	event.Session = session
	return nil
}

// Receive takes an event from outside that must not be lost and needs no answer. It returns when the event is durable: while the engine
// keeps up that is with its turn. When the turn is late, or as many events wait in memory as may, the event alone is stored in the inbox;
// its turn follows in the order of arrival, after a restart too. While the store is away the event is kept in the spill, if there is one, and
// stored when the store is back. The event's id and receipt are filled in when missing.
//
// With an error that wraps ErrStopping or ErrBusy nothing was stored, and with storage.ErrUnavailable nothing was stored yet; with
// ErrQuarantined the event is kept for a person.
func (r *Runner) Receive(ctx context.Context, event *flowdeskv1.Event) error {
	return r.receiveAfter(ctx, event, nil)
}

// receiveAfter is Receive that tells as soon as the event has its place, behind which others may follow; placed may be nil.
func (r *Runner) receiveAfter(ctx context.Context, event *flowdeskv1.Event, placed func()) error {
	t, err := r.spills.admit(ctx, event)
	if err != nil {
		return err
	}
	if !t.gone() {
		defer r.spills.passed(t)
		if event.GetSession() == "" {
			r.spills.decide(t, false)
			return errNoSession
		}
		err = r.admitted(ctx, event, t, placed)
		if err == nil || !t.gone() {
			return err
		}
		if !errors.Is(err, storage.ErrUnavailable) && !errors.Is(err, storage.ErrUnknown) {
			return err
		}
	}
	if placed != nil {
		placed()
	}
	select {
	case err := <-t.spilt():
		return err
	case <-ctx.Done():
		return fmt.Errorf("event %s is on its way to the spill: %w", event.GetId(), ctx.Err())
	}
}
