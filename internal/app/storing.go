package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/spill"
	"github.com/flowdesk/flowdesk/storage"
)

// storing knows whether what is committed is stored: a database may answer every question and have no room for an answer of its own.
type storing struct {
	prove func(context.Context) error

	mu      sync.Mutex
	failed  error         // of the last commit; nil when it was stored
	last    time.Time     // that something was stored
	proving chan struct{} // closed when the proof under way ends; nil without one
}

// idleProof is how long nothing was stored before whoever asks whether the server is ready has it tried out.
const idleProof = 30 * time.Second

func newStoring(prove func(context.Context) error) *storing {
	return &storing{prove: prove, last: time.Now()}
}

// told notes what became of a commit. What says nothing of the database, such as a caller that left, changes nothing.
func (s *storing) told(err error) {
	switch {
	case err == nil:
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, storage.ErrUnknown):
	default:
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = err
	if err == nil {
		s.last = time.Now()
	}
}

// err is why the last commit was not stored; nil when it was.
func (s *storing) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// again tries out whether there is room again after a commit that was not stored, so that this is known although nobody commits anything.
func (s *storing) again(ctx context.Context) {
	if s.err() != nil {
		s.look(ctx)
	}
}

// look finds out whether anything can be stored, where that is doubtful: the last commit failed, or nothing was stored for long. It waits for
// lookWithin at most; what is known until then stands.
func (s *storing) look(ctx context.Context) {
	s.mu.Lock()
	if s.failed == nil && time.Since(s.last) < idleProof {
		s.mu.Unlock()
		return
	}
	done := s.proving
	if done == nil {
		done = make(chan struct{})
		s.proving = done
		go s.try(context.WithoutCancel(ctx), done)
	}
	s.mu.Unlock()
	wait := time.NewTimer(lookWithin)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	case <-ctx.Done():
	}
}

func (s *storing) try(ctx context.Context, done chan struct{}) {
	s.told(s.prove(ctx))
	s.mu.Lock()
	s.proving = nil
	s.mu.Unlock()
	close(done)
}

// rest waits until no proof is under way.
func (s *storing) rest(ctx context.Context) {
	s.mu.Lock()
	done := s.proving
	s.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// keeps tells why a spill can keep nothing. It tries once in lookEvery at most, however often it is asked.
func keeps(log *spill.Spill) func() error {
	var mu sync.Mutex
	var last time.Time
	var verdict error
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= lookEvery {
			verdict, last = log.Check(), now
		}
		return verdict
	}
}

// witnessed is the runner's store: storing hears of its commits.
type witnessed struct {
	*sealed.Store

	storing *storing
}

// Commit implements storage.BatchStore.
func (s *witnessed) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	result, err := s.Store.Commit(ctx, batch)
	s.storing.told(err)
	return result, err
}
