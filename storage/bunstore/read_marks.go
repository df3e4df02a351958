package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

type markRow struct {
	bun.BaseModel `bun:"table:read_marks"`

	Reader  string `bun:",pk"`
	Session string `bun:",pk"`
	Message string
}

// heardSince are the messages of people among the newest ones of a session after a mark. It reads a bounded part of the index of the session's
// messages.
func heardSince(session, from string) string {
	return fmt.Sprintf(`SELECT 1 FROM (SELECT u.said_time FROM session_messages AS u WHERE u.session = %s AND u.message > %s
		ORDER BY u.message DESC LIMIT %d) AS newest WHERE newest.said_time IS NULL`, session, from, storage.UnreadAmong)
}

func countHeard(session, from string) string {
	return fmt.Sprintf("(SELECT count(*) FROM (%s LIMIT %d) AS unseen)", heardSince(session, from), storage.UnreadMost)
}

// Of sessions that are listed for somebody: which one, and from where on.
const (
	listedSession = "session_row.id"
	listedFrom    = "COALESCE(seen.message, ?)"
)

// seenBy joins the marks of the filter's reader to sessions.
func seenBy(filter storage.SessionFilter) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Join("LEFT JOIN read_marks AS seen ON seen.reader = ? AND seen.session = session_row.id", clean(filter.Reader))
	}
}

// fillUnread counts what is unread in the sessions of a page, with one statement. It is not part of the page's own: a database that sorts would
// count all sessions before it takes those of the page.
func (s *Store) fillUnread(ctx context.Context, filter storage.SessionFilter, rows []sessionRow) error {
	if filter.Reader == "" || len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var counted []struct {
		ID     string
		Unread int32
	}
	if err := seenBy(filter)(s.read.NewSelect().TableExpr("sessions AS session_row")).ColumnExpr("session_row.id").
		ColumnExpr(countHeard(listedSession, listedFrom)+" AS unread", storage.LeastID(filter.UnreadSince)).Where("session_row.id IN (?)", bun.List(ids)).
		Scan(ctx, &counted); err != nil {
		return s.fail("count unread", err)
	}
	unread := make(map[string]int32, len(counted))
	for _, c := range counted {
		unread[c.ID] = c.Unread
	}
	for i := range rows {
		rows[i].Unread = unread[rows[i].ID]
	}
	return nil
}

// MarkRead implements storage.ReadMarkStore.
func (s *Store) MarkRead(ctx context.Context, reader, session, message string) error {
	return s.change(ctx, "mark read", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&markRow{Reader: clean(reader), Session: clean(session), Message: clean(message)}).
			On("CONFLICT (reader, session) DO UPDATE").Set("message = EXCLUDED.message").
			Where("mark_row.message < EXCLUDED.message").Exec(ctx)
		return err
	})
}

// MarkUnread implements storage.ReadMarkStore.
func (s *Store) MarkUnread(ctx context.Context, reader, session string, since time.Time) error {
	return s.change(ctx, "mark unread", func(ctx context.Context, tx bun.Tx) error {
		n, err := countUnread(ctx, tx, reader, session, since)
		if err != nil || n > 0 {
			return err
		}
		var last, before string
		shown := func() *bun.SelectQuery {
			return tx.NewSelect().TableExpr("session_messages").Column("message").Where("session = ?", clean(session)).OrderExpr("message DESC").Limit(1)
		}
		if err := shown().Where("said_time IS NULL").Scan(ctx, &last); err != nil {
			return err
		}
		if err := shown().Where("message < ?", last).Scan(ctx, &before); err != nil && !isNoRows(err) {
			return err
		}
		_, err = tx.NewInsert().Model(&markRow{Reader: clean(reader), Session: clean(session), Message: before}).
			On("CONFLICT (reader, session) DO UPDATE").Set("message = EXCLUDED.message").Exec(ctx)
		return err
	})
}

// CountUnread implements storage.ReadMarkStore.
func (s *Store) CountUnread(ctx context.Context, reader, session string, since time.Time) (int32, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	n, err := countUnread(ctx, s.read, reader, session, since)
	return n, s.fail("count unread", err)
}

func countUnread(ctx context.Context, db bun.IDB, reader, session string, since time.Time) (n int32, err error) {
	from := "COALESCE((SELECT message FROM read_marks WHERE reader = ? AND session = ?), ?)"
	err = db.NewRaw("SELECT "+countHeard("?", from), clean(session), clean(reader), clean(session), storage.LeastID(since)).Scan(ctx, &n)
	return n, err
}
