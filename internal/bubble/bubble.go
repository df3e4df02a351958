// Package bubble runs tests in virtual time.
package bubble

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

// Test runs f as synctest.Test does, on one processor where the race detector is on.
//
// A bubble has one race context for all of its timers, and several goroutines use it: whoever starts a timer that is due
// already runs it at once (runtime/time.go: timer.modify, timer.maybeRunChan). On two processors at the same moment they
// spoil the detector's stack, and the process dies of SIGSEGV in its StackDepot. Timers run on the system stack, which
// is not preempted, so that one processor is enough.
func Test(t *testing.T, f func(*testing.T)) {
	t.Helper()
	if raceEnabled {
		alone.enter()
		defer alone.leave()
	}
	synctest.Test(t, f)
}

// alone holds the process at one processor while any bubble runs: tests in parallel share it.
var alone processor //nolint:gochecknoglobals // as GOMAXPROCS itself

type processor struct {
	mu     sync.Mutex
	inside int
	before int // processors outside of bubbles
}

func (p *processor) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside++; p.inside == 1 {
		p.before = runtime.GOMAXPROCS(1)
	}
}

func (p *processor) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside--; p.inside == 0 {
		runtime.GOMAXPROCS(p.before)
	}
}
