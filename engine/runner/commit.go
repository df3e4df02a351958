package runner

import (
	"context"
	"errors"
	"sync"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// flight is one turn between its run and its commit.
type flight struct {
	session *session
	job     *job
	turn    *flowdeskv1.Turn
	env     *environment
	write   *storage.TurnWrite
	claimed []*flowdeskv1.Command // that the outbox knows ahead of the commit
	fence   int64                 // number of the lease under which it was made; with shares only
}

// note is anything else that is committed: a delivery or a quarantined event.
type note struct {
	delivery   *storage.Delivery
	quarantine *storage.QuarantineEntry
	done       func(lost bool, err error)
}

// committer brings turns of many sessions into one transaction: while one commit is under way, the next batch gathers.
type committer struct {
	runner *Runner

	mu       sync.Mutex
	flights  []*flight
	notes    []*note
	keeps    []*job // whose events are to be stored ahead of their turns
	shuffled bool   // keeps are not in order of arrival
	busy     bool
	ended    bool // commits what there is and goes
	gone     bool // commits nothing any more
	wake     chan struct{}

	number int64           // of the last batch with turns; only the loop touches it
	saved  map[string]bool // digests of environments that are stored; only the loop touches it
	unsure *unsure         // a commit of unknown outcome; only the loop touches it
}

// maxSaved bounds the digests that are remembered; one that was forgotten is stored once more, which changes nothing.
const maxSaved = 20_000

func newCommitter(r *Runner) *committer {
	return &committer{runner: r, wake: make(chan struct{}, 1), saved: make(map[string]bool)}
}

func (c *committer) add(f *flight) {
	c.mu.Lock()
	gone := c.gone
	if !gone {
		c.flights = append(c.flights, f)
	}
	c.mu.Unlock()
	if gone {
		c.refuse(f, ErrStopping)
		return
	}
	c.ring()
}

// Deliver changes a command's delivery state with the next commit.
func (r *Runner) Deliver(d *storage.Delivery, done func(lost bool, err error)) {
	r.commits.note(&note{delivery: d, done: done})
}

// quarantine sets an event aside. It is stored there, and needs no inbox any more.
func (c *committer) quarantine(j *job, q *storage.QuarantineEntry, done func(error)) {
	c.keepNoMore(j)
	c.note(&note{quarantine: q, done: func(_ bool, err error) { done(err) }})
}

func (c *committer) note(n *note) {
	c.mu.Lock()
	gone := c.gone
	if !gone {
		c.notes = append(c.notes, n)
	}
	c.mu.Unlock()
	if gone {
		go n.done(false, ErrStopping) // not here: the caller may hold what done needs
		return
	}
	c.ring()
}

func (c *committer) ring() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *committer) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.busy && c.nothing()
}

// nothing reports whether nothing waits to be committed. The lock is held.
func (c *committer) nothing() bool { return len(c.flights)+len(c.notes)+len(c.keeps) == 0 }

func (c *committer) stop() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.ring()
}

func (c *committer) loop() {
	for range c.wake {
		for {
			c.clearUp(false)
			flights, notes := c.take()
			flights, notes = c.founded(flights), c.covered(notes)
			c.commit(flights, notes, c.takeKeeps(flights))
			more, ended, gone := c.rest()
			if gone {
				return
			}
			if ended && !more {
				c.clearUp(true)
			} else if !more {
				break
			}
		}
	}
}

func (c *committer) take() ([]*flight, []*note) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := c.runner.options.BatchLimit
	flights, notes := c.flights, c.notes
	if len(flights) > limit {
		flights = flights[:limit:limit]
	}
	if len(notes) > limit {
		notes = notes[:limit:limit]
	}
	c.flights, c.notes = c.flights[len(flights):], c.notes[len(notes):]
	c.busy = true
	return flights, notes
}

// rest notes that a batch is done. It reports whether there is more that can be committed now, whether the end is near, and whether it has come.
func (c *committer) rest() (more, ended, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = c.unsure != nil
	c.gone = c.ended && !c.busy && c.nothing()
	return len(c.flights)+len(c.notes) > 0 || len(c.keeps) > 0 && !c.busy, c.ended, c.gone
}

func (c *committer) commit(flights []*flight, notes []*note, keeps []*job) {
	if len(flights)+len(notes)+len(keeps) == 0 {
		return
	}
	if c.unsure != nil {
		c.putBack(keeps, false)
		c.refused(flights, notes, errUnsure)
		return
	}
	batch, delivering := c.batch(flights, notes, keeps)
	result, err := c.store(batch)
	if err == nil {
		_ = failpoint.Hit("runner.accept.before")
		c.kept(keeps, nil)
		c.accepted(flights, notes, delivering, result)
		c.runner.commit.Add(1)
		return
	}
	for _, e := range batch.Environments {
		delete(c.saved, e.Digest)
	}
	if !transient(err) && len(flights)+len(notes)+len(keeps) > 1 {
		c.apart(flights, notes, keeps)
		return
	}
	c.runner.spills.failed(err)
	c.runner.log.Error("commit failed", "turns", len(flights), "events", len(keeps), "error", err)
	switch {
	case errors.Is(err, storage.ErrUnknown):
		c.unsure = &unsure{flights: flights, notes: notes, delivering: delivering, keeps: keeps}
		c.clearUp(false)
	case len(flights) == 1 && !transient(err):
		c.broken(flights[0], err)
	default:
		c.kept(keeps, err)
		c.refused(flights, notes, err)
	}
}

// store has the store commit a batch.
func (c *committer) store(batch *storage.Batch) (*storage.BatchResult, error) {
	if err := failpoint.Before("runner.commit.before", storage.ErrUnavailable); err != nil {
		return nil, err
	}
	result, err := c.runner.store.Commit(context.WithoutCancel(c.runner.ctx), batch)
	return result, failpoint.Over(err, "runner.commit.after", storage.ErrUnknown)
}

func (c *committer) batch(flights []*flight, notes []*note, keeps []*job) (batch *storage.Batch, delivering []*note) {
	if len(c.saved) > maxSaved {
		clear(c.saved)
	}
	batch = &storage.Batch{Turns: make([]*storage.TurnWrite, len(flights))}
	if len(flights) > 0 {
		if c.number++; c.runner.writer != 0 {
			batch.Log = &storage.LogMark{Writer: c.runner.writer, Number: c.number}
		}
	}
	for i, f := range flights {
		batch.Turns[i] = f.write
		if !c.saved[f.env.Digest] {
			for _, blob := range f.env.blobs() {
				if !c.saved[blob.Digest] {
					c.saved[blob.Digest] = true
					batch.Environments = append(batch.Environments, blob)
				}
			}
		}
	}
	for _, j := range keeps {
		batch.Inbox = append(batch.Inbox, j.event)
	}
	for _, n := range notes {
		if n.quarantine != nil {
			batch.Quarantine = append(batch.Quarantine, n.quarantine)
		} else {
			batch.Deliveries = append(batch.Deliveries, n.delivery)
			delivering = append(delivering, n)
		}
	}
	if c.runner.shares != nil {
		c.fence(batch, flights, keeps)
	}
	return batch, delivering
}
