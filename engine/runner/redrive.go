package runner

import (
	"context"
	"fmt"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Redrive lets a quarantined event act on its session once more, and returns its turn once it is committed. When the session has events that
// wait in the inbox the event goes behind them, and there is no turn yet. An error that wraps ErrQuarantined says that the turn failed again
// and the event is in quarantine again; one that wraps storage.ErrNotFound, that it is not there.
func (r *Runner) Redrive(ctx context.Context, event string) (*flowdeskv1.Turn, error) {
	if r.isStopping() {
		return nil, ErrStopping
	}
	entry, err := r.store.TakeQuarantine(ctx, event)
	if err != nil {
		return nil, err
	}
	r.log.Info("quarantined event is driven again", "event", event, "session", entry.Event.GetSession(), "trace", entry.Event.GetTrace())
	if r.shares != nil { // it stands in the inbox now
		r.tell(entry.Event.GetSession())
		return r.await(ctx, entry.Event)
	}
	if r.backlog.follows(entry.Event, false) {
		return nil, nil
	}
	done := make(chan outcome, 1)
	r.queued.Add(1)
	j := &job{event: entry.Event, fromInbox: true, done: func(o outcome) { done <- o }}
	if s, idle := r.sessions.add(j); idle {
		r.begin(s, j)
	}
	select {
	case o := <-done:
		return o.turn, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("event %s is queued: %w", event, ctx.Err())
	}
}
