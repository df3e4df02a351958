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
	low     uint64
	entropy func() uint64 // nil for random numbers
}

const (
	entropyBits = 50
	stepBits    = 20 // of the steps by which ids of one millisecond count up
)

func (s *idSource) next(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if milli := now.UnixMilli(); milli > s.last {
		s.last, s.low = milli, s.draw()>>(64-entropyBits+1) // the upper half of the range stays free for counting
	} else if s.low += 1 + s.draw()>>(64-stepBits); s.low >= 1<<entropyBits {
		s.last, s.low = s.last+1, s.draw()>>(64-entropyBits+1) // the millisecond is full
	}
	return engine.NewID(time.UnixMilli(s.last), s.low)
}

func (s *idSource) draw() uint64 {
	if s.entropy != nil {
		return s.entropy()
	}
	return rand.Uint64()
}
