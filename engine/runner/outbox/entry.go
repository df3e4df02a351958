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
	sequence  int64 // in order of enqueuing
	parcel    Parcel
	state     flowdeskv1.CommandState
	robot     string
	attempt   int32
	failures  int32 // attempts that the platform took and that failed
	due       time.Time
	after     time.Time // not tried again before
	sentAt    time.Time // of the attempt under way
	limitAt   time.Time // deadline of its result
	lookAt    time.Time // when a missing result is looked up next
	looks     int       // look-ups of a send of unknown outcome
	doubt     bool      // it is not known whether the platform accepted the attempt
	saved     bool      // the sent state is stored
	heard     bool      // another robot heard it said
	judged    time.Time // when its session last found that it is wanted
	busy      bool      // a state change is on its way to the store
	resent    bool      // sent again once by policy
	back      bool      // it surely was not said, and is on its way back to its lane
	returned  bool      // it has set out before, and came back unsaid
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
	o.sequence++
	e := &entry{
		command: command, lane: command.GetTargetSession() + "/" + command.GetTargetUser(), sequence: o.sequence, state: command.GetState(),
		partition: storage.Partition(command.GetSession()),
		robot:     command.GetRobot(), attempt: command.GetAttempts(), due: command.GetSendTime().AsTime(), judged: command.GetCreateTime().AsTime(),
		returned: command.GetAttempts() > 0,
	}
	for _, a := range command.GetAttemptLog() {
		if a.GetState() == stateFailed && a.GetPlatformMessage() != "" {
			e.failures++
		}
		e.resent = e.resent || a.GetProof() == proofPolicy
	}
	return e
}

// waits reports whether the entry has not left.
func (e *entry) waits() bool { return e.state == stateQueued || e.state == stateDelayed }

// key is what a result names an entry's attempt by.
func (e *entry) key() string { return e.id + e.parcel.Fingerprint }
