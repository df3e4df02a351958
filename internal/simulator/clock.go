package simulator

import (
	"sync/atomic"
	"time"
)

// clock is virtual time in nanoseconds since 1970. It only goes forward.
type clock struct{ now atomic.Int64 }

func newClock(at time.Time) *clock {
	c := &clock{}
	c.now.Store(at.UnixNano())
	return c
}

// Now is the virtual time.
func (c *clock) Now() time.Time { return time.Unix(0, c.now.Load()) }

// set moves the clock on; a time before now changes nothing.
func (c *clock) set(at time.Time) {
	if at := at.UnixNano(); at > c.now.Load() {
		c.now.Store(at)
	}
}
