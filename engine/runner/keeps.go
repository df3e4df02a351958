package runner

import (
	"cmp"
	"fmt"
	"slices"
)

// keeping is whether an event stands in the inbox ahead of its turn. The committer's lock guards it.
type keeping int8

const (
	inMemory  keeping = iota
	keepAsked         // the committer is to store it; its turn, when it comes first, makes that needless
	keepTaken         // it is in a commit, or stored: its turn takes it out of the inbox
	keepDone          // it is stored
)

// keep lets an event be stored ahead of its turn, together with all that wait in its session, in their order: those before it so that the
// inbox has the order of arrival, those behind it because they will be late too. One that is not in memory (behind) stands last; one that was
// is no longer there when its turn is stored.
func (r *Runner) keep(j *job, behind bool) {
	if !behind && r.commits.isKept(j) {
		return // with another of its session
	}
	var waiting []*job
	if s := r.sessions.find(j, behind); s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		waiting = slices.Concat(s.lost, s.flying, []*job{s.current}, s.queue)
	}
	if behind {
		waiting = append(waiting, j)
	}
	r.commits.keep(waiting)
}

// isKept notes that somebody waits for an event to be durable, and reports whether it is to be stored ahead of its turn.
func (c *committer) isKept(j *job) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	j.wanted = true
	return j.keeping != inMemory
}

// keep stores events with the next commit, unless they are on their way or a commit holds their turns.
func (c *committer) keep(jobs []*job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range jobs {
		if j != nil && j.received {
			j.wanted = true
			c.ask(j)
		}
	}
}

// ask puts an event among those that the next commit stores. The lock is held.
func (c *committer) ask(j *job) {
	if j.keeping == inMemory && !j.aboard && !c.gone && !j.ticket.gone() {
		j.keeping = keepAsked
		c.keeps = append(c.keeps, j)
		c.ring()
	}
}

// keepAgain lets an event be stored ahead of its turn whose turn is to run again: the commit that held it did not store it.
func (c *committer) keepAgain(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	j.aboard = false
	if j.wanted && j.keeping == inMemory {
		c.ask(j)
		c.shuffled = true
	}
}

// keepNoMore notes that an event needs no inbox any more: its end is stored, or about to be.
func (c *committer) keepNoMore(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	j.aboard = true
	if j.keeping == keepAsked {
		j.keeping = inMemory
	}
}

// maxKeeps is how many events are stored alone in one commit: each is one row.
const maxKeeps = 1024

// takeKeeps gives the events that the next commit stores alone, in order of arrival; flights are the turns in it. While the outcome of a commit
// is unknown there are none.
func (c *committer) takeKeeps(flights []*flight) []*job {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range flights {
		f.job.aboard = true
	}
	var taken []*job
	if c.unsure == nil {
		taken = c.asked()
	}
	stay := make(map[string]bool) // sessions with others behind, which must not get into the inbox ahead of a turn that loses
	for _, j := range taken {
		stay[j.event.GetSession()] = stay[j.event.GetSession()] || !j.aboard
	}
	for _, f := range flights {
		if f.job.keeping == keepAsked && !stay[f.session.id] {
			f.job.keeping = inMemory // its turn makes it needless
		}
		f.write.FromInbox = f.job.fromInbox || f.job.keeping != inMemory || f.job.perhaps
	}
	taken = slices.DeleteFunc(taken, func(j *job) bool { return j.keeping != keepAsked })
	for _, j := range taken {
		j.keeping = keepTaken
	}
	return taken
}

// asked takes the first events that are to be stored. Those whose turn was stored or given up meanwhile are left out. The lock is held.
func (c *committer) asked() (asked []*job) {
	if c.shuffled {
		slices.SortStableFunc(c.keeps, func(a, b *job) int { return cmp.Compare(a.number, b.number) })
		c.shuffled = false
	}
	n := 0
	for ; n < len(c.keeps) && len(asked) < maxKeeps; n++ {
		if j := c.keeps[n]; j.keeping == keepAsked && !slices.Contains(asked[max(0, len(asked)-1):], j) {
			asked = append(asked, j)
		}
	}
	c.keeps = c.keeps[n:]
	return asked
}

// putBack lets the events of a commit that did not happen be stored by the next. Those with a turn in it are left to that. When it is not known
// whether they are stored, their turns take them out of the inbox in any case; to store one twice changes nothing.
func (c *committer) putBack(jobs []*job, perhaps bool) {
	var spilled []*job // and in no session's queue: nobody else would end them
	c.mu.Lock()
	gone := c.gone
	for _, j := range jobs {
		j.keeping, j.perhaps = inMemory, j.perhaps || perhaps
		c.ask(j)
		c.shuffled = true
		if j.keeping == inMemory && j.ticket.gone() {
			spilled = append(spilled, j)
		}
	}
	c.mu.Unlock()
	for _, j := range jobs {
		if gone {
			c.told(j, ErrStopping)
		}
	}
	for _, j := range spilled {
		if !gone {
			c.told(j, errSpilled)
		}
	}
}

// kept tells those who wait that their events are stored, or why not. What perhaps is stored is stored again until that is known.
func (c *committer) kept(jobs []*job, err error) {
	var told, again []*job
	c.mu.Lock()
	for _, j := range jobs {
		switch {
		case err == nil:
			j.keeping = keepDone
		case j.perhaps && c.runner.ctx.Err() == nil && !j.ticket.gone():
			again = append(again, j)
			continue
		default:
			j.keeping = inMemory
		}
		told = append(told, j)
	}
	c.mu.Unlock()
	for _, j := range told {
		if err != nil {
			c.told(j, fmt.Errorf("event %s: %w", j.event.GetId(), err))
		} else {
			c.runner.spills.decide(j.ticket, true)
			c.told(j, nil)
		}
	}
	if len(again) > 0 {
		c.runner.soon(restFor, func() { c.putBack(again, true) })
	}
}

// stands is told that an event was read from the inbox.
func (c *committer) stands(j *job) {
	c.mu.Lock()
	j.keeping, j.aboard = keepDone, true
	c.mu.Unlock()
	c.runner.spills.decide(j.ticket, true)
	c.told(j, nil)
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
	if j.keeping == keepAsked && (!j.perhaps || j.ticket.gone()) {
		j.keeping = inMemory
	}
	return !j.fromInbox && j.keeping == inMemory && (!j.perhaps || j.ticket.gone())
}
