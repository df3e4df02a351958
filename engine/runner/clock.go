package runner

import "time"

// Watching the clock.
const (
	clockLook  = time.Second     // between two looks
	clockSlack = 2 * time.Second // by which the clock may be adjusted without more
)

// clockWatch sees jumps of the clock: waits are measured by the time that passes, due times by the clock.
type clockWatch struct {
	passed time.Time // with the monotonic reading
	clock  time.Time // without
}

func (w *clockWatch) start(now time.Time) { w.passed, w.clock = time.Now(), now.Round(0) }

// jumped reports whether the clock jumped since the last look.
func (w *clockWatch) jumped(now time.Time) bool {
	off := now.Round(0).Sub(w.clock) - time.Since(w.passed)
	w.start(now)
	return off.Abs() > clockSlack
}
