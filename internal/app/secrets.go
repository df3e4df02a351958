package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
)

// unseal seals anew what an older key or none sealed, and gives the configuration with the secrets that it names.
func unseal(ctx context.Context, store *sealed.Store, options *Options) (outside.Config, error) {
	count, err := store.Reseal(ctx)
	if err != nil {
		return outside.Config{}, fmt.Errorf("sealed secrets: %w", err)
	}
	if count > 0 {
		options.Log.Info("sealed secrets with the present key", slog.Int("count", count))
	}
	return options.Outside.Resolved(func(id string) (string, error) { return store.Value(ctx, id) })
}

// platform is the robots' platform, at public addresses and those that the operator allows.
func platform(options Options) (robots.Platform, error) {
	inside := options.Outside.Robots
	if options.Inside {
		inside = outside.Robots{Inside: append([]string{"127.0.0.0/8", netip.IPv6Loopback().String() + "/128"}, inside.Inside...)}
	}
	guard, err := inside.Guard()
	if err != nil {
		return nil, fmt.Errorf("robots: %w", err)
	}
	return worktool.New(worktool.Options{HTTP: worktool.GuardedHTTPClient(guard)}), nil
}

// secretsChanged lets what was written count, here at once and at the other replicas soon.
func (a *App) secretsChanged(ctx context.Context) {
	a.models.mu.Lock()
	err := a.models.read(ctx)
	a.models.mu.Unlock()
	if err != nil { // it is stored, and read again soon
		a.log.Warn("take up secrets", slog.Any("error", err))
	}
	a.accessChanged()
}

// accessChanged tells the other replicas that keys, users or secrets were changed. Without the hint they find out by themselves.
func (a *App) accessChanged() { a.Fabric.Send(fabric.Access, nil) }

// hearAccess acts on what another replica changed.
func (a *App) hearAccess() {
	a.Guard.Hear()
	a.models.look()
}
