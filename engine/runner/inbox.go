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

// admitted takes an event into memory, or when that is full into the inbox, and waits until it is durable.
func (r *Runner) admitted(ctx context.Context, event *flowdeskv1.Event, t *ticket, placed func()) error {
	stored := make(chan error, 1)
	done := make(chan outcome, 1)
	j := &job{event: event, received: true, ticket: t, placed: placed, done: func(o outcome) { done <- o }}
	j.stored = func(err error) {
		select {
		case stored <- err:
		default: // nobody waits any more, or an earlier failure is unread: whoever reads it looks again
		}
	}
	if !t.enter(r.spills, j) {
		return errSpilled
	}
	behind, err := r.receive(j, stored)
	if err != nil {
		r.spills.decide(t, false)
		return err
	}
	return r.awaitDurable(ctx, j, behind, stored, done)
}

// receive takes an event into memory or, when that is full or others of its session stand there, into the inbox alone.
func (r *Runner) receive(j *job, stored chan<- error) (behind bool, err error) {
	behind, err = r.stayBehind(j, stored)
	if behind || err != nil {
		j.hasPlace()
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
			r.spills.decide(j.ticket, err == nil)
			select {
			case stored <- err:
			default: // it was told already
			}
		}
		r.keep(j, true)
		r.spills.stands(j)
		r.spills.passed(j.ticket)
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
		case err := <-j.ticket.spilt():
			return err
		case <-ctx.Done():
			return fmt.Errorf("event %s is queued: %w", j.event.GetId(), ctx.Err())
		}
	}
}
