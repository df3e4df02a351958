package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// store is the database as one process sees it: its commits fail, and the process dies at one of them.
type store struct {
	storage.Store

	mu    sync.Mutex
	noise *rand.Rand
	share float64 // of commits that fail
	dies  int     // at this commit from now; 0 for none
	dead  bool
	died  chan struct{}
}

func newStore(under storage.Store, noise *rand.Rand) *store {
	return &store{Store: under, noise: noise, died: make(chan struct{})}
}

// Ways of a commit to go wrong.
const (
	goesWell = iota
	isRefused
	isLost   // it does not happen, and nobody knows
	isHidden // it happens, and nobody knows
	diesBefore
	diesAfter
)

// slowest is how long a commit takes at most while some go wrong.
const slowest = 4 * time.Second

func (s *store) fate() (fate int, takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return diesBefore, 0
	}
	if s.dies > 0 {
		if s.dies--; s.dies == 0 {
			s.end()
			return diesBefore + s.noise.IntN(2), 0
		}
	}
	if s.noise.Float64() < s.share {
		takes = time.Duration(s.noise.Int64N(int64(slowest)))
	}
	if s.noise.Float64() < s.share {
		return isRefused + s.noise.IntN(3), takes
	}
	return goesWell, takes
}

// end lets the process be dead: nothing of it reaches the database or the outside any more. The lock is held.
func (s *store) end() {
	if !s.dead {
		s.dead = true
		close(s.died)
	}
}

func (s *store) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

func (s *store) isDead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// Commit implements storage.Committer.
func (s *store) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	fate, takes := s.fate()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-s.died:
			fate = diesBefore
		}
	}
	switch fate {
	case isRefused:
		return nil, fmt.Errorf("simulated: %w", storage.ErrUnavailable)
	case isLost:
		return nil, fmt.Errorf("simulated: %w", storage.ErrUnknown)
	case diesBefore:
		return nil, storage.ErrClosed
	}
	result, err := s.Store.Commit(ctx, batch)
	switch {
	case err != nil:
		return nil, err
	case fate == isHidden:
		return nil, fmt.Errorf("simulated: %w", storage.ErrUnknown)
	case fate == diesAfter:
		return nil, storage.ErrClosed
	}
	return result, nil
}
