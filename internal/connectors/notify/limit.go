package notify

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limit lets at most n sends through in a window of time.
type limit struct {
	n   int
	per time.Duration
}

// windows keeps the times of a robot's last sends. Robots count in windows, so a bucket that refills would pass their limit
// just after a burst.
type windows struct {
	mu     sync.Mutex
	sent   []time.Time
	paused time.Time
}

// take reserves a send, or says how long to wait.
func (w *windows) take(limits []limit, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if wait := w.paused.Sub(now); wait > 0 {
		return wait
	}
	var wait time.Duration
	longest := 0
	for _, l := range limits {
		longest = max(longest, l.n)
		if len(w.sent) >= l.n {
			wait = max(wait, w.sent[len(w.sent)-l.n].Add(l.per).Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	w.sent = append(w.sent, now)
	if len(w.sent) > longest {
		w.sent = append(w.sent[:0], w.sent[len(w.sent)-longest:]...)
	}
	return 0
}

func (w *windows) pause(until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if until.After(w.paused) {
		w.paused = until
	}
}

const (
	defaultWait = time.Minute
	maxWait     = time.Hour
)

// resetIn reads how long an answer asks to wait.
func resetIn(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-Ogw-Ratelimit-Reset"} {
		if s, err := strconv.Atoi(h.Get(name)); err == nil && s > 0 {
			return min(time.Duration(min(s, 1<<20))*time.Second, maxWait)
		}
	}
	return defaultWait
}
