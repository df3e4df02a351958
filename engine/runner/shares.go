package runner

import (
	"errors"
	"sync/atomic"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// ErrElsewhere is an event that has no turn here, because its session is another runner's.
var ErrElsewhere = errors.New("the session belongs to another replica")

// Shares says which partitions of sessions are this runner's, where several runners share a store. A runner without shares has all of them.
// Methods must not block.
//
// Order across runners is the order of receipt: when an event was acknowledged before another of its session was received, wherever that was, its
// turn comes first. Events that were under way at the same time come in either order.
type Shares interface {
	// Fence is the number of the lease under which the partition is ours. ok is false when it is not surely ours, by the machine's monotonic
	// clock: a process that was frozen knows at once.
	Fence(partition int32) (number int64, ok bool)
	// Held are the partitions for which Fence says ok.
	Held() []int32
	// Refused is told of partitions whose lease has another number in the store. From then on Fence must not give the old number.
	Refused(partitions []int32)
	// Tell lets the runner that has a partition look into the inbox soon. It is a hint that may be lost.
	Tell(partition int32)
}

// Gained is told of partitions that are ours from now on: what waits for them in the store is taken up. Fence must say ok already.
func (r *Runner) Gained(partitions []int32) {
	r.Look()
	r.schedule.changed()
	r.spawn(func() {
		r.timers.near()
		r.takeUpCalls(setOf(partitions))
	})
}

// Lost is told of partitions that are not ours any more: what is theirs leaves memory. Fence must not say ok any more, so that what waits in
// queues goes to their new holder.
func (r *Runner) Lost(partitions []int32) {
	lost := setOf(partitions)
	r.backlog.drop(lost)
	r.timers.drop(lost)
	r.calls.forget(lost)
	r.sessions.drop(lost)
	r.schedule.changed()
}

// Look takes up what others put into the inbox for sessions of ours, soon.
func (r *Runner) Look() {
	if r.intake != nil {
		r.intake.ring()
	}
}

type partitionSet map[int32]bool

func setOf(partitions []int32) partitionSet {
	set := make(partitionSet, len(partitions))
	for _, p := range partitions {
		set[p] = true
	}
	return set
}

func (p partitionSet) has(session string) bool { return p[storage.Partition(session)] }

// owns reports whether a session's turns run here.
func (r *Runner) owns(session string) bool {
	if r.shares == nil {
		return true
	}
	_, ok := r.shares.Fence(storage.Partition(session))
	return ok
}

// tell lets whoever has a session look into the inbox.
func (r *Runner) tell(session string) {
	if r.owns(session) {
		r.Look()
	} else {
		r.shares.Tell(storage.Partition(session))
	}
}

// Sharing counts what several runners on one store cost.
type Sharing struct {
	Posted    int64 // events that went through the inbox, because their session is another's or has events there
	TakenUp   int64 // events that were taken up from the inbox
	Refused   int64 // turns that were refused because their lease had moved on
	Overtaken int64 // turns that gave way to an event of the inbox
}

type sharing struct{ posted, takenUp, refused, overtaken atomic.Int64 }

// Sharing counts since the start.
func (r *Runner) Sharing() Sharing {
	c := &r.sharing
	return Sharing{Posted: c.posted.Load(), TakenUp: c.takenUp.Load(), Refused: c.refused.Load(), Overtaken: c.overtaken.Load()}
}

// local reports whether an event can have its turn here only: whoever has the session makes it himself.
func (j *job) local() bool {
	return j.ring || j.deliveries != nil || !j.fromInbox && j.event.GetTimer() != nil || j.event.GetSchedule() != nil
}

// requestOf is the request that an event carries.
func requestOf(event *flowdeskv1.Event) *storage.RequestMark {
	if q := event.GetRequest(); q != nil {
		return &storage.RequestMark{Method: q.GetMethod(), ID: q.GetId()}
	}
	return nil
}
