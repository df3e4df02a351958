package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// takeUpPage is how many commands are read at once.
const takeUpPage = 1000

// Gained takes up the commands of partitions that are ours from now on. It should be called before a turn of theirs runs, and returns when
// all of them are known, so that none that is enqueued later overtakes them. Nothing is sent before the leases say that the partition is held. With an error it must be called again; what is known already stays.
func (o *Outbox) Gained(ctx context.Context, partitions []int32) error {
	o.Lost(partitions) // what stands here of an earlier time is not what is stored now
	ours := make(map[int32]bool, len(partitions))
	o.mu.Lock()
	if o.owned == nil {
		o.owned = make(map[int32]bool)
	}
	for _, p := range partitions {
		ours[p], o.owned[p] = true, true
		delete(o.yields, p)
	}
	o.mu.Unlock()
	return o.takeUpAll(ctx, func(partition int32) bool { return ours[partition] })
}

// takeUpAll takes up what is unsettled, in the order in which it was to be said, and of equal times in that of its making: ids alone tell the
// millisecond, and many turns run in one.
func (o *Outbox) takeUpAll(ctx context.Context, ours func(partition int32) bool) error {
	var left []*flowdeskv1.Command
	for after := ""; ; {
		commands, err := o.store.UnsettledCommands(ctx, after, takeUpPage)
		if err != nil {
			return fmt.Errorf("take up commands: %w", err)
		}
		for _, command := range commands {
			after = command.GetId()
			if ours(storage.Partition(command.GetSession())) {
				left = append(left, command)
			}
		}
		if len(commands) < takeUpPage {
			break
		}
	}
	slices.SortStableFunc(left, func(a, b *flowdeskv1.Command) int {
		return cmp.Or(place(a).Compare(place(b)), a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime()))
	})
	for _, command := range left {
		o.takeUp(command)
	}
	o.ring()
	return nil
}

// Lost lets go of the commands of partitions that are not ours any more: nothing of them is sent or settled here from now on. What is on the wire
// is given up; its new owner finds it as sending and looks it up. It returns at once.
func (o *Outbox) Lost(partitions []int32) {
	gone := make(map[int32]bool, len(partitions))
	for _, p := range partitions {
		gone[p] = true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for p := range gone {
		delete(o.owned, p)
		delete(o.yields, p)
	}
	for _, e := range o.entries {
		if gone[e.partition] {
			o.lose(e)
		}
	}
	for _, e := range o.claimed {
		if gone[e.partition] {
			e.lost = true // its commit fails, or what it stored is the new owner's
		}
	}
	o.ring()
}

// lose lets go of an entry. One that something is under way for goes when that has ended. The lock is held.
func (o *Outbox) lose(e *entry) {
	e.lost = true
	if e.busy || e.onWire {
		return
	}
	if r := o.robots[e.robot]; r != nil && e.leaving {
		r.drop(e)
		o.noteUnsaid(e)
	}
	o.vanish(e)
}

// regained takes a command up whose partition was lost before its commit and gained again before that was done: what was stored when it was gained
// did not have it yet, and nobody else would. The lock is held.
func (o *Outbox) regained(e *entry, command *flowdeskv1.Command) {
	if !e.expected {
		o.noteUnsaid(e)
		if known := o.entries[command.GetId()]; known != nil && known.state == stateSending && known.attempt == e.attempt && known.doubt && !known.busy && !known.lost {
			delete(o.unsaid, command.GetId()) // it was read between its commit and now, and is about to be looked up
			o.sendBackUnsaid(known)
		}
	}
	if o.owns(e.partition) {
		o.takeUpAs(command, e)
	}
	o.let(e)
}

// vanish ends an entry that is not ours, wherever it stands. The lock is held.
func (o *Outbox) vanish(e *entry) {
	o.handOver(e)
	o.leavePhone(e)
	o.forget(e)
}

// landed are those of a batch that are still ours. The others vanish. The lock is held.
func (o *Outbox) landed(batch []*entry) []*entry {
	ours := batch[:0:0]
	for _, e := range batch {
		e.onWire = false
		if !e.lost {
			ours = append(ours, e)
		} else {
			o.vanish(e)
		}
	}
	return ours
}

// shared reports whether there are other replicas.
func (o *Outbox) shared() bool { return o.leases != everything{} }

// owns reports whether a partition was gained and not lost since. The lock is held.
func (o *Outbox) owns(partition int32) bool { return !o.shared() || o.owned[partition] }

// let ends an entry that came to be another's while something was under way for it, and reports that. The lock is held.
func (o *Outbox) let(e *entry) bool {
	if !e.lost {
		return false
	}
	e.busy = false
	o.vanish(e)
	o.ring()
	return true
}

// handOver notes that an entry is not on its way to its robot any more. The lock is held.
func (o *Outbox) handOver(e *entry) {
	if e.leaving {
		e.leaving = false
		o.robot(e.robot).leaving--
	}
}

// leavePhone gives back the room that an entry takes at its robot's phone. The lock is held.
func (o *Outbox) leavePhone(e *entry) {
	if e.standing {
		e.standing = false
		o.robot(e.robot).unconfirmed--
	}
}
