package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type quarantineRow struct {
	bun.BaseModel `bun:"table:quarantine"`

	Event, Reason string
	Tries, Time   int64
	Data          []byte
}

func (r *quarantineRow) entry() (*storage.QuarantineEntry, error) {
	event, err := decode(r.Data, &flowdeskv1.Event{})
	return &storage.QuarantineEntry{Event: event, Reason: r.Reason, Tries: int32(r.Tries), Time: fromMicros(r.Time)}, err
}

type dismissedRow struct {
	bun.BaseModel `bun:"table:dismissed"`

	Event, Actor, Reason string
	Time                 int64
}

// ListQuarantine implements storage.InstanceStore.
func (s *Store) ListQuarantine(ctx context.Context, filter storage.QuarantineFilter, page storage.Page) ([]*storage.QuarantineEntry, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("event")}
	if filter.Dismissed {
		l.and("event IN (SELECT event FROM dismissed)")
	} else {
		l.and("event NOT IN (SELECT event FROM dismissed)")
	}
	rows, next, err := list(ctx, s, "list quarantine", l, func(r *quarantineRow) []string { return []string{r.Event} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*quarantineRow).entry)
	if err == nil && filter.Dismissed {
		err = s.addDismissals(ctx, out)
	}
	return out, next, err
}

// GetQuarantine implements storage.InstanceStore.
func (s *Store) GetQuarantine(ctx context.Context, event string) (*storage.QuarantineEntry, error) {
	row, err := one[quarantineRow](ctx, s, "get quarantined event", "event = ?", event)
	if err != nil {
		return nil, err
	}
	entry, err := row.entry()
	if err != nil {
		return nil, err
	}
	return entry, s.addDismissals(ctx, []*storage.QuarantineEntry{entry})
}

// addDismissals adds what is known of dismissed events.
func (s *Store) addDismissals(ctx context.Context, entries []*storage.QuarantineEntry) error {
	if len(entries) == 0 {
		return nil
	}
	byID := make(map[string]*storage.QuarantineEntry, len(entries))
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = clean(e.Event.GetId())
		byID[ids[i]] = e
	}
	var rows []dismissedRow
	if err := s.read.NewSelect().Model(&rows).Where("event IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return s.fail("read dismissals", err)
	}
	for _, r := range rows {
		byID[r.Event].Dismissal = &storage.Dismissal{Actor: r.Actor, Reason: r.Reason, Time: fromMicros(r.Time)}
	}
	return nil
}

// DismissQuarantine implements storage.InstanceStore.
func (s *Store) DismissQuarantine(ctx context.Context, event string, d storage.Dismissal) error {
	return s.change(ctx, "dismiss quarantined event", func(ctx context.Context, tx bun.Tx) error {
		if err := tx.NewSelect().Model((*quarantineRow)(nil)).Column("event").Where("event = ?", clean(event)).Limit(1).Scan(ctx, new(string)); err != nil {
			return err
		}
		row := &dismissedRow{Event: clean(event), Actor: clean(d.Actor), Reason: clean(d.Reason), Time: micros(d.Time)}
		result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err == nil && n == 0 {
			return fmt.Errorf("event %s was dismissed before: %w", event, storage.ErrConflict)
		}
		return nil
	})
}

// CountQuarantine implements storage.InstanceStore.
func (s *Store) CountQuarantine(ctx context.Context) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	n, err := s.read.NewSelect().Model((*quarantineRow)(nil)).Where("event NOT IN (SELECT event FROM dismissed)").Count(ctx)
	return n, s.fail("count quarantine", err)
}

// TakeQuarantine implements storage.InstanceStore.
func (s *Store) TakeQuarantine(ctx context.Context, event string) (*storage.QuarantineEntry, error) {
	var entry *storage.QuarantineEntry
	err := s.change(ctx, "take from quarantine", func(ctx context.Context, tx bun.Tx) error {
		var row quarantineRow
		if err := tx.NewDelete().Model(&row).Where("event = ?", clean(event)).Returning("*").Scan(ctx); err != nil {
			return err
		}
		var err error
		if entry, err = row.entry(); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*dismissedRow)(nil)).Where("event = ?", row.Event).Exec(ctx); err != nil {
			return err
		}
		session := entry.Event.GetSession()
		partition := sql.NullInt64{Int64: int64(storage.Partition(session)), Valid: true}
		_, err = tx.NewInsert().Model(&inboxRow{ID: row.Event, Session: session, Partition: partition, Data: row.Data}).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entry, nil
}
