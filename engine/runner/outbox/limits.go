package outbox

import (
	"context"
	"time"
)

// Limits say when requests to the robots' platforms may be made. What they promise holds for everybody who shares them, and over restarts: no
// address gets more requests than its limit in any 60 s, nobody calls before the end of a pause, and after a trip one probe is under way at a
// time.
//
// Alone keeps them in memory. Replicas share them through the database, which is asked before each request to an address that has a limit. All
// methods are safe for concurrent use.
type Limits interface {
	// Take takes the unit of one request, if there is one, or says how long to wait before it is asked again. It must not reserve what it does
	// not grant. It must answer within its context; with an error nothing may be sent. For an address without a limit, and without a pause that
	// is known here, it must answer from memory: it stands before every send.
	Take(ctx context.Context, ask Ask) (Grant, error)
	// Pause lets nobody make requests to a scope for a time from now. Of several pauses the one that ends last stands. It is tried until it is
	// stored or the context ends; here it holds at once.
	Pause(ctx context.Context, pause Pause) error
	// Clear ends the pauses of a scope: its probe came through.
	Clear(ctx context.Context, scope Scope) error
	// Rest is how long a scope surely rests, and whether it is because it tripped, from memory and at once. What others did may be seen a second
	// late; Take decides.
	Rest(scope Scope) (left time.Duration, tripped bool)
}

// Scope is what a pause is for: every request to an address, or what one robot sends. One of both is set.
type Scope struct{ Address, Robot string }

// String is the scope as a key.
func (s Scope) String() string {
	if s.Robot != "" {
		return "robot:" + s.Robot
	}
	return "address:" + s.Address
}

// Ask is one request that is about to be made.
type Ask struct {
	Robot   string
	Address string
	// PerMinute is the most requests that the address may get in any 60 s, of sends and look-ups together; 0 is no limit.
	PerMinute int32
	// LookUp is true for a look-up. They get at most a third of the requests, and rest with their address alone.
	LookUp bool
}

// scopes are those whose pauses hold a request up.
func (a Ask) scopes() []Scope {
	if a.LookUp {
		return []Scope{{Address: a.Address}}
	}
	return []Scope{{Address: a.Address}, {Robot: a.Robot}}
}

// Grant answers an Ask.
type Grant struct {
	// Wait is 0 when the request may be made, within GrantValid. Otherwise it may not, and it is asked again after this time.
	Wait time.Duration
	// Paused is true when it is a pause that must be waited for, and not the next unit.
	Paused bool
	// Probe is true for the first request after the pause of a trip. Until Clear, or until the pause begins anew, nobody else gets one.
	Probe bool
}

// Pause is a time in which a scope must be left alone.
type Pause struct {
	Scope Scope
	For   time.Duration
	// Tripped lets a single probe through after the pause, and the next one after as long again, until Clear. Otherwise the pause is over at its
	// end.
	Tripped bool
}

// GrantValid is how long a grant is good for. It bounds, with the travel of a request, how much closer together requests can arrive than they
// were granted.
const GrantValid = time.Second

// Limits are counted over a little more than the platform's minute, since requests do not travel equally fast.
const (
	limitWindow = time.Minute + 2*time.Second
	burstShare  = 20 // the part of a minute's requests that may be made at once
)

// Spacing is how a limit is kept, by every implementation alike: a unit comes every so often, and so many may be saved up. No window of 62 s
// then has more than perMinute units. Look-ups have units of their own besides, lookupShare times as rare, of which none are saved up.
func Spacing(perMinute int32) (every time.Duration, burst int) {
	burst = max(1, int(perMinute)/burstShare)
	return limitWindow/time.Duration(int(perMinute)-burst+1) + time.Millisecond, burst // what is rounded off must not add up to one more
}

// LookUpSpacing is Spacing of look-ups.
func LookUpSpacing(perMinute int32) time.Duration {
	every, _ := Spacing(perMinute)
	return lookupShare * every
}
