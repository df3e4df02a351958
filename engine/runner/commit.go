package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// flight is one turn between its run and its commit.
type flight struct {
	session *session
	job     *job
	turn    *flowdeskv1.Turn
	env     *environment
	write   *storage.TurnWrite
	claimed []*flowdeskv1.Command // bound to a robot ahead of the commit
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

	mu      sync.Mutex
	flights []*flight
	notes   []*note
	keeps   []*job // whose events are to be stored ahead of their turns
	busy    bool
	ended   bool
	wake    chan struct{}

	saved map[string]bool // digests of environments that are stored; only the loop touches it
}

func newCommitter(r *Runner) *committer {
	return &committer{runner: r, wake: make(chan struct{}, 1), saved: make(map[string]bool)}
}

func (c *committer) add(f *flight) {
	c.mu.Lock()
	c.flights = append(c.flights, f)
	c.mu.Unlock()
	c.ring()
}

// Deliver changes a command's delivery state with the next commit.
func (r *Runner) Deliver(d *storage.Delivery, done func(lost bool, err error)) {
	r.commits.note(&note{delivery: d, done: done})
}

func (c *committer) quarantine(j *job, q *storage.QuarantineEntry, done func(error)) {
	c.mu.Lock()
	if j.keeping == keepAsked {
		j.keeping = inMemory // it is stored there
	}
	c.mu.Unlock()
	c.note(&note{quarantine: q, done: func(_ bool, err error) { done(err) }})
}

func (c *committer) note(n *note) {
	c.mu.Lock()
	c.notes = append(c.notes, n)
	c.mu.Unlock()
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
	return !c.busy && len(c.flights) == 0 && len(c.notes) == 0 && len(c.keeps) == 0
}

func (c *committer) stop() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.ring()
}

func (c *committer) loop() {
	for range c.wake {
		for {
			flights, notes, keeps, ended := c.take()
			if len(flights)+len(notes)+len(keeps) == 0 {
				if ended {
					return
				}
				break
			}
			c.commit(flights, notes, keeps)
		}
	}
}

func (c *committer) take() ([]*flight, []*note, []*job, bool) {
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
	keeps := c.takeKeeps(flights)
	c.busy = len(flights)+len(notes)+len(keeps) > 0
	return flights, notes, keeps, c.ended
}

func (c *committer) commit(flights []*flight, notes []*note, keeps []*job) {
	batch := &storage.Batch{Turns: make([]*storage.TurnWrite, len(flights))}
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
	var delivering []*note
	for _, n := range notes {
		if n.quarantine != nil {
			batch.Quarantine = append(batch.Quarantine, n.quarantine)
		} else {
			batch.Deliveries = append(batch.Deliveries, n.delivery)
			delivering = append(delivering, n)
		}
	}
	ctx := context.WithoutCancel(c.runner.ctx)
	result, err := c.runner.store.Commit(ctx, batch)
	c.kept(keeps, err)
	if err != nil {
		for _, e := range batch.Environments {
			delete(c.saved, e.Digest)
		}
		c.refused(ctx, flights, notes, err)
		return
	}
	c.accepted(flights, notes, delivering, result)
	c.runner.commit.Add(1)
}

func (c *committer) accepted(flights []*flight, notes, delivering []*note, result *storage.BatchResult) {
	lost := make(map[int]bool, len(result.LostTurns))
	for _, i := range result.LostTurns {
		lost[i] = true
	}
	lostNotes := make(map[*note]bool, len(result.LostDeliveries))
	for _, i := range result.LostDeliveries {
		lostNotes[delivering[i]] = true
	}
	for _, n := range notes {
		n.done(lostNotes[n], nil)
	}
	for i, f := range flights {
		if lost[i] {
			c.lose(f)
		} else {
			c.win(f)
		}
	}
	for _, late := range result.LateCancels {
		c.runner.cancelTooLate(late)
	}
}

// refused answers for a batch of which nothing was stored, or of which it is not known.
func (c *committer) refused(ctx context.Context, flights []*flight, notes []*note, err error) {
	c.runner.log.Error("commit failed", "turns", len(flights), "error", err)
	for _, n := range notes {
		n.done(false, err)
	}
	for _, f := range flights {
		if errors.Is(err, storage.ErrUnknown) && c.isStored(ctx, f) {
			c.win(f)
			continue
		}
		c.unclaim(f)
		if !c.giveUp(f.job) {
			c.hold(f, err)
			continue
		}
		c.runner.finish(f.job, outcome{err: fmt.Errorf("event %s: %w", f.job.event.GetId(), err)})
		c.land(f, nil, true)
	}
}

// hold lets a durable event wait for the store.
func (c *committer) hold(f *flight, err error) {
	if !c.runner.patient(f.job, err) {
		c.runner.quarantine(f.job, err)
		c.land(f, nil, true)
		return
	}
	c.runner.rest(f.session)
	c.land(f, f.job, true)
}

// isStored looks whether a turn of unknown outcome was committed.
func (c *committer) isStored(ctx context.Context, f *flight) bool {
	data, err := c.runner.store.GetTurn(ctx, f.write.Session, f.write.Expect)
	if err != nil {
		return false
	}
	turn := &flowdeskv1.Turn{}
	return proto.Unmarshal(data, turn) == nil && turn.GetEvent().GetId() == f.job.event.GetId()
}

func (c *committer) lose(f *flight) {
	c.unclaim(f)
	c.land(f, f.job, true)
	c.keepAgain(f.job)
}

func (c *committer) unclaim(f *flight) {
	for _, command := range f.claimed {
		c.runner.outbox.Unclaim(command)
	}
}

func (c *committer) win(f *flight) {
	c.runner.applied(f)
	c.runner.turns.Add(1)
	c.land(f, nil, false)
	c.runner.finish(f.job, outcome{turn: f.turn})
	c.runner.watchers.publish(f.turn)
}

// land lets the session go on. Its driver must not be the committer, which has other sessions' commits to make.
func (c *committer) land(f *flight, lost *job, doubt bool) {
	if f.session.landed(f.job, lost, doubt) {
		c.runner.work.Go(func() { c.runner.drive(f.session) })
	}
}
