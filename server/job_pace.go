package server

import (
	"sync"
	"time"
)

// Rests of jobs. Messages come first: a row is several small commits, behind each of which a message may wait, and takes of the processors what a
// message takes.
const (
	restsQuiet = 1 // times as long as a row took, for each job that is worked on
	restsBusy  = 4 // the same while messages come
	leastRest  = 2 * time.Millisecond
	mostRest   = time.Second

	mostBreath = 50 * time.Millisecond // between two pages of the list whose rows a job takes

	paceOver = 250 * time.Millisecond // over which is counted what comes, at least
	paceBusy = 8                      // callbacks a second from which on a desk is busy
)

// pace says how long jobs rest.
type pace struct {
	mu    sync.Mutex
	since time.Time
	came  int64 // callbacks until then
	busy  bool
}

// rest is how long whoever acted on a row rests, by how long that took, how many work, and how many callbacks have come so far.
func (p *pace) rest(now time.Time, took time.Duration, workers int, came int64) time.Duration {
	times := restsQuiet
	if p.messages(now, came) {
		times = restsBusy
	}
	return min(max(took*time.Duration(times*max(workers, 1)), leastRest), mostRest)
}

// breath is how long whoever read a page of a list rests before the next one: not at all while no messages come, since somebody waits for it.
func (p *pace) breath(now time.Time, took time.Duration, came int64) time.Duration {
	if !p.messages(now, came) {
		return 0
	}
	return min(took, mostBreath)
}

// messages reports whether messages come.
func (p *pace) messages(now time.Time, came int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if passed := now.Sub(p.since); passed >= paceOver {
		p.busy = float64(came-p.came) >= paceBusy*passed.Seconds()
		p.since, p.came = now, came
	}
	return p.busy
}
