package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowdesk/flowdesk/internal/archive"
	"github.com/flowdesk/flowdesk/storage"
)

// Retention says how long what grows without end is kept. Zero keeps it for ever.
type Retention struct {
	Turns    time.Duration // what happened in sessions, node by node; it is what a replay needs
	Messages time.Duration // what was said
	Runs     time.Duration // ended instances and settled commands
	Facts    time.Duration // what analysis counts
	// Archive is a directory into which everything is written before it is removed; empty archives nothing.
	Archive string
}

// Upkeep of the database.
const (
	upkeepFirst = time.Minute // after the start: callbacks come first
	upkeepEvery = time.Hour
	expireStep  = 500                   // rows removed at once: some milliseconds, in which turns wait on SQLite
	expirePause = 20 * time.Millisecond // between two steps, for turns to be committed
)

// upkeep does from time to time what the database needs, and removes what is old.
func (a *App) upkeep(ctx context.Context, keep Retention) {
	next := time.NewTimer(upkeepFirst)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if _, err := a.Store.Upkeep(ctx, func(ctx context.Context) error { return a.Expire(ctx, keep) }); err != nil && ctx.Err() == nil {
			a.log.Error("upkeep of the database; it is tried again", "error", err)
		}
		next.Reset(upkeepEvery)
	}
}

// Expire removes what is older than it is to be kept.
func (a *App) Expire(ctx context.Context, keep Retention) error {
	now := a.Runner.Now()
	var put storage.ArchiveFunc
	if keep.Archive != "" {
		put = archive.Directory{Path: keep.Archive, Now: a.Runner.Now}.Put
	}
	var errs []error
	for _, k := range []struct {
		kind storage.Ages
		name string
		keep time.Duration
	}{
		{storage.Messages, "messages", keep.Messages},
		{storage.Runs, "runs", keep.Runs},
		{storage.Facts, "facts", keep.Facts},
		{storage.Turns, "turns", keep.Turns},
	} {
		if k.keep <= 0 {
			continue
		}
		removed, err := a.expire(ctx, k.kind, now.Add(-k.keep), put)
		if removed > 0 {
			a.log.Info("removed what was old", "kind", k.name, "rows", removed)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("expire %s: %w", k.name, err))
		}
	}
	return errors.Join(errs...)
}

// expire removes one kind, step by step.
func (a *App) expire(ctx context.Context, kind storage.Ages, before time.Time, put storage.ArchiveFunc) (total int64, err error) {
	for {
		if kind == storage.Turns {
			if err := a.snapshots(ctx, before); err != nil {
				return total, err
			}
		}
		n, err := a.Store.Expire(ctx, kind, before, expireStep, put)
		if total += n; n == 0 || err != nil {
			return total, err
		}
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(expirePause):
		}
	}
}

// snapshots stores the states that need turns which are about to go.
func (a *App) snapshots(ctx context.Context, before time.Time) error {
	for {
		sessions, err := a.Store.NeedSnapshot(ctx, before, expireStep)
		if err != nil || len(sessions) == 0 {
			return err
		}
		for _, session := range sessions {
			if err := a.Runner.Snapshot(ctx, session); err != nil {
				return err
			}
		}
	}
}
