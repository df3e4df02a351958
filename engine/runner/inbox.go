package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// inboxAfter is how long a received event waits for its turn before it is stored alone: far above a commit under load, so that an engine
// that keeps up pays nothing, and far below the 3 s after which the platform gives up.
const inboxAfter = 250 * time.Millisecond

// Receive takes an event from outside that must not be lost and needs no answer. It returns when the event is durable: while the engine
// keeps up that is with its turn. When the turn is late, or as many events wait in memory as may, the event alone is stored in the inbox;
// its turn follows in the order of arrival, after a restart too. The event's id and receipt are filled in when missing.
//
// With an error that wraps ErrStopping or ErrBusy nothing was stored, and with storage.ErrUnavailable nothing was stored yet; with
// ErrQuarantined the event is kept for a person.
func (r *Runner) Receive(ctx context.Context, event *flowdeskv1.Event) error {
	if event.GetSession() == "" {
		return errNoSession
	}
	stored := make(chan error, 1)
	done := make(chan outcome, 1)
	j := &job{event: event, received: true, done: func(o outcome) { done <- o }}
	j.stored = func(err error) {
		select {
		case stored <- err:
		default: // nobody waits any more, or an earlier failure is unread: whoever reads it looks again
		}
	}
	behind, err := r.receive(j, stored)
	if err != nil {
		return err
	}
	return r.awaitDurable(ctx, j, behind, stored, done)
}

// receive takes an event into memory or, when that is full or others of its session stand there, into the inbox alone.
func (r *Runner) receive(j *job, stored chan<- error) (behind bool, err error) {
	behind, err = r.stayBehind(j, stored)
	if behind || err != nil {
		return behind, err
	}
	return false, r.enqueue(j)
}

func (r *Runner) stayBehind(j *job, stored chan<- error) (behind bool, err error) {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if r.stopping {
		return false, ErrStopping
	}
	r.stamp(j.event)
	if !r.owns(j.event.GetSession()) {
		if r.queued.Add(1) > int64(r.options.QueueLimit) {
			r.queued.Add(-1)
			return false, ErrBusy
		}
		if r.leaves(j) {
			return true, nil
		}
		r.queued.Add(-1) // it became ours
	}
	behind, err = r.backlog.take(j, r.full())
	if behind {
		j.stored = func(err error) {
			r.backlog.stored(j.event, err)
			select {
			case stored <- err:
			default: // it was told already
			}
		}
		r.keep(j, true)
	}
	return behind, err
}

func (r *Runner) awaitDurable(ctx context.Context, j *job, behind bool, stored <-chan error, done <-chan outcome) error {
	late := time.NewTimer(inboxAfter)
	defer late.Stop()
	for {
		select {
		case o := <-done:
			if o.err != nil && !errors.Is(o.err, ErrQuarantined) && r.commits.durable(j) {
				return nil // the runner ends; the next start finds it
			}
			if errors.Is(o.err, ErrElsewhere) { // it is on its way into the inbox
				continue
			}
			return o.err
		case err := <-stored:
			if err == nil || behind {
				return err
			}
			late.Reset(inboxAfter) // its turn may be stored, or another attempt succeed
		case <-late.C:
			if behind {
				continue
			}
			if r.commits.durable(j) {
				return nil
			}
			r.keep(j, false)
		case <-ctx.Done():
			return fmt.Errorf("event %s is queued: %w", j.event.GetId(), ctx.Err())
		}
	}
}
