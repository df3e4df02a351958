package outbox

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Memory are the limits of a process that shares its addresses with nobody. It begins with nothing saved up: what an earlier process sent in
// the last minute is not known, and counts for the platform all the same.
type Memory struct {
	now   func() time.Time // of pauses
	began time.Time

	paused atomic.Int32 // how many pauses there are
	mu     sync.Mutex
	spaced map[string]*spaced // by address
	pauses map[Scope]*pause
}

// spaced are the units of one address. Next is when all that is saved up will have come back.
type spaced struct {
	perMinute      int32
	sends, lookUps time.Time
	every, between time.Duration // of sends and of look-ups
	savedUp        time.Duration // the burst but one
}

// pause is a pause as it is remembered.
type pause struct {
	until   time.Time
	length  time.Duration
	tripped bool
}

// NewMemory makes limits. Pauses are by the given clock; units come by the machine's.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, began: time.Now(), spaced: make(map[string]*spaced), pauses: make(map[Scope]*pause)}
}

// Take implements Limits.
func (m *Memory) Take(_ context.Context, ask Ask) (Grant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	grant := Grant{}
	for _, scope := range ask.scopes() {
		p := m.pauses[scope]
		if p == nil {
			continue
		}
		if left := p.until.Sub(m.now()); left > 0 {
			return Grant{Wait: left, Paused: true}, nil
		}
		if !p.tripped {
			m.forget(scope)
		}
		grant.Probe = grant.Probe || p.tripped
	}
	if ask.PerMinute > 0 {
		if wait := m.unit(ask, time.Now()); wait > 0 {
			return Grant{Wait: wait}, nil
		}
	}
	if grant.Probe {
		for _, scope := range ask.scopes() {
			if p := m.pauses[scope]; p != nil {
				p.until = m.now().Add(p.length)
			}
		}
	}
	return grant, nil
}

// unit takes one, or says when there is one.
func (m *Memory) unit(ask Ask, now time.Time) time.Duration {
	s := m.spaced[ask.Address]
	if s == nil || s.perMinute != ask.PerMinute {
		s = m.space(ask, now)
	}
	wait := s.sends.Sub(now) - s.savedUp
	if ask.LookUp {
		wait = max(wait, s.lookUps.Sub(now))
	}
	if wait > 0 {
		return wait
	}
	s.sends = latest(s.sends, now).Add(s.every)
	if ask.LookUp {
		s.lookUps = now.Add(s.between)
	}
	return 0
}

// space begins the units of an address, or changes its limit. Nothing is saved up.
func (m *Memory) space(ask Ask, now time.Time) *spaced {
	every, burst := Spacing(ask.PerMinute)
	s := &spaced{perMinute: ask.PerMinute, every: every, between: LookUpSpacing(ask.PerMinute), savedUp: time.Duration(burst-1) * every}
	s.sends = m.began.Add(time.Duration(burst) * every)
	if old := m.spaced[ask.Address]; old != nil {
		s.sends, s.lookUps = latest(now.Add(time.Duration(burst)*every), old.sends), old.lookUps
	}
	m.spaced[ask.Address] = s
	return s
}

// Pause implements Limits.
func (m *Memory) Pause(_ context.Context, p Pause) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	until := m.now().Add(p.For)
	if old := m.pauses[p.Scope]; old != nil && !until.After(old.until) {
		old.tripped = old.tripped || p.Tripped
		return nil
	} else if old != nil {
		p.Tripped = p.Tripped || old.tripped
	}
	if m.pauses[p.Scope] == nil {
		m.paused.Add(1)
	}
	m.pauses[p.Scope] = &pause{until: until, length: p.For, tripped: p.Tripped}
	return nil
}

// Clear implements Limits.
func (m *Memory) Clear(_ context.Context, scope Scope) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(scope)
	return nil
}

func (m *Memory) forget(scope Scope) {
	if m.pauses[scope] != nil {
		delete(m.pauses, scope)
		m.paused.Add(-1)
	}
}

// Rest implements Limits.
func (m *Memory) Rest(scope Scope) (left time.Duration, tripped bool) {
	if m.paused.Load() == 0 {
		return 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pauses[scope]
	if p == nil {
		return 0, false
	}
	return max(0, p.until.Sub(m.now())), p.tripped
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
