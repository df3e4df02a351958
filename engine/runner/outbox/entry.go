package outbox

import (
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// entry is one command in the outbox.
type entry struct {
	command   *flowdeskv1.Command
	lane      string
	partition int32 // of its session: whose owner sends it
	parcel    Parcel
	state     flowdeskv1.CommandState
	robot     string
	attempt   int32
	failures  int32     // attempts that the platform took and that failed
	place     time.Time // in its lane: when it was to be said, as far as that is known
	due       time.Time
	after     time.Time // not tried again before
	sentAt    time.Time // of the attempt under way
	limitAt   time.Time // deadline of its result
	lookAt    time.Time // when a missing result is looked up next
	looks     int       // look-ups of a send of unknown outcome
	sureAt    time.Time // not finding it proves nothing before
	doubt     bool      // it is not known whether the platform accepted the attempt
	saved     bool      // the sent state is stored
	heard     bool      // another robot heard it said
	judged    time.Time // when its session last found that it is wanted
	busy      bool      // a state change is on its way to the store
	resent    bool      // sent again once by policy
	expected  bool      // about to be committed, and to wait then
	away      bool      // bound to a robot, and not known to be accepted
	gone      bool      // withdrawn while busy
	standing  bool      // takes room at its robot's phone
	leaving   bool      // bound, and not yet handed over
	onWire    bool      // in a request under way
	cut       bool      // its request was given up, so that the platform may take it later
	lost      bool      // another replica's by now
	id        string    // the platform's id of the attempt
	late      *Result   // came while busy
}

// newEntry makes the entry of a command. The lock is held.
func (o *Outbox) newEntry(command *flowdeskv1.Command) *entry {
	e := &entry{
		command: command, lane: command.GetTargetSession() + "/" + command.GetTargetUser(), state: command.GetState(),
		partition: storage.Partition(command.GetSession()),
		robot:     command.GetRobot(), attempt: command.GetAttempts(), due: command.GetSendTime().AsTime(), judged: command.GetCreateTime().AsTime(),
	}
	e.place = place(command)
	for _, a := range command.GetAttemptLog() {
		if a.GetState() == stateFailed && a.GetPlatformMessage() != "" {
			e.failures++
		}
		e.resent = e.resent || a.GetProof() == ProofPolicy
	}
	return e
}

// place is when a command was to be said. The send time of one that has set out may be that of its next attempt; its making then comes nearest.
func place(command *flowdeskv1.Command) time.Time {
	if command.GetAttempts() > 0 {
		return command.GetCreateTime().AsTime()
	}
	return command.GetSendTime().AsTime()
}

// waits reports whether the entry has not left.
func (e *entry) waits() bool { return e.state == stateQueued || e.state == stateDelayed }

// key is what a result names an entry's attempt by.
func (e *entry) key() string { return e.id + e.parcel.Fingerprint }
