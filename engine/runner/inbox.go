package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// inboxAfter is how long a received event waits for its turn before it is stored alone: far above a commit under load, so that an engine
// that keeps up pays nothing, and far below the 3 s after which the platform gives up.
const inboxAfter = 250 * time.Millisecond

// keeping is whether an event stands in the inbox ahead of its turn. The committer's lock guards it.
type keeping int8

const (
	inMemory  keeping = iota
	keepAsked         // the committer is to store it; its turn, when it comes first, makes that needless
	keepTaken         // it is in a commit, or stored: its turn takes it out of the inbox
	keepDone          // it is stored
)

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
	if r.isStopping() {
		return ErrStopping
	}
	r.stamp(event)
	stored := make(chan error, 1)
	done := make(chan outcome, 1)
	j := &job{event: event, received: true, done: func(o outcome) { done <- o }}
	j.stored = func(err error) {
		select {
		case stored <- err:
		default: // nobody waits any more, or an earlier failure is unread: whoever reads it looks again
		}
	}
	behind, err := r.backlog.take(event, r.full())
	switch {
	case err != nil:
		return err
	case behind:
		j.stored = func(err error) {
			r.backlog.stored(event, err)
			stored <- err // once, because nobody asks again
		}
		r.keep(j, true)
	default:
		if err := r.enqueue(j); err != nil {
			return err
		}
	}
	return r.awaitDurable(ctx, j, behind, stored, done)
}

func (r *Runner) awaitDurable(ctx context.Context, j *job, behind bool, stored <-chan error, done <-chan outcome) error {
	late := time.NewTimer(inboxAfter)
	defer late.Stop()
	for {
		select {
		case o := <-done:
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

// keep lets an event be stored ahead of its turn, together with all that wait in its session, in their order: those before it so that the
// inbox has the order of arrival, those behind it because they will be late too. An event that is not in memory (behind) stands last.
func (r *Runner) keep(j *job, behind bool) {
	if !behind && r.commits.asked(j) {
		return // with another of its session
	}
	s := r.sessions.get(j.event.GetSession())
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := slices.Concat(s.lost, s.flying, []*job{s.current}, s.queue)
	waiting = slices.DeleteFunc(waiting, func(other *job) bool { return other == nil || !other.received })
	if behind {
		waiting = append(waiting, j)
	}
	r.commits.keep(waiting...)
}

// asked notes that somebody waits for an event to be durable, and reports whether the committer was asked to store it.
func (c *committer) asked(j *job) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	j.wanted = true
	return j.keeping != inMemory
}

// keep stores events with the next commit, unless they are on their way or the commit holds their turns.
func (c *committer) keep(jobs ...*job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range jobs {
		j.wanted = true
		if c.gone {
			go j.stored(fmt.Errorf("event %s: %w", j.event.GetId(), ErrStopping))
			continue
		}
		if j.keeping == inMemory {
			j.keeping = keepAsked
			c.keeps = append(c.keeps, j)
		}
	}
	c.ring()
}

// keepAgain stores an event ahead of its turn after the turn lost that was going to store it.
func (c *committer) keepAgain(j *job) {
	c.mu.Lock()
	wanted := j.wanted && j.keeping == inMemory
	c.mu.Unlock()
	if wanted {
		c.keep(j)
	}
}

// maxKeeps is how many events are stored alone in one commit: each is one row.
const maxKeeps = 1024

// takeKeeps gives the events that the next commit stores alone. The turns in it need no inbox; turns of events that were stored earlier
// take them out. The lock is held.
func (c *committer) takeKeeps(flights []*flight) []*job {
	for _, f := range flights {
		switch f.job.keeping {
		case keepAsked:
			f.job.keeping = inMemory
		case keepTaken, keepDone:
			f.write.FromInbox = true
		case inMemory:
		}
	}
	var taken []*job
	n := 0
	for ; n < len(c.keeps) && len(taken) < maxKeeps; n++ {
		if j := c.keeps[n]; j.keeping == keepAsked {
			j.keeping = keepTaken
			taken = append(taken, j)
		}
	}
	c.keeps = c.keeps[n:]
	return taken
}

// kept tells those who wait that their events are stored, or why not. After an unknown outcome an event counts as stored for its turn, which
// then takes it out of the inbox, and as not stored for whoever waits.
func (c *committer) kept(jobs []*job, err error) {
	c.mu.Lock()
	for _, j := range jobs {
		switch {
		case err == nil:
			j.keeping = keepDone
		case !errors.Is(err, storage.ErrUnknown):
			j.keeping = inMemory
		}
	}
	c.mu.Unlock()
	for _, j := range jobs {
		if err != nil {
			j.stored(fmt.Errorf("event %s: %w", j.event.GetId(), err))
		} else {
			j.stored(nil)
		}
	}
}

// durable reports whether an event stands in the inbox.
func (c *committer) durable(j *job) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return j.fromInbox || j.keeping == keepDone
}

// giveUp reports whether an event may be dropped because its turn cannot be stored: it is neither in the inbox nor on the way there.
func (c *committer) giveUp(j *job) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if j.keeping == keepAsked {
		j.keeping = inMemory
	}
	return !j.fromInbox && j.keeping == inMemory
}
