package outbox

import (
	"errors"
	"time"

	"golang.org/x/time/rate"
)

// limit is the rate limit of one source address; sends and look-ups count together.
type limit struct {
	perMinute   int32
	sends       *rate.Limiter
	looks       *rate.Limiter
	pausedUntil time.Time // the platform asked for a pause
}

// burstShare is the part of a minute's requests that may be made at once.
const burstShare = 20

// limit gives the limit of a robot's address: the smallest of the robots there, since the platform counts them together.
func (o *Outbox) limit(robot string) *limit {
	address := o.link.Address(robot)
	perMinute := o.perMinute(robot)
	for _, other := range o.shell.Env().GetRobots() {
		if n := o.perMinute(other.GetId()); n > 0 && (perMinute == 0 || n < perMinute) && o.link.Address(other.GetId()) == address {
			perMinute = n
		}
	}
	l := o.limits[address]
	if l == nil {
		l = &limit{perMinute: -1, sends: rate.NewLimiter(rate.Inf, 1), looks: rate.NewLimiter(rate.Inf, 1)}
		o.limits[address] = l
	}
	if known := l.perMinute >= 0; l.perMinute != perMinute {
		l.set(perMinute)
		if known {
			l.empty()
		}
	}
	return l
}

func (o *Outbox) perMinute(robot string) int32 {
	env := o.shell.Env()
	if n := env.Robot(robot).GetRequestsPerMinute(); n > 0 {
		return n
	}
	return env.GetSettings().GetRequestsPerMinute()
}

// set changes what the address may do in a minute. The rate leaves room for the burst, so that no sliding minute has more than the limit.
func (l *limit) set(perMinute int32) {
	l.perMinute = perMinute
	if perMinute <= 0 {
		l.sends, l.looks = rate.NewLimiter(rate.Inf, 1), rate.NewLimiter(rate.Inf, 1)
		return
	}
	burst := max(1, int(perMinute)/burstShare)
	every := rate.Every(time.Minute/time.Duration(int(perMinute)-burst+1) + time.Millisecond) // what is rounded off must not add up to one more
	l.sends, l.looks = rate.NewLimiter(every, burst), rate.NewLimiter(every/lookupShare, 1)
}

// empty takes what is saved up. What an earlier process, or this one under another limit, sent in the last minute is not known here, and counts
// for the platform all the same.
func (l *limit) empty() { l.sends.AllowN(time.Now(), l.sends.Burst()) }

// mayLook takes the unit of a look-up's first request from both shares, or from none.
func (l *limit) mayLook(now time.Time) bool {
	return !now.Before(l.pausedUntil) && l.looks.Tokens() >= 1 && l.sends.Allow() && l.looks.Allow()
}

// limited notes that the platform asked an address for a pause. The lock is held.
func (o *Outbox) limited(robot string, err error, now time.Time) {
	if errors.Is(err, ErrLimited) {
		l := o.limit(robot)
		if until := now.Add(max(o.link.RetryAfter(err), minPause)); until.After(l.pausedUntil) {
			l.pausedUntil = until
		}
	}
}

// paused reports whether the platform asked a robot's address for a pause that is not over.
func (o *Outbox) paused(robot string, now time.Time) bool {
	l := o.limits[o.link.Address(robot)]
	return l != nil && now.Before(l.pausedUntil)
}
