package runner

import (
	"cmp"
	"slices"

	"github.com/flowdesk/flowdesk/storage"
)

// held reports whether a flight's session is ours still, or again with an event that nobody else may have had, and notes the lease. From here on
// the store decides.
func (c *committer) held(f *flight) (ours bool) {
	if c.runner.shares == nil {
		return true
	}
	f.fence, ours = c.runner.shares.Fence(f.session.partition)
	return ours && !c.outdated(f.job, f.fence)
}

// covered answers for the deliveries of sessions that are not ours, and gives the others.
func (c *committer) covered(notes []*note) []*note {
	if c.runner.shares == nil {
		return notes
	}
	ours := notes[:0:0]
	for _, n := range notes {
		if n.delivery != nil && n.delivery.Session != "" && !c.runner.owns(n.delivery.Session) {
			n.done(false, ErrElsewhere)
		} else {
			ours = append(ours, n)
		}
	}
	return ours
}

// fence says under which leases a batch is made. Every replica names them in one order, because commits and takers lock them.
func (c *committer) fence(batch *storage.Batch, flights []*flight, keeps []*job) {
	numbers := make(map[int32]int64, len(flights)+len(batch.Inbox))
	for _, f := range flights {
		if f.write.Follows = len(f.job.deliveries) == 0; f.job.local() {
			f.write.Behind = f.session.waiting() // it has no other place than its own in the queue
		}
		numbers[f.session.partition] = f.fence
	}
	cover := func(session string) {
		p := storage.Partition(session)
		if _, there := numbers[p]; there {
			return
		}
		if number, ours := c.runner.shares.Fence(p); ours {
			numbers[p] = number
		}
	}
	for _, event := range batch.Inbox {
		cover(event.GetSession())
	}
	c.mu.Lock()
	for _, j := range keeps {
		j.lease = numbers[storage.Partition(j.event.GetSession())]
	}
	c.mu.Unlock()
	for _, d := range batch.Deliveries {
		if d.Session != "" {
			cover(d.Session)
		}
	}
	for p, number := range numbers {
		batch.Fences = append(batch.Fences, storage.Fence{Partition: p, Number: number})
	}
	slices.SortFunc(batch.Fences, func(a, b storage.Fence) int { return cmp.Compare(a.Partition, b.Partition) })
}

// overtook lets a turn that would have overtaken an event of the inbox go behind it.
func (c *committer) overtook(f *flight) {
	r := c.runner
	r.sharing.overtaken.Add(1)
	c.unclaim(f)
	c.mu.Lock()
	f.job.aboard = false
	c.mu.Unlock()
	r.giveWay(f.job)
	c.land(f, nil, true)
	r.Look()
}
