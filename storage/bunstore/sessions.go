package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	ID                                                         string `bun:",pk"`
	Version, Kind, MessageCount, LastMessageTime, LastRole     int64
	Title, LastText                                            string
	OpenTasks, OpenAlerts, Unanswered, Held, Resolved, NextDue int64
	CreateTime, UpdateTime, OldestQuestion                     int64
	Unread                                                     int32 `bun:"-"` // by whoever asks
}

func (r *sessionRow) message() (*flowdeskv1.Session, error) {
	return &flowdeskv1.Session{
		Id: r.ID, Title: r.Title, Kind: flowdeskv1.SessionKind(r.Kind), Version: r.Version, MessageCount: r.MessageCount,
		LastMessageTime: timestamp(r.LastMessageTime), LastRole: flowdeskv1.Role(r.LastRole), LastText: r.LastText,
		OpenTasks: int32(r.OpenTasks), OpenAlerts: int32(r.OpenAlerts), Unanswered: int32(r.Unanswered),
		Held: r.Held == 1, Resolved: r.Resolved == 1, CreateTime: timestamp(r.CreateTime), UpdateTime: timestamp(r.UpdateTime),
		OldestQuestionTime: timestamp(r.OldestQuestion), Unread: r.Unread,
	}, nil
}

// GetSession implements storage.SessionStore.
func (s *Store) GetSession(ctx context.Context, session string) (*flowdeskv1.Session, error) {
	row, err := one[sessionRow](ctx, s, "get session", "id = ?", session)
	if err != nil {
		return nil, err
	}
	return row.message()
}

// ListSessions implements storage.SessionStore.
func (s *Store) ListSessions(ctx context.Context, filter storage.SessionFilter, page storage.Page) ([]*flowdeskv1.Session, string, error) {
	if filter.Unattended {
		return s.listUnattendedFirst(ctx, filter, page)
	}
	l := &listing{filter: filter, page: page, keys: []key{{"last_message_time", true}, {"id", false}}}
	if filter.Waiting {
		l.keys[0], l.ascending = key{"oldest_question", true}, true
		l.and("oldest_question IS NOT NULL")
	}
	return s.listSessions(ctx, l, filter)
}

// listSessions lists the sessions of a filter in the order of a listing.
func (s *Store) listSessions(ctx context.Context, l *listing, filter storage.SessionFilter) ([]*flowdeskv1.Session, string, error) {
	s.like(l, "title", filter.Title)
	l.number("kind", int64(filter.Kind))
	if filter.Held != nil {
		l.and("held = ?", flag(*filter.Held))
	}
	if filter.Resolved != nil {
		l.and("resolved = ?", flag(*filter.Resolved))
	}
	if filter.Unanswered {
		l.and("unanswered > 0")
	}
	if filter.Alerted {
		l.and("open_alerts > 0")
	}
	shape := func(q *bun.SelectQuery) *bun.SelectQuery { return q }
	if filter.Unread && filter.Reader != "" {
		shape = seenBy(filter)
		l.and("EXISTS ("+heardSince(listedSession, listedFrom)+")", storage.LeastID(filter.UnreadSince))
	}
	l.among("id", filter.Sessions)
	rows, next, err := listFrom(ctx, s, "list sessions", l, shape, func(r *sessionRow) []string {
		if filter.Waiting {
			return []string{decimal(r.OldestQuestion), r.ID}
		}
		return []string{decimal(r.LastMessageTime), r.ID}
	})
	if err != nil {
		return nil, "", err
	}
	if err := s.fillUnread(ctx, filter, rows); err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*sessionRow).message)
	return out, next, err
}

// DueSessions implements storage.SessionStore.
func (s *Store) DueSessions(ctx context.Context, before time.Time, limit int) ([]storage.DueSession, error) {
	return s.dueSessions(ctx, before, limit, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
}

// DueSessionsOf implements storage.SessionStore.
func (s *Store) DueSessionsOf(ctx context.Context, partitions []int32, before time.Time, limit int) ([]storage.DueSession, error) {
	if len(partitions) == 0 {
		return nil, s.begin(ctx)
	}
	return s.dueSessions(ctx, before, limit, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("partition IN (?)", bun.List(partitions)) })
}

