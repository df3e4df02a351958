package runner

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/storage"
)

// mute is a store that says nothing any more.
type mute struct{ storage.Store }

func silent[T any](ctx context.Context) (nothing T, err error) {
	<-ctx.Done()
	return nothing, ctx.Err()
}

func (mute) PendingEvents(ctx context.Context, _ int64, _ int) ([]storage.InboxEvent, error) {
	return silent[[]storage.InboxEvent](ctx)
}

func (mute) PendingEventsOf(ctx context.Context, _ []int32, _ int) ([]storage.InboxEvent, error) {
	return silent[[]storage.InboxEvent](ctx)
}

func (mute) PendingCalls(ctx context.Context, _ string, _ int) ([]*flowdeskv1.Call, error) {
	return silent[[]*flowdeskv1.Call](ctx)
}

func (mute) DueSessions(ctx context.Context, _ time.Time, _ int) ([]storage.DueSession, error) {
	return silent[[]storage.DueSession](ctx)
}

func (mute) DueSessionsOf(ctx context.Context, _ []int32, _ time.Time, _ int) ([]storage.DueSession, error) {
	return silent[[]storage.DueSession](ctx)
}

func (mute) LoadSession(ctx context.Context, _ string) (*storage.SessionRecord, error) {
	return silent[*storage.SessionRecord](ctx)
}

func (mute) GetSession(ctx context.Context, _ string) (*flowdeskv1.Session, error) {
	return silent[*flowdeskv1.Session](ctx)
}

func (mute) ListTurns(ctx context.Context, _ string, _ int64, _ int) ([][]byte, error) {
	return silent[[][]byte](ctx)
}

func (mute) GetVersion(ctx context.Context, _ string, _ int32) (*flowdeskv1.FlowVersion, error) {
	return silent[*flowdeskv1.FlowVersion](ctx)
}

func (mute) GetGroup(ctx context.Context, _ string) (*flowdeskv1.Group, error) {
	return silent[*flowdeskv1.Group](ctx)
}

func (mute) MeetGroup(ctx context.Context, _ []string, _ func([]*flowdeskv1.Group) *flowdeskv1.Group) ([]*flowdeskv1.Group, error) {
	return silent[[]*flowdeskv1.Group](ctx)
}

func (mute) GetQuarantine(ctx context.Context, _ string) (*storage.QuarantineEntry, error) {
	return silent[*storage.QuarantineEntry](ctx)
}

func (mute) GetSettings(ctx context.Context) (*flowdeskv1.Settings, error) {
	return silent[*flowdeskv1.Settings](ctx)
}

// Nothing that the runner reads on its own account is waited for without end.
func TestNobodyWaitsForASilentStoreForEver(t *testing.T) {
	t.Parallel()
	reads := map[string]func(context.Context, *Runner) error{
		"the inbox":         func(ctx context.Context, r *Runner) error { _, err := r.store.PendingEvents(ctx, 0, 1); return err },
		"partitions' inbox": func(ctx context.Context, r *Runner) error { _, err := r.store.PendingEventsOf(ctx, nil, 1); return err },
		"calls":             func(ctx context.Context, r *Runner) error { _, err := r.store.PendingCalls(ctx, "", 1); return err },
		"due sessions": func(ctx context.Context, r *Runner) error {
			_, err := r.store.DueSessions(ctx, time.Now(), 1)
			return err
		},
		"partitions' due": func(ctx context.Context, r *Runner) error {
			_, err := r.store.DueSessionsOf(ctx, nil, time.Now(), 1)
			return err
		},
		"a session's record":    func(ctx context.Context, r *Runner) error { _, err := r.store.LoadSession(ctx, "s"); return err },
		"a session":             func(ctx context.Context, r *Runner) error { _, err := r.store.GetSession(ctx, "s"); return err },
		"turns":                 func(ctx context.Context, r *Runner) error { _, err := r.store.ListTurns(ctx, "s", 0, 1); return err },
		"a flow":                func(ctx context.Context, r *Runner) error { _, err := r.store.GetVersion(ctx, "f", 1); return err },
		"a group":               func(ctx context.Context, r *Runner) error { _, err := r.store.GetGroup(ctx, "g"); return err },
		"a group that is met":   func(ctx context.Context, r *Runner) error { _, err := r.store.MeetGroup(ctx, nil, nil); return err },
		"quarantine":            func(ctx context.Context, r *Runner) error { _, err := r.store.GetQuarantine(ctx, "e"); return err },
		"the whole environment": func(ctx context.Context, r *Runner) error { return r.Reload(ctx) },
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble.Test(t, func(t *testing.T) {
				began := time.Now()
				require.ErrorIs(t, read(t.Context(), New(nil, mute{}, Options{})), context.DeadlineExceeded)
				require.LessOrEqual(t, time.Since(began), readWithin)
			})
		})
	}
}
