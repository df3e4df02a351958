package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
	ended   bool // commits what there is and goes
	gone    bool // commits nothing any more
	wake    chan struct{}

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
				c.clearUp(ended)
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
	all := len(flights) + len(notes) + len(keeps)
	c.busy = all > 0 || c.unsure != nil
	c.gone = c.ended && all == 0
	return flights, notes, keeps, c.ended
}

func (c *committer) commit(flights []*flight, notes []*note, keeps []*job) {
	if !c.clearUp(false) {
		c.kept(keeps, errUnsure)
		c.refused(flights, notes, errUnsure)
		return
	}
	flights = c.founded(flights)
	if len(flights)+len(notes)+len(keeps) == 0 {
		return
	}
	if len(c.saved) > maxSaved {
		clear(c.saved)
	}
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
	if err != nil {
		for _, e := range batch.Environments {
			delete(c.saved, e.Digest)
		}
		if !transient(err) && len(flights)+len(notes)+len(keeps) > 1 {
			c.apart(flights, notes, keeps)
			return
		}
		c.log(flights, err)
		c.kept(keeps, err)
		if errors.Is(err, storage.ErrUnknown) {
			c.unsure = &unsure{flights: flights, notes: notes, delivering: delivering}
			c.clearUp(false)
			return
		}
		if len(flights) == 1 && !transient(err) {
			c.broken(flights[0], err)
			return
		}
		c.refused(flights, notes, err)
		return
	}
	c.kept(keeps, nil)
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
	leftOut := make(map[string]string, len(result.LeftOut))
	for _, out := range result.LeftOut {
		leftOut[out.Command] = out.Known
	}
	for i, f := range flights {
		if lost[i] {
			c.lose(f)
		} else {
			c.win(f, leftOut)
		}
	}
	for _, late := range result.LateCancels {
		c.runner.cancelTooLate(late)
	}
}

// founded loses the flights of sessions whose head is in doubt. They stand on a turn that is not stored, and the version alone would not tell:
// another replica's turn may have taken its number.
func (c *committer) founded(flights []*flight) []*flight {
	sound := flights[:0:0]
	for _, f := range flights {
		if f.session.doubtful() {
			c.lose(f)
		} else {
			sound = append(sound, f)
		}
	}
	return sound
}

// transient reports whether a commit failed for a reason that lies in the store and not in what was to be stored.
func transient(err error) bool {
	for _, target := range []error{storage.ErrUnavailable, storage.ErrUnknown, storage.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// apart commits in halves what the store refuses together, so that what is refused for good does not take its neighbours with it.
func (c *committer) apart(flights []*flight, notes []*note, keeps []*job) {
	for _, half := range halves(flights, len(notes)+len(keeps)) {
		c.commit(half, nil, nil)
	}
	for _, half := range halves(notes, len(flights)+len(keeps)) {
		c.commit(nil, half, nil)
	}
	for _, half := range halves(keeps, len(flights)+len(notes)) {
		c.commit(nil, nil, half)
	}
}

// halves are the two halves of a list, or the whole of it when there is something else beside it.
func halves[T any](list []T, beside int) [][]T {
	switch half := len(list) / 2; {
	case len(list) == 0:
		return nil
	case beside > 0 || half == 0:
		return [][]T{list}
	default:
		return [][]T{list[:half:half], list[half:]}
	}
}

// broken deals with a turn that the store refuses for good: it is tried again, and after too many failures its event is quarantined.
func (c *committer) broken(f *flight, err error) {
	if f.job.tries++; f.job.tries < maxTries {
		c.lose(f)
		return
	}
	c.unclaim(f)
	c.runner.quarantine(f.job, err)
	c.land(f, nil, true)
}

func (c *committer) log(flights []*flight, err error) {
	c.runner.log.Error("commit failed", "turns", len(flights), "error", err)
}

// refused answers for a batch of which nothing was stored.
func (c *committer) refused(flights []*flight, notes []*note, err error) {
	for _, n := range notes {
		n.done(false, err)
	}
	for _, f := range flights {
		c.refuse(f, err)
	}
}

func (c *committer) refuse(f *flight, err error) {
	c.unclaim(f)
	if !errors.Is(err, ErrStopping) && !c.giveUp(f.job) {
		c.hold(f, err)
		return
	}
	c.runner.finish(f.job, outcome{err: fmt.Errorf("event %s: %w", f.job.event.GetId(), err)})
	c.land(f, nil, true)
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

func (c *committer) win(f *flight, leftOut map[string]string) {
	c.runner.applied(f, leftOut)
	c.runner.turns.Add(1)
	c.land(f, nil, false)
	c.runner.finish(f.job, outcome{turn: f.turn})
	c.runner.watchers.publish(f.turn)
}

// land lets the session go on. Its driver must not be the committer, which has other sessions' commits to make.
func (c *committer) land(f *flight, lost *job, doubt bool) {
	if f.session.landed(f.job, lost, doubt) {
		c.runner.spawn(func() { c.runner.drive(f.session) })
	}
}
