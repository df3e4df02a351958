package outbox_test

import (
	"context"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// shared is what the store keeps for all replicas, by the virtual clock. It keeps the contract of storage.LimitStore and storage.NoteStore.
type shared struct {
	mu     sync.Mutex
	sends  map[string]time.Time
	looks  map[string]time.Time
	pauses map[string]*storedPause
	notes  []storage.Notes
	stored []time.Time // of the notes
	asked  int         // for units
}

type storedPause struct {
	until   time.Time
	length  time.Duration
	tripped bool
}

func newShared() *shared {
	return &shared{sends: make(map[string]time.Time), looks: make(map[string]time.Time), pauses: make(map[string]*storedPause)}
}

func (s *shared) TakeUnit(_ context.Context, take storage.UnitTake) (*storage.UnitAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	now, answer := time.Now(), &storage.UnitAnswer{}
	var trip *storedPause
	for _, scope := range take.Scopes {
		p := s.pauses[scope]
		switch {
		case p == nil:
		case p.until.After(now):
			answer.Wait, answer.Paused = max(answer.Wait, p.until.Sub(now)), true
		case p.tripped:
			trip = p
		}
	}
	if answer.Paused {
		return answer, nil
	}
	if take.Every > 0 {
		if s.sends[take.Address].Before(now) {
			s.sends[take.Address] = now
		}
		answer.Wait = s.sends[take.Address].Sub(now) - take.SavedUp
		if take.LookUps > 0 {
			answer.Wait = max(answer.Wait, s.looks[take.Address].Sub(now))
		}
		if answer.Wait > 0 {
			return answer, nil
		}
		answer.Wait = 0
		s.sends[take.Address] = s.sends[take.Address].Add(take.Every)
		if take.LookUps > 0 {
			s.looks[take.Address] = now.Add(take.LookUps)
		}
	}
	if trip != nil {
		trip.until, answer.Probe = now.Add(trip.length), true
	}
	return answer, nil
}

func (s *shared) PutPause(_ context.Context, scope string, length time.Duration, tripped bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &storedPause{until: time.Now().Add(length), length: length, tripped: tripped}
	if old := s.pauses[scope]; old != nil {
		if old.until.After(p.until) {
			p.until = old.until
		}
		p.tripped = p.tripped || old.tripped
	}
	s.pauses[scope] = p
	return nil
}

func (s *shared) ClearPause(_ context.Context, scope string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pauses, scope)
	return nil
}

func (s *shared) ListPauses(context.Context) ([]storage.PauseLeft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []storage.PauseLeft
	for scope, p := range s.pauses {
		if left := time.Until(p.until); left > 0 || p.tripped {
			out = append(out, storage.PauseLeft{Scope: scope, Left: left, Length: p.length, Tripped: p.tripped})
		}
	}
	return out, nil
}

func (s *shared) PutNotes(_ context.Context, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = append(s.stored, time.Now())
	s.notes = append(s.notes, storage.Notes{Sequence: int64(len(s.notes)), Data: data})
	return nil
}

func (s *shared) ReadNotes(_ context.Context, since time.Time) (notes []storage.Notes, now time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range s.notes {
		if !s.stored[i].Before(since) {
			notes = append(notes, n)
		}
	}
	return notes, time.Now(), nil
}

func (s *shared) ForgetNotes(context.Context, time.Time) error { return nil }

// noted counts the rows of notes.
func (s *shared) noted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.notes)
}
