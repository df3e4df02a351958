package runner

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
)

// idSource makes event ids that are unique and in order of receipt within a process: the low half counts up inside one millisecond from a
// random start.
type idSource struct {
	mu      sync.Mutex
	last    int64
	entropy uint64
}

const entropyBits = 50

func (s *idSource) next(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if milli := now.UnixMilli(); milli > s.last {
		s.last, s.entropy = milli, rand.Uint64()>>(64-entropyBits+1) // the upper half of the range stays free for counting
	} else if s.entropy += 1 + rand.Uint64N(1<<20); s.entropy >= 1<<entropyBits {
		s.last, s.entropy = s.last+1, rand.Uint64()>>(64-entropyBits+1) // the millisecond is full
	}
	return engine.NewID(time.UnixMilli(s.last), s.entropy)
}
