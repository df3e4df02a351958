package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine/runner/tracing"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// Why a command that was bound to a robot was not handed over.
var (
	errRests  = errors.New("held back: the robot rests")
	errHeldUp = errors.New("held back: an earlier message to the same person was not taken")
)

// push gives a claimed or bound entry to the robot's sender. The lock is held.
func (r *robot) push(o *Outbox, e *entry) {
	r.outgoing = append(r.outgoing, e)
	if !r.sending && !o.closed {
		r.sending = true
		o.flying++
		o.spawn(func() { o.send(r) })
	}
}

// send hands over what stands in the robot's outgoing list, batch after batch, until it is empty.
func (o *Outbox) send(r *robot) {
	for {
		o.mu.Lock()
		if len(r.outgoing) == 0 {
			r.sending = false
			o.flying--
			o.mu.Unlock()
			o.ring()
			return
		}
		back := o.heldUp(r) // before the permit too: what does not leave uses no unit of the limit
		rests := o.ending || o.restLeft(r, o.shell.Now()) > 0
		o.mu.Unlock()
		if o.sendBack(back, errHeldUp) {
			continue
		}
		if !rests {
			err := o.permit(o.patience, r.id, false)
			rests = err != nil
		}
		granted := time.Now()
		if o.ctx.Err() != nil {
			return // the process ends; the commands stand as sending
		}
		o.mu.Lock()
		why := errHeldUp
		if rests || o.ending || o.shell.Now().Before(r.pausedUntil) || o.addressRests(r.id) > 0 {
			why = errRests
			back, r.outgoing = r.outgoing, nil
			comingBack(back)
		} else {
			back = o.heldUp(r)
		}
		batch := r.take()
		o.mu.Unlock()
		if o.sendBack(back, why); len(batch) == 0 {
			continue
		}
		id, err := o.hand(r, batch, granted)
		if o.ctx.Err() != nil {
			return
		}
		o.handed(r, batch, id, err)
	}
}

// hand makes the request.
func (o *Outbox) hand(r *robot, batch []*entry, granted time.Time) (id string, err error) {
	ctx, cancel := context.WithTimeout(o.ctx, sendTimeout)
	defer cancel()
	ctx, release := o.whileOurs(ctx, batch, granted)
	defer release()
	parcels := make([]Parcel, len(batch))
	for i, e := range batch {
		parcels[i] = e.parcel
		end := tracing.Under(ctx, e.command.GetTrace(), "send", "command", e.command.GetId(), "robot", r.id)
		defer func() { end(err) }()
	}
	if err := failpoint.Before("outbox.send.before", ErrRefused); err != nil {
		return "", err
	}
	if err := MayWrite(ctx); err != nil {
		return "", err
	}
	id, err = o.link.Send(ctx, r.id, parcels)
	if err = failpoint.Over(err, "outbox.send.after", ErrUnknown); err != nil && errors.Is(context.Cause(ctx), errNotOurs) {
		err = fmt.Errorf("%w: %w", err, errNotOurs)
	}
	return id, err
}

// take is the next batch: as many as the platform takes, no two of equal content, in order.
func (r *robot) take() []*entry {
	seen := make(map[string]bool, len(r.outgoing))
	n := 0
	for n < len(r.outgoing) && n < maxBatch && !seen[r.outgoing[n].parcel.Fingerprint] {
		seen[r.outgoing[n].parcel.Fingerprint] = true
		r.outgoing[n].onWire = true
		n++
	}
	batch := r.outgoing[:n:n]
	r.outgoing = r.outgoing[n:]
	return batch
}

