package outbox

import (
	"errors"
	"fmt"
	"slices"
	"time"

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
	failures    int // of requests, in a row
}

func (o *Outbox) robot(id string) *robot {
	r := o.robots[id]
	if r == nil {
		r = &robot{id: id}
		o.robots[id] = r
	}
	return r
}

// room reports whether another command may stand at the robot's phone now. Of a robot that tripped it is one: the probe.
func (o *Outbox) room(r *robot, env *engine.Env, now time.Time) bool {
	most := env.Robot(r.id).GetMaxUnconfirmed()
	if most == 0 {
		most = env.GetSettings().GetMaxUnconfirmed()
	}
	if most > 0 { // the phone is shared: each replica fills its part of it
		most = max(1, most/int32(o.leases.Members()))
	}
	return (most == 0 || r.unconfirmed < int(most)) && o.restLeft(r, now) <= 0 && (r.leaving == 0 || !o.tripped(r.id))
}

// busy says why a robot that would carry a command has no room for it.
func (o *Outbox) busy(r *robot, env *engine.Env, now time.Time) string {
	name := env.Robot(r.id).GetTitle()
	if name == "" {
		name = r.id
	}
	if rest := o.restLeft(r, now); rest > 0 {
		return fmt.Sprintf("机器人 %s 暂停发送，约 %d 秒后再试", name, int(rest.Seconds())+1)
	}
	return fmt.Sprintf("机器人 %s 有 %d 条指令尚无结果，先等它们", name, r.unconfirmed)
}

// restLeft is how long nothing may be sent to the robot. When the pause of a trip is over, one send goes through as a probe.
func (o *Outbox) restLeft(r *robot, now time.Time) time.Duration {
	return max(r.pausedUntil.Sub(now), o.rests(r.id))
}

// judge notes how a request to the robot's platform ended, and tells when the breaker trips or recovers. The lock must not be held: others hear of
// it before it returns.
func (o *Outbox) judge(r *robot, failed bool) {
	o.mu.Lock()
	r.failures++
	if !failed {
		r.failures = 0
	}
	failures := r.failures
	o.mu.Unlock()
	switch tripped := o.tripped(r.id); {
	case failed && (tripped || failures >= breakerTrips):
		o.pause(Pause{Scope: Scope{Robot: r.id}, For: breakerPause, Tripped: true})
		if !tripped {
			o.tellTrip(r.id, true)
		}
	case !failed && tripped:
		o.recovered(r.id)
		o.tellTrip(r.id, false)
	}
}

func (o *Outbox) tellTrip(robot string, tripped bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spawn(func() { o.onTrip(robot, tripped) })
}

// Load is how many commands stand at a robot's phone without a result, and whether the breaker paused it.
func (o *Outbox) Load(id string) (unconfirmed int, tripped bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := o.robots[id]; r != nil {
		return r.unconfirmed, o.tripped(id)
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
		if !o.room(r, env, now) {
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
		e.command.Reason = o.busy(o.robot(id), env, now) // there is a robot: what was said of the others is not why it waits
	}
	parcel, err := o.link.Compose(env, id, e.command)
	switch {
	case err != nil:
		return fmt.Errorf("robot %s: %w", id, err)
	case !found && fresh:
		return errNoRoom
	case !found:
		for _, r := range full {
			r.hungry = true
		}
		return errNoRoom
	case !o.follows(e, id, fresh):
		return errFollows
	}
	r := o.robot(id)
	r.unconfirmed++
	r.leaving++
	e.robot, e.parcel, e.sentAt, e.standing, e.leaving, e.away = id, parcel, now, true, true, true
	return nil
}

// unbind gives the room of an entry back that was not handed over. The caller says where the entry goes.
func (o *Outbox) unbind(e *entry) {
	o.handOver(e)
	o.leavePhone(e)
}

// drop takes an entry out of the outgoing list.
func (r *robot) drop(e *entry) {
	r.outgoing = slices.DeleteFunc(r.outgoing, func(other *entry) bool { return other == e })
}
