package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type sessionNoteRow struct {
	bun.BaseModel `bun:"table:session_notes"`

	ID                           string `bun:",pk"`
	Session, Author, Text        string
	CreateTime, UpdateTime, Etag int64
}

func (r *sessionNoteRow) message() (*flowdeskv1.SessionNote, error) {
	return &flowdeskv1.SessionNote{
		Id: r.ID, Session: r.Session, Author: r.Author, Text: r.Text, CreateTime: timestamp(r.CreateTime), UpdateTime: timestamp(r.UpdateTime),
		Etag: shownEtag(r.Etag),
	}, nil
}

// CreateSessionNote implements storage.SessionNoteStore.
func (s *Store) CreateSessionNote(ctx context.Context, note *flowdeskv1.SessionNote) error {
	row := &sessionNoteRow{
		ID: clean(note.GetId()), Session: clean(note.GetSession()), Author: clean(note.GetAuthor()), Text: clean(note.GetText()),
		CreateTime: zeroed(note.GetCreateTime()), UpdateTime: zeroed(note.GetUpdateTime()), Etag: nextEtag(0),
	}
	err := s.change(ctx, "create note", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("note %s: %w", row.ID, storage.ErrExists)
		}
		return nil
	})
	if err == nil {
		note.Etag = shownEtag(row.Etag)
	}
	return err
}

// GetSessionNote implements storage.SessionNoteStore.
func (s *Store) GetSessionNote(ctx context.Context, note string) (*flowdeskv1.SessionNote, error) {
	row, err := one[sessionNoteRow](ctx, s, "get note", "id = ?", note)
	if err != nil {
		return nil, err
	}
	return row.message()
}

// ListSessionNotes implements storage.SessionNoteStore.
func (s *Store) ListSessionNotes(ctx context.Context, filter storage.SessionNoteFilter, page storage.Page) ([]*flowdeskv1.SessionNote, string, error) {
	l := &listing{filter: filter, page: page, keys: []key{{"create_time", true}, {"id", false}}}
	l.and("session = ?", filter.Session)
	l.between("create_time", filter.After, filter.Before)
	rows, next, err := list(ctx, s, "list notes", l, func(r *sessionNoteRow) []string { return []string{decimal(r.CreateTime), r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*sessionNoteRow).message)
	return out, next, err
}

// UpdateSessionNote implements storage.SessionNoteStore.
func (s *Store) UpdateSessionNote(ctx context.Context, note *flowdeskv1.SessionNote, etag string) error {
	var next int64
	err := s.change(ctx, "update note", func(ctx context.Context, tx bun.Tx) (err error) {
		if next, err = checkEtag(ctx, tx, "session_notes", note.GetId(), etag); err != nil {
			return err
		}
		result, err := tx.NewUpdate().Model((*sessionNoteRow)(nil)).Set("text = ?", clean(note.GetText())).
			Set("update_time = ?", zeroed(note.GetUpdateTime())).Set("etag = ?", next).Where("id = ?", clean(note.GetId())).Exec(ctx)
		return there(result, note.GetId(), err)
	})
	if err == nil {
		note.Etag = shownEtag(next)
	}
	return err
}

// DeleteSessionNote implements storage.SessionNoteStore.
func (s *Store) DeleteSessionNote(ctx context.Context, note, etag string) error {
	return s.change(ctx, "delete note", func(ctx context.Context, tx bun.Tx) error {
		if _, err := checkEtag(ctx, tx, "session_notes", note, etag); err != nil {
			return err
		}
		result, err := tx.NewDelete().Model((*sessionNoteRow)(nil)).Where("id = ?", clean(note)).Exec(ctx)
		return there(result, note, err)
	})
}

// there tells a change of a note that is gone.
func there(result sql.Result, note string, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fmt.Errorf("note %s: %w", note, storage.ErrNotFound)
}
