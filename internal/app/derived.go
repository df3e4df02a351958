package app

import (
	"context"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// Figures are derived when somebody asks for them. So that the first to ask does not wait for days of work, the last hours are looked at now and
// then.
const (
	deriveEvery = storage.DeriveLater
	deriveBack  = 3 * time.Hour
)

func (a *App) keepDerived(ctx context.Context) {
	clock := time.NewTicker(deriveEvery)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
		}
		if !a.leads() {
			continue
		}
		now := a.Runner.Now()
		if err := a.Store.Derive(ctx, now.Add(-deriveBack), now, now); err != nil && ctx.Err() == nil {
			a.log.Error("derive figures", "error", err)
		}
	}
}
