package outbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/flowdesk/flowdesk/engine"
)

// Limits of sending.
const (
	maxBatch      = 100              // parcels in one request, the platform's own limit
	sendTimeout   = 20 * time.Second // for one request
	breakerTrips  = 5                // failures in a row that pause a robot
	breakerPause  = 30 * time.Second // pause before the next probe
	lookupShare   = 3                // look-ups take at most a third of the requests
	refusedPause  = 5 * time.Second  // wait before a refused send is tried again
	minPause      = time.Second
	savedSentWait = time.Second // a result that comes within this time saves the row write of the sent state
)

// robot is what the outbox knows of one robot.
type robot struct {
	id          string
	unconfirmed int  // at its phone, or on the way there
	leaving     int  // of those, bound and not yet handed over
	hungry      bool // a waiting command found no room: no new one may take its place
	outgoing    []*entry
	sending     bool
	looking     bool
	pausedUntil time.Time
	breaker     circuitbreaker.CircuitBreaker[any]
	tripped     bool // as it was told last
}

func (o *Outbox) robot(id string) *robot {
	r := o.robots[id]
	if r == nil {
		r = &robot{id: id, breaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(breakerTrips).WithSuccessThreshold(1).WithDelay(breakerPause).Build()}
		o.robots[id] = r
	}
	return r
}

// room reports whether another command may stand at the robot's phone now.
func (r *robot) room(env *engine.Env, now time.Time) bool {
	most := env.Robot(r.id).GetMaxUnconfirmed()
	if most == 0 {
		most = env.GetSettings().GetMaxUnconfirmed()
	}
	return (most == 0 || r.unconfirmed < int(most)) && !r.rests(now) && (r.breaker.IsClosed() || r.leaving == 0)
}

// rests reports whether nothing may be sent to the robot now. A breaker whose pause is over lets one send through as a probe.
func (r *robot) rests(now time.Time) bool {
	return now.Before(r.pausedUntil) || r.breaker.IsOpen() && r.breaker.RemainingDelay() > 0
}

// judge notes how a request to the robot's platform ended, and tells when the breaker trips or recovers. The lock is held.
func (o *Outbox) judge(r *robot, failed bool) {
	if failed {
		r.breaker.RecordFailure()
	} else {
		r.breaker.RecordSuccess()
	}
	if tripped := !r.breaker.IsClosed(); tripped != r.tripped {
		r.tripped = tripped
		tell, id := o.onTrip, r.id
		o.spawn(func() { tell(id, tripped) })
	}
}

// Load is how many commands stand at a robot's phone without a result, and whether the breaker paused it.
func (o *Outbox) Load(id string) (unconfirmed int, tripped bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := o.robots[id]; r != nil {
		return r.unconfirmed, !r.breaker.IsClosed()
	}
	return 0, false
}

// Reasons why an entry cannot be bound now.
var (
	errNoRobot = errors.New("no robot can carry it now")
	errNoRoom  = errors.New("no robot has room for it now")
	errFollows = errors.New("what was to be said before is not yet accepted")
)

// bind chooses a robot with room for the entry and takes the room. One that was not enqueued yet takes no room that others wait for. An error that
// wraps ErrInvalid is for ever.
func (o *Outbox) bind(e *entry, now time.Time, fresh bool) error {
	env := o.shell.Env()
	var full []*robot
	id, reason := o.choose(env, e.command, now, func(id string) bool {
		r := o.robot(id)
		if !r.room(env, now) || o.paused(id, now) {
			full = append(full, r)
			return false
		}
		return !fresh || !r.hungry
	})
	found := id != ""
	if !found {
		e.command.Reason = reason
		if id, _ = o.choose(env, e.command, now, func(string) bool { return true }); id == "" {
			return errNoRobot
		}
	}
	parcel, err := o.link.Compose(env, id, e.command)
	switch l := o.lanes[e.lane]; {
	case err != nil:
		return fmt.Errorf("robot %s: %w", id, err)
	case !found && fresh:
		return errNoRoom
	case !found:
		for _, r := range full {
			r.hungry = true
		}
		return errNoRoom
	case l != nil && (!l.follows(id) || fresh && l.departs()):
		return errFollows
	}
	r := o.robot(id)
	r.unconfirmed++
	r.leaving++
	e.robot, e.parcel, e.sentAt = id, parcel, now
	o.setOut(e)
	return nil
}

// unbind gives the room of an entry back that was not handed over. The caller says where the entry goes.
func (o *Outbox) unbind(e *entry) {
	r := o.robot(e.robot)
	r.unconfirmed--
	r.leaving--
}
