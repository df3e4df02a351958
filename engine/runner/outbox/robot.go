package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"go.opentelemetry.io/otel/attribute"
	"golang.org/x/time/rate"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/tracing"
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
	unconfirmed int
	outgoing    []*entry
	sending     bool
	looking     bool
	pausedUntil time.Time
	breaker     circuitbreaker.CircuitBreaker[any]
}

// limit is the rate limit of one source address; sends and look-ups count together.
type limit struct {
	perMinute int32
	sends     *rate.Limiter
	looks     *rate.Limiter
}

func (o *Outbox) robot(id string) *robot {
	r := o.robots[id]
	if r == nil {
		r = &robot{id: id, breaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(breakerTrips).WithDelay(breakerPause).Build()}
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
	return (most == 0 || r.unconfirmed < int(most)) && !now.Before(r.pausedUntil) && !r.breaker.IsOpen()
}

// Load is how many commands stand at a robot's phone without a result, and whether the breaker paused it.
func (o *Outbox) Load(id string) (unconfirmed int, tripped bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := o.robots[id]; r != nil {
		return r.unconfirmed, r.breaker.IsOpen()
	}
	return 0, false
}

func (o *Outbox) limit(robot string) *limit {
	address := o.link.Address(robot)
	env := o.shell.Env()
	perMinute := env.Robot(robot).GetRequestsPerMinute()
	if perMinute == 0 {
		perMinute = env.GetSettings().GetRequestsPerMinute()
	}
	l := o.limits[address]
	if l == nil || l.perMinute != perMinute {
		every, burst := rate.Inf, 1
		if perMinute > 0 {
			every, burst = rate.Every(time.Minute/time.Duration(perMinute)), max(1, int(perMinute)/20)
		}
		l = &limit{perMinute: perMinute, sends: rate.NewLimiter(every, burst), looks: rate.NewLimiter(every/lookupShare, 1)}
		o.limits[address] = l
	}
	return l
}

// push gives a claimed or bound entry to the robot's sender. The lock is held.
func (r *robot) push(o *Outbox, e *entry) {
	r.outgoing = append(r.outgoing, e)
	if !r.sending {
		r.sending = true
		o.flying++
		o.work.Go(func() { o.send(r) })
	}
}

// send hands over what stands in the robot's outgoing list, batch after batch, until it is empty.
func (o *Outbox) send(r *robot) {
	for {
		o.mu.Lock()
		limiter := o.limit(r.id).sends
		o.mu.Unlock()
		if limiter.Wait(o.ctx) != nil {
			return // the process ends; the commands stand as sending
		}
		o.mu.Lock()
		batch := r.take()
		if len(batch) == 0 {
			r.sending = false
			o.flying--
			o.mu.Unlock()
			o.ring()
			return
		}
		o.mu.Unlock()
		parcels := make([]Parcel, len(batch))
		for i, e := range batch {
			parcels[i] = e.parcel
		}
		ctx, cancel := context.WithTimeout(o.ctx, sendTimeout)
		ends := make([]func(error), len(batch))
		for i, e := range batch {
			ends[i] = tracing.Under(ctx, e.command.GetTrace(), "send", attribute.String("command", e.command.GetId()), attribute.String("robot", r.id))
		}
		id, err := o.link.Send(ctx, r.id, parcels)
		for _, end := range ends {
			end(err)
		}
		cancel()
		if o.ctx.Err() != nil {
			return
		}
		o.handed(r, batch, id, err)
	}
}

// take is the next batch: as many as the platform takes, no two of equal content, in order.
func (r *robot) take() []*entry {
	seen := make(map[string]bool, len(r.outgoing))
	n := 0
	for n < len(r.outgoing) && n < maxBatch && !seen[r.outgoing[n].parcel.Fingerprint] {
		seen[r.outgoing[n].parcel.Fingerprint] = true
		n++
	}
	batch := r.outgoing[:n:n]
	r.outgoing = r.outgoing[n:]
	return batch
}

// handed notes what the platform answered to a batch.
func (o *Outbox) handed(r *robot, batch []*entry, id string, err error) {
	now := o.shell.Now()
	o.mu.Lock()
	var known []func()
	switch {
	case err == nil:
		r.breaker.RecordSuccess()
		for _, e := range batch {
			known = append(known, o.accepted(e, id, now))
		}
	case errors.Is(err, ErrUnknown):
		r.breaker.RecordFailure()
		for _, e := range batch {
			e.doubt, e.lookAt, e.limitAt = true, now.Add(lookAcceptedAfter), now.Add(o.resultDeadline(r.unconfirmed))
		}
	default:
		pause := o.link.RetryAfter(err)
		if !errors.Is(err, ErrLimited) {
			r.breaker.RecordFailure()
			pause = max(pause, refusedPause)
		}
		r.pausedUntil = now.Add(max(pause, minPause))
	}
	o.mu.Unlock()
	for _, f := range known {
		if f != nil {
			f()
		}
	}
	if err != nil && !errors.Is(err, ErrUnknown) {
		for _, e := range batch {
			o.refused(e, err)
		}
	}
	if err != nil {
		o.log.Warn("send", "robot", r.id, "commands", len(batch), "error", err)
	}
}

// accepted notes that the platform took an entry. When its result came earlier than the answer, the function that settles it is returned;
// it must be called without the lock.
func (o *Outbox) accepted(e *entry, id string, now time.Time) func() {
	e.id, e.doubt, e.state = id, false, stateSent
	e.limitAt = now.Add(o.resultDeadline(o.robot(e.robot).unconfirmed))
	e.lookAt = now.Add(o.shell.Env().GetSettings().GetLookupAfter().AsDuration())
	key := id + e.parcel.Fingerprint
	o.sent[key] = e
	if result, ok := o.early[key]; ok {
		delete(o.early, key)
		return func() { o.Settle(result) }
	}
	return nil
}
