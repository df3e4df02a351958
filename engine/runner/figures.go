package runner

import (
	"sync/atomic"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Figures tell how the runner does; what counts does so since its start.
type Figures struct {
	Turns   int64 // committed
	Batches int64 // in which they were
	Waiting int64 // events from their receipt to the end of their turn
	Behind  int64 // events that stand in the inbox alone, because too many wait in memory
	Calls   int64 // outside calls under way, or that wait for a worker

	Runs     map[flowdeskv1.InstanceStatus]int64 // that ended, by how
	Commands map[flowdeskv1.CommandState]int64   // that came to an end, by which
	Delays   Delays                              // of messages from their receipt to the commit of their turn
}

// Delays are how many took how long.
type Delays struct {
	Counts [len(DelayBounds) + 1]int64 // at most as long as the bound of the same place; the last one took longer than all
	Sum    time.Duration
}

// DelayBounds are the bounds of Delays.
var DelayBounds = [...]time.Duration{
	5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, time.Minute,
}

// endings is more than the highest number of a state and of a status.
const endings = 16

// counters count what was committed. They cost an addition each.
type counters struct {
	runs     [endings]atomic.Int64 // by status
	commands [endings]atomic.Int64 // by state
	delays   [len(DelayBounds) + 1]atomic.Int64
	delayed  atomic.Int64 // their sum
}

// won counts a turn that was committed, without the commands that were left out and the cancels that came too late.
func (c *counters) won(f *flight, leftOut map[string]string, late map[string]bool, now time.Time) {
	if f.turn.GetEvent().GetMessage() != nil {
		c.delay(now.Sub(f.turn.GetEvent().GetReceivedAt().AsTime()))
	}
	for _, i := range f.write.Instances {
		switch i.Status {
		case flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED,
			flowdeskv1.InstanceStatus_INSTANCE_STATUS_CANCELLED, flowdeskv1.InstanceStatus_INSTANCE_STATUS_QUARANTINED:
			c.runs[i.Status].Add(1)
		default:
		}
	}
	for _, command := range f.write.Commands {
		if _, out := leftOut[command.GetId()]; !out {
			c.settled(command.GetState())
		}
	}
	for _, d := range f.write.Deliveries {
		c.delivered(d)
	}
	for _, cancel := range f.write.Cancels {
		if !late[cancel.GetCommand()] {
			c.settled(cancel.GetState())
		}
	}
}

// delivered counts a delivery that was committed.
func (c *counters) delivered(d *storage.Delivery) {
	if d != nil {
		c.settled(d.State)
	}
}

func (c *counters) settled(state flowdeskv1.CommandState) {
	if state >= flowdeskv1.CommandState_COMMAND_STATE_COMPLETED && state < endings {
		c.commands[state].Add(1)
	}
}

func (c *counters) delay(d time.Duration) {
	place := 0
	for place < len(DelayBounds) && d > DelayBounds[place] {
		place++
	}
	c.delays[place].Add(1)
	c.delayed.Add(int64(max(d, 0)))
}

// Figures tells how the runner does.
func (r *Runner) Figures() Figures {
	f := Figures{
		Turns: r.turns.Load(), Batches: r.commit.Load(), Waiting: r.queued.Load(),
		Runs: make(map[flowdeskv1.InstanceStatus]int64), Commands: make(map[flowdeskv1.CommandState]int64),
	}
	r.backlog.mu.Lock()
	f.Behind = int64(len(r.backlog.events))
	r.backlog.mu.Unlock()
	r.calls.mu.Lock()
	f.Calls = int64(len(r.calls.running))
	r.calls.mu.Unlock()
	for status := flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED; status <= flowdeskv1.InstanceStatus_INSTANCE_STATUS_QUARANTINED; status++ {
		f.Runs[status] = r.counts.runs[status].Load()
	}
	for state := flowdeskv1.CommandState_COMMAND_STATE_COMPLETED; state <= flowdeskv1.CommandState_COMMAND_STATE_MANUAL; state++ {
		f.Commands[state] = r.counts.commands[state].Load()
	}
	for i := range f.Delays.Counts {
		f.Delays.Counts[i] = r.counts.delays[i].Load()
	}
	f.Delays.Sum = time.Duration(r.counts.delayed.Load())
	return f
}
