package app

import "github.com/flowdesk/flowdesk/internal/outside"

// Outside carries out the calls of an app's flows.
func Outside(a *App) *outside.Performer { return a.outside }

// Degraded is what /readyz says of an app that takes work all the same.
func Degraded(a *App) string { return a.degraded() }
