package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
)

// unseal seals anew what an older key or none sealed, and fills in the secrets that the configuration names.
func unseal(ctx context.Context, store *sealed.Store, options *Options) error {
	count, err := store.Reseal(ctx)
	if err != nil {
		return fmt.Errorf("sealed secrets: %w", err)
	}
	if count > 0 {
		options.Log.Info("sealed secrets with the present key", slog.Int("count", count))
	}
	return options.Outside.Resolve(func(id string) (string, error) { return store.Value(ctx, id) })
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