// handed notes what the platform answered to a batch.
func (o *Outbox) handed(r *robot, batch []*entry, id string, err error) {
	o.judgeAnswer(r, err)
	now := o.shell.Now()
	o.mu.Lock()
	batch = o.landed(batch)
	var known []func()
	switch {
	case err == nil:
		for _, e := range batch {
			o.handOver(e)
			known = append(known, o.accepted(e, id, now))
		}
	case errors.Is(err, ErrUnknown):
		for _, e := range batch {
			o.handOver(e)
			e.doubt, e.cut, e.lookAt, e.limitAt = true, errors.Is(err, errNotOurs), now.Add(lookAcceptedAfter), now.Add(o.resultDeadline(r.unconfirmed))
			if errors.Is(err, context.DeadlineExceeded) { // the platform may be at it still
				e.sureAt = e.sentAt.Add(lateAcceptance)
			}
		}
	default:
		comingBack(batch)
	}
	o.mu.Unlock()
	for _, f := range known {
		if f != nil {
			f()
		}
	}
	if err != nil {
		o.log.Warn("send", "robot", r.id, "commands", len(batch), "traces", traces(batch), "error", err)
	}
	if err != nil && !errors.Is(err, ErrUnknown) {
		for _, e := range batch {
			o.refused(e, err)
		}
	}
}

// tracesLogged bounds the traces in one line of the log.
const tracesLogged = 20

// traces are those of a batch.
func traces(batch []*entry) []string {
	var list []string
	for _, e := range batch {
		if trace := e.command.GetTrace(); !slices.Contains(list, trace) && len(list) < tracesLogged {
			list = append(list, trace)
		}
	}
	return list
}

// judgeAnswer notes what an answer says of the robot and its address, before anything else is sent there. The lock must not be held.
func (o *Outbox) judgeAnswer(r *robot, err error) {
	switch {
	case errors.Is(err, errNotWritten): // it says nothing of the platform
		return
	case err == nil, errors.Is(err, ErrLimited):
		o.judge(r, false)
		o.noteLimited(r.id, err)
		return
	case errors.Is(err, ErrUnknown):
		o.judge(r, true)
		return
	}
	o.judge(r, true)
	asked := o.link.RetryAfter(err)
	if asked > 0 {
		o.pause(Pause{Scope: Scope{Robot: r.id}, For: asked})
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	r.pausedUntil = o.shell.Now().Add(max(asked, refusedPause))
}

// comingBack marks entries that were not taken and are about to wait again, before anybody else may bind what would follow them. The lock is held.
func comingBack(entries []*entry) {
	for _, e := range entries {
		e.busy, e.away = true, false
	}
}

// heldUp takes out of a robot's outgoing list what must not go on the wire now: something that is to be said before it is not going there with it,
// because it came back, is in doubt, or goes another way. The lock is held.
func (o *Outbox) heldUp(r *robot) (back []*entry) {
	on := r.outgoing[:0]
	for _, e := range r.outgoing {
		if slices.ContainsFunc(o.before(e), func(other *entry) bool { return !slices.Contains(on, other) }) {
			back = append(back, e)
		} else {
			on = append(on, e)
		}
	}
	clear(r.outgoing[len(on):])
	r.outgoing = on
	comingBack(back)
	return back
}

// sendBack lets entries wait again that were not handed over, and reports whether there were any. The lock must not be held.
func (o *Outbox) sendBack(entries []*entry, why error) bool {
	for _, e := range entries {
		o.refused(e, why)
	}
	return len(entries) > 0
}

// accepted notes that the platform took an entry. When its result came earlier than the answer, the function that settles it is returned;
// it must be called without the lock.
func (o *Outbox) accepted(e *entry, id string, now time.Time) func() {
	o.leaveLane(e)
	e.id, e.doubt, e.state = id, false, stateSent
	e.limitAt = now.Add(o.resultDeadline(o.robot(e.robot).unconfirmed))
	e.lookAt = now.Add(o.shell.Env().GetSettings().GetLookupAfter().AsDuration())
	o.sent[e.key()] = e
	if result, ok := o.early.take(e.key()); ok {
		return func() { o.Settle(result) }
	}
	o.ring() // what is to be said next may leave
	return nil
}
