package models

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

const (
	maxPauseWait  = 3 * time.Second  // a longer pause is not waited for
	defaultPause  = time.Second      // after a refusal for rate that does not say how long
	leaveAlone    = 10 * time.Minute // after a refusal that a person must mend
	slowestShare  = 8                // the local rate is never lowered below an eighth
	failuresToGo  = 5                // failures among the last calls that open the breaker
	callsWatched  = 10
	unhealthyWait = 30 * time.Second
)

var errBusy = errors.New("the account's limits leave no time")

// account holds the limits of one account, shared by its providers.
type account struct {
	now  func() time.Time
	door door
	sem  *semaphore.Weighted // nil is no limit
	rate *rate.Limiter       // nil is no limit
	full rate.Limit

	mu     sync.Mutex
	paused time.Time // until then the provider wants nothing
}

func newAccount(l Limits, now func() time.Time) *account {
	a := &account{now: now, door: newDoor()}
	if l.Concurrent > 0 {
		a.sem = semaphore.NewWeighted(int64(l.Concurrent))
	}
	if l.PerMinute > 0 {
		a.full = rate.Limit(float64(l.PerMinute) / 60)
		a.rate = rate.NewLimiter(a.full, max(1, l.PerMinute/6))
	}
	return a
}

// acquire waits for a turn until ctx ends; release must be called after the call.
func (a *account) acquire(ctx context.Context) (release func(), err error) {
	a.mu.Lock()
	wait := a.paused.Sub(a.now())
	a.mu.Unlock()
	if wait > 0 {
		if wait > maxPauseWait || !sleep(ctx, wait) {
			return nil, errBusy
		}
	}
	if a.sem != nil && a.sem.Acquire(ctx, 1) != nil {
		return nil, errBusy
	}
	release = func() {
		if a.sem != nil {
			a.sem.Release(1)
		}
	}
	if a.rate != nil && a.rate.Wait(ctx) != nil {
		release()
		return nil, errBusy
	}
	return release, nil
}

// limited lowers the local rate and pauses the account as the provider asked.
func (a *account) limited(wait time.Duration) {
	if wait <= 0 {
		wait = defaultPause
	}
	a.mu.Lock()
	if until := a.now().Add(wait); until.After(a.paused) {
		a.paused = until
	}
	a.mu.Unlock()
	if a.rate != nil {
		a.rate.SetLimit(max(a.full/slowestShare, a.rate.Limit()/2))
	}
}

// good lets a lowered rate rise again, a tenth at a time.
func (a *account) good() {
	if a.rate != nil && a.rate.Limit() < a.full {
		a.rate.SetLimit(min(a.full, a.rate.Limit()*1.1))
	}
}

// door keeps calls away from where a person must mend something first; one call at a time tries it again.
type door struct {
	b circuitbreaker.CircuitBreaker[any]
}

func newDoor() door {
	return door{circuitbreaker.NewBuilder[any]().WithDelay(leaveAlone).Build()}
}

// enter reports whether a call may go; leave must be called after it.
func (d door) enter() bool { return d.b.TryAcquirePermit() }

// leave tells what became of the call: shut closes the door, sure opens it for all.
func (d door) leave(shut, sure bool) {
	switch {
	case shut:
		d.b.Open()
	case sure || d.b.IsClosed():
		d.b.RecordSuccess()
	default: // it was the trial, and it proved nothing
		d.b.Open()
	}
}

// sleep reports whether d passed before ctx ended. It does not begin to wait for what cannot be.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
