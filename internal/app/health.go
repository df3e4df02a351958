package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// Times of watching the database.
const (
	lookEvery  = 500 * time.Millisecond
	lookWithin = time.Second // one that takes longer to say anything is away
)

// health watches the database, so that nobody has to wait to find out that it is away.
type health struct {
	ping  func(context.Context) error
	every time.Duration
	log   *slog.Logger
	after func(context.Context) // done after each look at a database that answers

	mu     sync.Mutex
	away   error                             // nil while it answers
	nextID int64                             // of a request under way
	under  map[int64]context.CancelCauseFunc // requests under way
}

func newHealth(ping func(context.Context) error, every time.Duration) *health {
	if every == 0 {
		every = lookEvery
	}
	return &health{ping: ping, every: every, log: slog.New(slog.DiscardHandler), under: make(map[int64]context.CancelCauseFunc)}
}

// watch looks whether the database answers, until the context ends.
func (h *health) watch(ctx context.Context) {
	ticks := time.NewTicker(h.every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		h.look(ctx)
		if h.after != nil && h.Away() == nil {
			h.after(ctx)
		}
	}
}

// silentWithin is how long the database may say nothing in the middle of a start.
const silentWithin = 5 * time.Second

// during does something that has no time of its own, and ends its context when the database falls silent meanwhile; the error then wraps
// storage.ErrUnavailable.
func (h *health) during(ctx context.Context, f func(context.Context) error) error {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watching, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		ticks := time.NewTicker(h.every)
		defer ticks.Stop()
		for heard := time.Now(); ; {
			select {
			case <-watching.Done():
				return
			case <-ticks.C:
			}
			asked, enough := context.WithTimeout(watching, lookWithin)
			err := h.ping(asked)
			enough()
			if err == nil {
				heard = time.Now()
			} else if time.Since(heard) >= silentWithin {
				cancel(fmt.Errorf("%w: it said nothing for %s", storage.ErrUnavailable, silentWithin))
			}
		}
	})
	err := f(limited)
	stop()
	work.Wait()
	if silent := context.Cause(limited); err != nil && silent != nil && ctx.Err() == nil && !errors.Is(err, storage.ErrUnavailable) {
		return fmt.Errorf("%w: %w", silent, err)
	}
	return err
}

func (h *health) look(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	err := h.ping(limited)
	switch {
	case ctx.Err() != nil: // nobody asks any more
		return
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: no answer within %s", storage.ErrUnavailable, lookWithin)
	}
	h.found(err)
}

func (h *health) found(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.away
	h.away = err
	if err == nil {
		if before != nil {
			h.log.Info("the database answers again")
		}
		return
	}
	if before == nil {
		h.log.Warn("the database does not answer", "error", err)
	}
	for id, cancel := range h.under {
		cancel(err)
		delete(h.under, id)
	}
}

// Away implements server.Presence.
func (h *health) Away() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.away
}

// While implements server.Presence.
func (h *health) While(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nextID++
	id := h.nextID
	h.under[id] = cancel
	return ctx, func() {
		h.mu.Lock()
		delete(h.under, id)
		h.mu.Unlock()
		cancel(nil)
	}
}

// ready reports why this server takes no work. While robots' callbacks are kept on its disk it takes the ones that matter most, which nobody
// repeats: a proxy that turned them away because the database is away would lose them.
func (a *App) ready(ctx context.Context) error {
	if a.health.Away() == nil {
		a.health.look(ctx)
	}
	if a.health.Away() == nil {
		a.storing.look(ctx)
	}
	away := a.trouble()
	if away == nil {
		return nil
	}
	if a.spill == nil {
		return away
	}
	if err := a.room(); err != nil {
		return fmt.Errorf("%w; %w", away, err)
	}
	return nil
}

// trouble is what is wrong with the database, nil when nothing is.
func (a *App) trouble() error {
	if away := a.health.Away(); away != nil {
		return &told{"the database does not answer", away}
	}
	unstored := a.storing.err()
	switch {
	case unstored == nil:
		return nil
	case diskFull(unstored):
		return &told{"the database stores nothing (its disk is full)", unstored}
	default:
		return &told{"the database stores nothing", unstored}
	}
}

// diskFull reports whether the words of a database are those of one without room: SQLite's, and the system's, which PostgreSQL repeats.
func diskFull(err error) bool {
	said := strings.ToLower(err.Error())
	return strings.Contains(said, "disk is full") || strings.Contains(said, "no space left on device")
}

// told is an error in words for everybody. Those of its cause tell where the database is, and are for the log.
type told struct {
	words string
	cause error
}

// Error implements error.
func (t *told) Error() string { return t.words }

// Unwrap gives the cause.
func (t *told) Unwrap() error { return t.cause }

// degraded says what does not work.
func (a *App) degraded() string {
	var what []string
	for _, some := range []string{a.spilling(), a.slower(), a.stale()} {
		if some != "" {
			what = append(what, some)
		}
	}
	return strings.Join(what, "; ")
}

// spilling says what the database's absence keeps from working.
func (a *App) spilling() string {
	trouble := a.trouble()
	since, spilling := a.Runner.Spilling()
	switch {
	case a.spill == nil:
		return ""
	case trouble != nil && a.health.Away() != nil:
		return trouble.Error() + "; robots' callbacks are kept on disk, everything else is refused"
	case trouble != nil:
		return trouble.Error() + "; robots' callbacks are kept on disk, changes are refused"
	case spilling:
		return fmt.Sprintf("%d events that were kept on disk since %s are being stored", a.spill.Stats().Waiting, since.UTC().Format(time.RFC3339))
	}
	return ""
}
