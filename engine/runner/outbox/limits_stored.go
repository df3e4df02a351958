package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// Times of shared limits.
const (
	pausesEvery = time.Second            // between looks at the pauses of others
	takeTimeout = 2 * time.Second        // for one question to the store
	pauseAgain  = 100 * time.Millisecond // before a pause is stored again that could not be
)

// Stored are limits that replicas share through the database, by its clock. A request to an address that has a limit costs one statement; others
// cost none, but for robots that are known to pause.
type Stored struct {
	store storage.LimitStore
	log   *slog.Logger
	hint  func()

	known  atomic.Int32 // how many pauses there are
	mu     sync.Mutex
	pauses map[Scope]*storedPause
	wake   chan struct{}
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// storedPause is a pause as it was last seen, by the machine's clock.
type storedPause struct {
	pause
	noted   time.Time // here
	storing bool
}

// NewStored makes limits and begins to follow the pauses of others, until Close. Hint may be nil; it is called when the others should look at once.
func NewStored(store storage.LimitStore, log *slog.Logger, hint func()) *Stored {
	if hint == nil {
		hint = func() {}
	}
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // its own life begins here
	s := &Stored{store: store, log: log, hint: hint, pauses: make(map[Scope]*storedPause), wake: make(chan struct{}, 1), cancel: cancel}
	s.work.Go(func() { s.follow(ctx) })
	return s
}

// Close ends it.
func (s *Stored) Close() {
	s.cancel()
	s.work.Wait()
}

// Look looks at the pauses of others now. It returns at once.
func (s *Stored) Look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Stored) follow(ctx context.Context) {
	ticker := time.NewTicker(pausesEvery)
	defer ticker.Stop()
	away := false
	for {
		err := s.read(ctx)
		if failed := err != nil && ctx.Err() == nil; failed != away {
			if away = failed; away {
				s.log.Warn("pauses of others", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.wake:
		}
	}
}

// read takes over the pauses as they are stored. What was noted here meanwhile stays.
func (s *Stored) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	began := time.Now()
	stored, err := s.store.ListPauses(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for scope, p := range s.pauses {
		if p.noted.Before(began) && !p.storing {
			delete(s.pauses, scope)
		}
	}
	for _, p := range stored {
		if scope := scopeOf(p.Scope); s.pauses[scope] == nil {
			s.pauses[scope] = &storedPause{pause{until: began.Add(p.Left), length: p.Length, tripped: p.Tripped}, began, false}
		}
	}
	s.known.Store(int32(len(s.pauses)))
	return nil
}

// scopeOf reads a scope's key.
func scopeOf(key string) Scope {
	if robot, ok := strings.CutPrefix(key, "robot:"); ok {
		return Scope{Robot: robot}
	}
	return Scope{Address: strings.TrimPrefix(key, "address:")}
}

// Take implements Limits.
func (s *Stored) Take(ctx context.Context, ask Ask) (Grant, error) {
	left, known := s.restOf(ask)
	if left > 0 {
		return Grant{Wait: left, Paused: true}, nil
	}
	if ask.PerMinute <= 0 && !known {
		return Grant{}, nil
	}
	take := storage.UnitTake{Address: ask.Address}
	for _, scope := range ask.scopes() {
		take.Scopes = append(take.Scopes, scope.String())
	}
	if ask.PerMinute > 0 {
		every, burst := Spacing(ask.PerMinute)
		take.Every, take.SavedUp = every, time.Duration(burst-1)*every
		if ask.LookUp {
			take.LookUps = LookUpSpacing(ask.PerMinute)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	asked := time.Now()
	answer, err := s.store.TakeUnit(ctx, take)
	if err != nil {
		return Grant{}, fmt.Errorf("take a unit of %s: %w", ask.Address, err)
	}
	if late := time.Since(asked); answer.Wait <= 0 && late > GrantValid {
		return Grant{Wait: minPause}, nil // it is not known when in between it was taken
	}
	if answer.Paused || answer.Probe {
		s.Look()
	}
	return Grant{Wait: answer.Wait, Paused: answer.Paused, Probe: answer.Probe}, nil
}

// restOf is how long a request surely waits for a pause, and whether there is one to ask about.
func (s *Stored) restOf(ask Ask) (left time.Duration, known bool) {
	if s.known.Load() == 0 {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, scope := range ask.scopes() {
		if p := s.pauses[scope]; p != nil {
			left, known = max(left, time.Until(p.until)), true
		}
	}
	return left, known
}

// Pause implements Limits.
func (s *Stored) Pause(ctx context.Context, p Pause) error {
	until := time.Now().Add(p.For)
	s.mu.Lock()
	noted := &storedPause{pause{until: until, length: p.For, tripped: p.Tripped}, time.Now(), true}
	if old := s.pauses[p.Scope]; old != nil {
		noted.until = latest(noted.until, old.until)
		if old.tripped && !p.Tripped {
			noted.tripped, noted.length = true, old.length
		}
	}
	s.pauses[p.Scope] = noted
	s.known.Store(int32(len(s.pauses)))
	s.mu.Unlock()
	err := s.again(ctx, func() error { return s.store.PutPause(ctx, p.Scope.String(), time.Until(until), p.Tripped) })
	s.mu.Lock()
	noted.noted, noted.storing = time.Now(), false
	s.mu.Unlock()
	s.hint()
	return err
}

// Clear implements Limits.
func (s *Stored) Clear(ctx context.Context, scope Scope) error {
	s.mu.Lock()
	delete(s.pauses, scope)
	s.known.Store(int32(len(s.pauses)))
	s.mu.Unlock()
	err := s.again(ctx, func() error { return s.store.ClearPause(ctx, scope.String()) })
	s.hint()
	return err
}

// again does something until it is done or the context ends.
func (s *Stored) again(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil {
			return nil
		}
		timer := time.NewTimer(pauseAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// Rest implements Limits.
func (s *Stored) Rest(scope Scope) (left time.Duration, tripped bool) {
	if s.known.Load() == 0 {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pauses[scope]
	if p == nil {
		return 0, false
	}
	return max(0, time.Until(p.until)), p.tripped
}
