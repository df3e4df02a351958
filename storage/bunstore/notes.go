package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

type notesRow struct {
	bun.BaseModel `bun:"table:outbox_notes"`

	Sequence int64 `bun:",pk,autoincrement"`
	Time     int64
	Data     []byte
}

// PutNotes implements storage.NoteStore.
func (s *Store) PutNotes(ctx context.Context, data []byte) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewRaw("INSERT INTO outbox_notes (time, data) VALUES (?, ?)", bun.Safe(s.dialect.Clock), data).Exec(ctx)
	return s.fail("put notes", err)
}

// ReadNotes implements storage.NoteStore.
func (s *Store) ReadNotes(ctx context.Context, since time.Time) ([]storage.Notes, time.Time, error) {
	if err := s.begin(ctx); err != nil {
		return nil, time.Time{}, err
	}
	now, err := s.clock(ctx) // before the rows: what is stored in between is read again
	if err != nil {
		return nil, time.Time{}, s.fail("read notes", err)
	}
	var rows []notesRow
	if err := s.read.NewSelect().Model(&rows).Where("time >= ?", micros(since)).Scan(ctx); err != nil {
		return nil, time.Time{}, s.fail("read notes", err)
	}
	notes := make([]storage.Notes, len(rows))
	for i, r := range rows {
		notes[i] = storage.Notes{Sequence: r.Sequence, Data: r.Data}
	}
	return notes, now, nil
}

func (s *Store) clock(ctx context.Context) (time.Time, error) {
	var now int64
	if err := s.read.NewRaw("SELECT ?", bun.Safe(s.dialect.Clock)).Scan(ctx, &now); err != nil {
		return time.Time{}, err
	}
	return fromMicros(now), nil
}

// ForgetNotes implements storage.NoteStore.
func (s *Store) ForgetNotes(ctx context.Context, before time.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewDelete().Model((*notesRow)(nil)).Where("time < ?", micros(before)).Exec(ctx)
	return s.fail("forget notes", err)
}
