package runner

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// hasty is a store that is waited for no longer than readWithin where the runner reads on its own account: a connection that says nothing any more
// must not keep the inbox, the timers or a session standing for ever, while leases are renewed on another. What is not read in time is read again
// by whoever tries again when the store is away.
type hasty struct{ storage.Store }

// readWithin is far above the reading of the longest page on a busy database, as is the limit of a commit.
const readWithin = 30 * time.Second

func inTime[T any](ctx context.Context, read func(ctx context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	return read(ctx)
}

func (h hasty) PendingEvents(ctx context.Context, after int64, limit int) ([]storage.InboxEvent, error) {
	return inTime(ctx, func(ctx context.Context) ([]storage.InboxEvent, error) {
		return h.Store.PendingEvents(ctx, after, limit)
	})
}

func (h hasty) PendingEventsOf(ctx context.Context, partitions []int32, limit int) ([]storage.InboxEvent, error) {
	return inTime(ctx, func(ctx context.Context) ([]storage.InboxEvent, error) {
		return h.Store.PendingEventsOf(ctx, partitions, limit)
	})
}

func (h hasty) PendingCalls(ctx context.Context, after string, limit int) ([]*flowdeskv1.Call, error) {
	return inTime(ctx, func(ctx context.Context) ([]*flowdeskv1.Call, error) { return h.Store.PendingCalls(ctx, after, limit) })
}

func (h hasty) DueSessions(ctx context.Context, before time.Time, limit int) ([]storage.DueSession, error) {
	return inTime(ctx, func(ctx context.Context) ([]storage.DueSession, error) {
		return h.Store.DueSessions(ctx, before, limit)
	})
}

func (h hasty) DueSessionsOf(ctx context.Context, partitions []int32, before time.Time, limit int) ([]storage.DueSession, error) {
	return inTime(ctx, func(ctx context.Context) ([]storage.DueSession, error) {
		return h.Store.DueSessionsOf(ctx, partitions, before, limit)
	})
}

func (h hasty) LoadSession(ctx context.Context, session string) (*storage.SessionRecord, error) {
	return inTime(ctx, func(ctx context.Context) (*storage.SessionRecord, error) { return h.Store.LoadSession(ctx, session) })
}

func (h hasty) GetSession(ctx context.Context, session string) (*flowdeskv1.Session, error) {
	return inTime(ctx, func(ctx context.Context) (*flowdeskv1.Session, error) { return h.Store.GetSession(ctx, session) })
}

func (h hasty) ListTurns(ctx context.Context, session string, from int64, limit int) ([][]byte, error) {
	return inTime(ctx, func(ctx context.Context) ([][]byte, error) { return h.Store.ListTurns(ctx, session, from, limit) })
}

func (h hasty) GetVersion(ctx context.Context, flow string, version int32) (*flowdeskv1.FlowVersion, error) {
	return inTime(ctx, func(ctx context.Context) (*flowdeskv1.FlowVersion, error) {
		return h.Store.GetVersion(ctx, flow, version)
	})
}

func (h hasty) GetGroup(ctx context.Context, group string) (*flowdeskv1.Group, error) {
	return inTime(ctx, func(ctx context.Context) (*flowdeskv1.Group, error) { return h.Store.GetGroup(ctx, group) })
}

func (h hasty) MeetGroup(
	ctx context.Context, names []string, decide func(known []*flowdeskv1.Group) *flowdeskv1.Group,
) ([]*flowdeskv1.Group, error) {
	return inTime(ctx, func(ctx context.Context) ([]*flowdeskv1.Group, error) { return h.Store.MeetGroup(ctx, names, decide) })
}

func (h hasty) GetQuarantine(ctx context.Context, event string) (*storage.QuarantineEntry, error) {
	return inTime(ctx, func(ctx context.Context) (*storage.QuarantineEntry, error) { return h.Store.GetQuarantine(ctx, event) })
}