func (s *Store) dueSessions(ctx context.Context, before time.Time, limit int, narrow func(*bun.SelectQuery) *bun.SelectQuery) ([]storage.DueSession, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []sessionRow
	if err := narrow(s.read.NewSelect().Model(&rows).Column("id", "next_due").Where("next_due IS NOT NULL AND next_due < ?", micros(before))).
		OrderExpr("next_due").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("due sessions", err)
	}
	out := make([]storage.DueSession, 0, len(rows))
	for i := range rows {
		out = append(out, storage.DueSession{Session: rows[i].ID, Due: fromMicros(rows[i].NextDue)})
	}
	return out, nil
}

type turnRow struct {
	bun.BaseModel `bun:"table:flow_execution_logs"`

	Session       string
	Version, Time int64
	Data          []byte
}

func (r *turnRow) data() []byte { return r.Data }

type snapshotRow struct {
	bun.BaseModel `bun:"table:session_snapshots"`

	Session string
	Version int64
	Data    []byte
}

// LoadSession implements storage.SessionStore.
func (s *Store) LoadSession(ctx context.Context, session string) (*storage.SessionRecord, error) {
	row, err := one[sessionRow](ctx, s, "load session", "id = ?", session)
	if errors.Is(err, storage.ErrNotFound) {
		return &storage.SessionRecord{}, nil
	}
	if err != nil {
		return nil, err
	}
	return s.SessionBefore(ctx, session, row.Version)
}

// SessionBefore implements storage.SessionStore. Turns and snapshots never change, so that reading one after the other needs no
// transaction.
func (s *Store) SessionBefore(ctx context.Context, session string, version int64) (*storage.SessionRecord, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	record := &storage.SessionRecord{Version: version}
	var snapshots []snapshotRow
	if err := s.read.NewSelect().Model(&snapshots).Where("session = ? AND version <= ?", clean(session), version).OrderExpr("version DESC").
		Limit(1).Scan(ctx); err != nil {
		return nil, s.fail("load snapshot", err)
	}
	if len(snapshots) > 0 {
		var err error
		if record.Snapshot, err = unpack(snapshots[0].Data); err != nil {
			return nil, s.fail("load snapshot", err)
		}
		record.SnapshotVersion = snapshots[0].Version
	}
	var turns []turnRow
	if err := s.read.NewSelect().Model(&turns).Column("data").Where("session = ? AND version >= ? AND version < ?", clean(session), record.SnapshotVersion, version).
		OrderExpr("version").Scan(ctx); err != nil {
		return nil, s.fail("load turns", err)
	}
	var err error
	record.Turns, err = unpacked(turns, (*turnRow).data)
	return record, s.fail("load turns", err)
}

// GetTurn implements storage.SessionStore.
func (s *Store) GetTurn(ctx context.Context, session string, version int64) ([]byte, error) {
	row, err := one[turnRow](ctx, s, "get turn", "session = ? AND version = ?", session, version)
	if err != nil {
		return nil, err
	}
	data, err := unpack(row.Data)
	return data, s.fail("get turn", err)
}

// ListTurns implements storage.SessionStore.
func (s *Store) ListTurns(ctx context.Context, session string, from int64, limit int) ([][]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []turnRow
	if err := s.read.NewSelect().Model(&rows).Column("data").Where("session = ? AND version >= ?", clean(session), from).OrderExpr("version").
		Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("list turns", err)
	}
	out, err := unpacked(rows, (*turnRow).data)
	return out, s.fail("list turns", err)
}

// ListUnmatched implements storage.SessionStore.
func (s *Store) ListUnmatched(ctx context.Context, page storage.Page) ([][]byte, string, error) {
	l := &listing{filter: "unmatched", page: page, keys: []key{{"time", true}, {"session", false}, {"version", true}}}
	l.and("unmatched IS NOT NULL")
	rows, next, err := list(ctx, s, "list unmatched", l, func(r *turnRow) []string {
		return []string{decimal(r.Time), r.Session, decimal(r.Version)}
	})
	if err != nil {
		return nil, "", err
	}
	out, err := unpacked(rows, (*turnRow).data)
	return out, next, s.fail("list unmatched", err)
}
