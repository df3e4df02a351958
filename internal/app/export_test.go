package app

import (
	"context"
	"time"

	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/storage"
)

// Outside carries out the calls of an app's flows.
func Outside(a *App) *outside.Performer { return a.outside }

// Degraded is what /readyz says of an app that takes work all the same.
func Degraded(a *App) string { return a.degraded() }

// ForgetLastMessage lets an app's store not say for some times when the last message was heard.
func ForgetLastMessage(a *App, times int) {
	last := a.lastHeard
	a.lastHeard = func(ctx context.Context, before time.Time) (time.Time, error) {
		if times--; times >= 0 {
			return time.Time{}, storage.ErrUnavailable
		}
		return last(ctx, before)
	}
}
