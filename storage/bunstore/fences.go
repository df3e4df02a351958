package bunstore

import (
	"github.com/flowdesk/flowdesk/storage"
)

var (
	leaseLock = changing(Lock, "leases", "'held'", "partition = ?int AND number = ?int")
	// What came into the inbox before an event: has a smaller number, or any while the event itself does not stand there. An event that was
	// acknowledged before another was received has the smaller number, whatever became visible when. The last value are the ids of events that have
	// their turns before in the same batch, or may have them after it.
	earlier = changing(Look, "inbox", "'earlier'",
		"session = ?text AND sequence < COALESCE((SELECT own.sequence FROM inbox AS own WHERE own.id = ?text), 9223372036854775807) AND ?text NOT LIKE '%' || id || '%'")
)

// fenced holds the leases of a batch, which cannot move before the transaction has ended, and names the partitions whose lease has moved on. It
// breaks chains where a turn would overtake an event of the inbox.
func (h *hot) fenced(run Run, batch *storage.Batch, chains map[string]*chain, result *storage.BatchResult) (stale map[int32]bool, err error) {
	if len(batch.Fences) == 0 {
		return nil, nil //nolint:nilnil // nothing is asked
	}
	lock, look := &Step{Statement: leaseLock}, &Step{Statement: earlier}
	for _, f := range batch.Fences {
		lock.Values = append(lock.Values, int64(f.Partition), f.Number)
	}
	following := h.following(batch.Turns, chains, look)
	steps := []*Step{lock}
	if len(following) > 0 {
		steps = append(steps, look)
	}
	if err := run(steps...); err != nil {
		return nil, err
	}
	stale = make(map[int32]bool)
	for i, f := range batch.Fences {
		if lock.Found[i] == "" {
			stale[f.Partition] = true
			result.LostLeases = append(result.LostLeases, f.Partition)
		}
	}
	for row, i := range following {
		if w := batch.Turns[i]; look.Found[row] != "" && !stale[w.Partition] {
			result.Overtaking = append(result.Overtaking, i)
			chains[w.Session].cut(i)
		}
	}
	return stale, nil
}

// following gives the turns of chains that may not overtake, and asks for each whether an event stands before it.
func (h *hot) following(turns []*storage.TurnWrite, chains map[string]*chain, look *Step) (asked []int) {
	taken := make(map[string]string) // the events that a session's chain took from the inbox so far
	for i, w := range turns {
		if _, held := h.fences[w.Partition]; !held || !chains[w.Session].has(i) {
			continue
		}
		if w.Follows {
			asked = append(asked, i)
			look.Values = append(look.Values, clean(w.Session), clean(w.Event), clean(taken[w.Session]+" "+w.Behind))
		}
		if w.FromInbox {
			taken[w.Session] += " " + clean(w.Event)
		}
	}
	return asked
}

// has reports whether a turn is part of the chain.
func (c *chain) has(turn int) bool {
	if turn == c.first {
		return true
	}
	for _, member := range c.members {
		if member == turn {
			return true
		}
	}
	return false
}

// cut ends the chain before a turn.
func (c *chain) cut(turn int) {
	if c.last < 0 || turn == c.first {
		c.last, c.members = -1, nil
		return
	}
	for n, member := range c.members {
		if member >= turn {
			c.members = c.members[:n]
			break
		}
	}
	c.last = c.first
	if n := len(c.members); n > 0 {
		c.last = c.members[n-1]
	}
}
