package simulator

import (
	"context"
	"errors"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
)

// Bounds of one move of the clock.
const (
	maxAhead   = 31 * 24 * time.Hour
	maxMoves   = 500_000                // due times in one step
	lookPause  = 20 * time.Microsecond  // between two looks whether everything is done, at first
	longLook   = 500 * time.Microsecond // at last
	lookGrowth = 1.3
)

// errEnding is a step in a simulation that is being removed.
var errEnding = errors.New("the simulation ends")

// quiet waits until everything that was begun is committed and carried on.
func (w *world) quiet(ctx context.Context) error {
	for pause := lookPause; ; pause = min(time.Duration(float64(pause)*lookGrowth), longLook) {
		_, before := w.runner.Progress()
		if w.runner.Idle() && w.outbox.Quiet() {
			if _, after := w.runner.Progress(); after == before && w.runner.Idle() {
				return nil
			}
		}
		if w.ending.Load() {
			return errEnding
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("wait for the simulation: %w", ctx.Err())
		case <-timer.C:
		}
	}
}

// settle does what is due now, and all that follows from it, and says what comes next; the zero time is nothing.
func (w *world) settle(ctx context.Context) (time.Time, error) {
	for range maxMoves {
		turns, batches := w.runner.Progress()
		next := soonest(w.runner.Poll(), w.outbox.Poll(), w.phones.poll()) //nolint:contextcheck // what is due outlives whoever moved the clock
		if err := w.quiet(ctx); err != nil {
			return time.Time{}, err
		}
		nowTurns, nowBatches := w.runner.Progress()
		if nowTurns > maxTurns {
			return time.Time{}, server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, fmt.Sprintf("a simulation ends after %d turns; begin it anew", maxTurns))
		}
		if nowTurns != turns {
			w.changed()
		}
		if nowTurns == turns && nowBatches == batches && (next.IsZero() || next.After(w.clock.Now())) {
			return next, nil
		}
	}
	return time.Time{}, fmt.Errorf("more than %d things were due at %s", maxMoves, w.clock.Now())
}

func soonest(times ...time.Time) time.Time {
	first := time.Time{}
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// advance lets time go by until a time, with everything that falls due on the way, in order.
func (w *world) advance(ctx context.Context, until time.Time) error {
	return w.move(ctx, until, func() bool { return false })
}

// next lets time go by until something has happened: a turn was made. When nothing is planned for the next 31 days, the clock stays.
func (w *world) next(ctx context.Context) error {
	turns, _ := w.runner.Progress()
	begin := w.clock.Now()
	happened := func() bool {
		now, _ := w.runner.Progress()
		return now != turns
	}
	upcoming, err := w.settle(ctx)
	if err != nil || happened() || upcoming.IsZero() || upcoming.After(begin.Add(maxAhead)) {
		return err
	}
	return w.move(ctx, begin.Add(maxAhead), happened)
}

// move lets time go by from one due time to the next until a time, or until enough has happened.
func (w *world) move(ctx context.Context, until time.Time, enough func() bool) error {
	if until.After(w.clock.Now().Add(maxAhead)) {
		return server.RefuseField("advance", "at most 31 days at once")
	}
	for range maxMoves {
		next, err := w.settle(ctx)
		if err != nil || enough() {
			return err
		}
		if next.IsZero() || next.After(until) {
			w.clock.set(until)
			return nil
		}
		w.clock.set(next)
	}
	return server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "too much is due in that time; advance by less")
}
