package outbox

import (
	"context"
	"errors"
	"time"
)

// limit is the rate limit of one source address as it is asked for here; sends and look-ups count together.
type limit struct {
	perMinute int32
	turn      chan struct{} // whoever holds it waits for the next unit, the others in order behind
	asking    bool          // a look-up waits for an answer
	lookAfter time.Time     // no look-up is asked for before
}

// limit gives the limit of a robot's address: the smallest of the robots there, since the platform counts them together. The lock is held.
func (o *Outbox) limit(robot string) *limit {
	address := o.link.Address(robot)
	perMinute := o.perMinute(robot)
	for _, other := range o.shell.Env().GetRobots() {
		if n := o.perMinute(other.GetId()); n > 0 && (perMinute == 0 || n < perMinute) && o.link.Address(other.GetId()) == address {
			perMinute = n
		}
	}
	l := o.limited[address]
	if l == nil {
		l = &limit{turn: make(chan struct{}, 1)}
		o.limited[address] = l
	}
	l.perMinute = perMinute
	return l
}

func (o *Outbox) perMinute(robot string) int32 {
	env := o.shell.Env()
	if n := env.Robot(robot).GetRequestsPerMinute(); n > 0 {
		return n
	}
	return env.GetSettings().GetRequestsPerMinute()
}

// asking is the next request of a robot. The lock is held.
func (o *Outbox) asking(robot string, lookUp bool) (Ask, *limit) {
	l := o.limit(robot)
	return Ask{Robot: robot, Address: o.link.Address(robot), PerMinute: l.perMinute, LookUp: lookUp}, l
}

// permit waits until a robot's next request may be made. While there is a pause it does not wait: it returns errPaused.
func (o *Outbox) permit(ctx context.Context, robot string, lookUp bool) error {
	o.mu.Lock()
	ask, l := o.asking(robot, lookUp)
	o.mu.Unlock()
	began := o.shell.Now()
	defer func() {
		o.permits.Add(1)
		o.waited.Add(int64(o.shell.Now().Sub(began)))
	}()
	if ask.PerMinute > 0 {
		select {
		case l.turn <- struct{}{}:
			defer func() { <-l.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		grant, err := o.limits.Take(ctx, ask)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			o.log.Warn("limit of an address", "robot", robot, "error", err)
			grant.Wait = minPause
		case grant.Paused:
			return errPaused
		case grant.Wait <= 0:
			return nil
		}
		timer := time.NewTimer(grant.Wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// mayLook reports whether a look-up may be asked for now. The lock is held; whoever gets true must call firstLook.
func (o *Outbox) mayLook(robot string) bool {
	l := o.limit(robot)
	if l.perMinute > 0 && (l.asking || o.shell.Now().Before(l.lookAfter)) || o.addressRests(robot) > 0 {
		return false
	}
	l.asking = true
	return true
}

// firstLook takes the unit of a look-up's first request, or says that there is none now.
func (o *Outbox) firstLook(robot string) bool {
	o.mu.Lock()
	ask, l := o.asking(robot, true)
	o.mu.Unlock()
	grant, err := o.limits.Take(o.ctx, ask)
	o.mu.Lock()
	defer o.mu.Unlock()
	l.asking = false
	if err != nil {
		grant.Wait = minPause
	}
	l.lookAfter = o.shell.Now().Add(grant.Wait)
	return grant.Wait <= 0
}

// noteLimited lets nobody call an address whose platform asked for a pause.
func (o *Outbox) noteLimited(robot string, err error) {
	if errors.Is(err, ErrLimited) {
		o.pause(Pause{Scope: Scope{Address: o.link.Address(robot)}, For: max(o.link.RetryAfter(err), minPause)})
	}
}

// pause holds here at once, and for the others when it is stored.
func (o *Outbox) pause(p Pause) {
	ctx, cancel := context.WithTimeout(o.ctx, pauseTimeout)
	defer cancel()
	if err := o.limits.Pause(ctx, p); err != nil && o.ctx.Err() == nil {
		o.log.Error("pause", "of", p.Scope.String(), "error", err)
	}
}

// recovered lets everybody send to a robot again whose probe came through.
func (o *Outbox) recovered(robot string) {
	ctx, cancel := context.WithTimeout(o.ctx, pauseTimeout)
	defer cancel()
	if err := o.limits.Clear(ctx, Scope{Robot: robot}); err != nil && o.ctx.Err() == nil {
		o.log.Error("end of a pause", "robot", robot, "error", err)
	}
}

// pauseTimeout bounds the wait until a pause is stored: the sender waits for it, so that it does not call again in between.
const pauseTimeout = 5 * time.Second

// rests is how long nothing may be sent to a robot, because of itself or its address, as far as it is known here.
func (o *Outbox) rests(robot string) time.Duration {
	own, _ := o.limits.Rest(Scope{Robot: robot})
	return max(own, o.addressRests(robot))
}

func (o *Outbox) addressRests(robot string) time.Duration {
	left, _ := o.limits.Rest(Scope{Address: o.link.Address(robot)})
	return left
}

// tripped reports whether the breaker paused a robot and no probe came through yet.
func (o *Outbox) tripped(robot string) bool {
	_, tripped := o.limits.Rest(Scope{Robot: robot})
	return tripped
}
