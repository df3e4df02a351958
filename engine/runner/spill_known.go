package runner

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// whereabouts is where the store has an event.
type whereabouts int8

const (
	nowhere whereabouts = iota
	inInbox
	settled // it had its turn, or is in quarantine
)

// lookedBack is how far before an event's receipt its turn may be dated, when clocks of several machines differ.
const lookedBack = 10 * time.Minute

// lookUpEvents tells which events the store has. What moves meanwhile moves from the inbox to the turns or to quarantine, and is looked for in
// that order.
func (r *Runner) lookUpEvents(ctx context.Context, events []*flowdeskv1.Event) (map[string]whereabouts, error) {
	if len(events) == 0 {
		return nil, nil //nolint:nilnil // nothing was asked
	}
	known := make(map[string]whereabouts, len(events))
	for _, e := range events {
		known[e.GetId()] = nowhere
	}
	if err := r.lookInInbox(ctx, known); err != nil {
		return nil, err
	}
	sessions := make(map[string]time.Time) // and the earliest receipt of each
	for _, e := range events {
		if known[e.GetId()] != nowhere {
			continue
		}
		at := e.GetReceivedAt().AsTime()
		if first, ok := sessions[e.GetSession()]; !ok || at.Before(first) {
			sessions[e.GetSession()] = at
		}
	}
	for session, since := range sessions {
		if err := r.lookInTurns(ctx, session, since.Add(-lookedBack), known); err != nil {
			return nil, err
		}
	}
	return known, r.lookInQuarantine(ctx, events, known)
}

func (r *Runner) lookInInbox(ctx context.Context, known map[string]whereabouts) error {
	for after := int64(0); ; {
		page, err := r.store.PendingEvents(ctx, after, recoverPage)
		if err != nil {
			return err
		}
		for _, e := range page {
			after = e.Sequence
			if _, asked := known[e.Event.GetId()]; asked {
				known[e.Event.GetId()] = inInbox
			}
		}
		if len(page) < recoverPage {
			return nil
		}
	}
}

// lookInTurns reads a session's turns back to a time.
func (r *Runner) lookInTurns(ctx context.Context, session string, since time.Time, known map[string]whereabouts) error {
	record, err := r.store.LoadSession(ctx, session)
	if err != nil {
		return err
	}
	for until := record.Version; until > 0; {
		from := max(0, until-snapshotEvery)
		turns, err := r.store.ListTurns(ctx, session, from, int(until-from))
		if err != nil {
			return err
		}
		older := len(turns) == 0
		for _, data := range turns {
			turn := &flowdeskv1.Turn{}
			if err := proto.Unmarshal(data, turn); err != nil {
				continue // whatever it is, it is told of by whoever folds it
			}
			older = older || turn.GetNow().AsTime().Before(since)
			if _, asked := known[turn.GetEvent().GetId()]; asked {
				known[turn.GetEvent().GetId()] = settled
			}
		}
		if older {
			return nil
		}
		until = from
	}
	return nil
}

// lookInQuarantine looks for events that were put aside.
func (r *Runner) lookInQuarantine(ctx context.Context, events []*flowdeskv1.Event, known map[string]whereabouts) error {
	for _, e := range events {
		if known[e.GetId()] != nowhere {
			continue
		}
		_, err := r.store.GetQuarantine(ctx, e.GetId())
		switch {
		case err == nil:
			known[e.GetId()] = settled
		case !errors.Is(err, storage.ErrNotFound):
			return err
		}
	}
	return nil
}
