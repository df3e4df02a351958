package bunstore

import (
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/storage"
)

var (
	leaseLock = changing(Lock, "leases", "'held'", "partition = ?int AND number = ?int")
	// The first events of a session in the inbox, in their order, separated by spaces. It is asked once for each session, however many turns and
	// however many rows there are: asked for each turn it took a minute for 500 turns of a session with 5,000. The lease stands for the one row.
	front = changing(Look, "leases",
		"COALESCE((SELECT string_agg(e.id, ' ' ORDER BY e.sequence) FROM (SELECT id, sequence FROM inbox WHERE session = ?text ORDER BY sequence LIMIT ?int) AS e), '')",
		"partition = ?int AND number = ?int")
)

// fenced holds the leases of a batch, which cannot move before the transaction has ended, and names the partitions whose lease has moved on. It
// breaks chains where a turn would overtake an event of the inbox.
func (h *hot) fenced(run Run, batch *storage.Batch, chains map[string]*chain, result *storage.BatchResult) (stale map[int32]bool, err error) {
	if len(batch.Fences) == 0 {
		return nil, nil //nolint:nilnil // nothing is asked
	}
	lock, look := &Step{Statement: leaseLock}, &Step{Statement: front}
	for _, f := range batch.Fences {
		lock.Values = append(lock.Values, int64(f.Partition), f.Number)
	}
	queues := h.following(batch.Turns, chains, look)
	steps := []*Step{lock}
	if len(queues) > 0 {
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
	for row, q := range queues {
		q.ids = strings.Fields(look.Found[row])
		for _, i := range q.turns {
			w := batch.Turns[i]
			if w.Follows && !stale[w.Partition] && q.overtaken(w) {
				result.Overtaking = append(result.Overtaking, i)
				chains[w.Session].cut(i)
			}
			if w.FromInbox {
				q.taken[clean(w.Event)] = true
			}
		}
	}
	slices.Sort(result.Overtaking)
	return stale, nil
}

// queue is what stands in the inbox for a session with turns that may not overtake it. What came into the inbox before an event has a smaller
// number, or is any while the event itself does not stand there. An event that was acknowledged before another was received has the smaller
// number, whatever became visible when.
type queue struct {
	turns []int
	asks  bool            // one of them may not overtake
	most  int             // rows that none of them can have before it without overtaking
	ids   []string        // of the first rows
	taken map[string]bool // events that have their turns before in the same batch
}

// overtaken reports whether the queue holds an event that came before that of a turn and has not had its own.
func (q *queue) overtaken(w *storage.TurnWrite) bool {
	own := clean(w.Event)
	for len(q.ids) > 0 && q.taken[q.ids[0]] && q.ids[0] != own {
		q.ids = q.ids[1:]
	}
	behind := make(map[string]bool)
	for n, id := range q.ids {
		if id == own {
			return false
		}
		if n == 0 {
			for other := range strings.FieldsSeq(clean(w.Behind)) {
				behind[other] = true
			}
		}
		if !q.taken[id] && !behind[id] {
			return true
		}
	}
	return false
}

// following gives the queues of sessions with turns of chains that may not overtake, and asks for each what stands in it. As many rows are enough
// as may go before with one more: that one is overtaken, or another before it is.
func (h *hot) following(turns []*storage.TurnWrite, chains map[string]*chain, look *Step) (asked []*queue) {
	queues := make(map[string]*queue)
	var order []string
	for i, w := range turns {
		if _, held := h.fences[w.Partition]; !held || !chains[w.Session].has(i) {
			continue
		}
		q := queues[w.Session]
		if q == nil {
			q = &queue{taken: make(map[string]bool)}
			queues[w.Session] = q
			order = append(order, w.Session)
		}
		q.turns = append(q.turns, i)
		q.asks = q.asks || w.Follows
		q.most = max(q.most, strings.Count(w.Behind, " ")+1)
	}
	for _, session := range order {
		if q := queues[session]; q.asks {
			partition := turns[q.turns[0]].Partition
			asked = append(asked, q)
			look.Values = append(look.Values, clean(session), int64(q.most+len(q.turns)+1), int64(partition), h.fences[partition])
		}
	}
	return asked
}

// has reports whether a turn is part of the chain.
func (c *chain) has(turn int) bool {
	if turn == c.first {
		return c.last >= 0
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
