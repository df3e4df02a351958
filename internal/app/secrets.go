package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
)

// unseal seals anew what an older key or none sealed, and gives the configuration with the secrets that it names. What needs one that is not there
// is left out until it is: nobody could give it to a server that does not start.
func unseal(ctx context.Context, store *sealed.Store, options *Options) (outside.Config, error) {
	count, err := store.Reseal(ctx)
	if err != nil {
		return outside.Config{}, fmt.Errorf("sealed secrets: %w", err)
	}
	if count > 0 {
		options.Log.Info("sealed secrets with the present key", slog.Int("count", count))
	}
	secrets, err := store.ListSecrets(ctx)
	if err != nil {
		return outside.Config{}, fmt.Errorf("sealed secrets: %w", err)
	}
	left, _ := options.Outside.Without(among(secrets))
	return left.Resolved(func(id string) (string, error) { return store.Value(ctx, id) })
}

// among tells whether a secret is one of those.
func among(secrets []*storage.SecretRecord) func(id string) bool {
	return func(id string) bool {
		return slices.ContainsFunc(secrets, func(record *storage.SecretRecord) bool { return record.Secret.GetName() == "secrets/"+id })
	}
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
