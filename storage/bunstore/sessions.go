package bunstore

import (
	"context"
	"fmt"
	"strings"
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
	CreateTime, UpdateTime                                     int64
}

func (r *sessionRow) message() *flowdeskv1.Session {
	return &flowdeskv1.Session{
		Id: r.ID, Title: r.Title, Kind: flowdeskv1.SessionKind(r.Kind), Version: r.Version, MessageCount: r.MessageCount,
		LastMessageTime: timestamp(r.LastMessageTime), LastRole: flowdeskv1.Role(r.LastRole), LastText: r.LastText,
		OpenTasks: int32(r.OpenTasks), OpenAlerts: int32(r.OpenAlerts), Unanswered: int32(r.Unanswered),
		Held: r.Held == 1, Resolved: r.Resolved == 1, CreateTime: timestamp(r.CreateTime), UpdateTime: timestamp(r.UpdateTime),
	}
}

type turnRow struct {
	bun.BaseModel `bun:"table:flow_execution_logs"`

	Session string
	Version int64
	Event   string
	Data    []byte
}

type snapshotRow struct {
	bun.BaseModel `bun:"table:session_snapshots"`

	Session string
	Version int64
	Data    []byte
}

// LoadSession implements storage.SessionStore. It reads over the writer's connection, so that it never sees less than was committed.
func (s *Store) LoadSession(ctx context.Context, session string) (*storage.SessionRecord, error) {
	return s.record(ctx, session, -1)
}

// SessionBefore implements storage.SessionStore.
func (s *Store) SessionBefore(ctx context.Context, session string, version int64) (*storage.SessionRecord, error) {
	return s.record(ctx, session, version)
}

func (s *Store) record(ctx context.Context, session string, version int64) (*storage.SessionRecord, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	record := &storage.SessionRecord{Version: version}
	if version < 0 {
		var row sessionRow
		err := s.read.NewSelect().Model(&row).Where("id = ?", session).Scan(ctx)
		if err != nil {
			if err := s.fail("load session", err); !isNotFound(err) {
				return nil, err
			}
			return &storage.SessionRecord{}, nil
		}
		record.Version = row.Version
	}
	var snapshot snapshotRow
	err := s.read.NewSelect().Model(&snapshot).Where("session = ? AND version <= ?", session, record.Version).OrderExpr("version DESC").Limit(1).Scan(ctx)
	if err == nil {
		record.Snapshot, record.SnapshotVersion = snapshot.Data, snapshot.Version
	} else if err := s.fail("load snapshot", err); !isNotFound(err) {
		return nil, err
	}
	var turns []turnRow
	if err := s.read.NewSelect().Model(&turns).Where("session = ? AND version >= ? AND version < ?", session, record.SnapshotVersion, record.Version).
		OrderExpr("version").Scan(ctx); err != nil {
		return nil, s.fail("load turns", err)
	}
	for i := range turns {
		record.Turns = append(record.Turns, turns[i].Data)
	}
	return record, nil
}

// GetSession implements storage.SessionStore.
func (s *Store) GetSession(ctx context.Context, session string) (*flowdeskv1.Session, error) {
	row, err := one[sessionRow](ctx, s, "get session", "id = ?", session)
	if err != nil {
		return nil, err
	}
	return row.message(), nil
}

// ListSessions implements storage.SessionStore.
func (s *Store) ListSessions(ctx context.Context, filter storage.SessionFilter, page storage.Page) ([]*flowdeskv1.Session, string, error) {
	l := &listing{filter: filter, page: page, key: "printf('%020d', last_message_time) || id"}
	if filter.Title != "" {
		l.and("title LIKE ?", "%"+filter.Title+"%")
	}
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
	if len(filter.Sessions) > 0 {
		l.and("id IN (?)", bun.List(filter.Sessions))
	}
	rows, next, err := list(ctx, s, "list sessions", l, func(r *sessionRow) string { return fmt.Sprintf("%020d", r.LastMessageTime) + r.ID })
	out := make([]*flowdeskv1.Session, 0, len(rows))
	for i := range rows {
		out = append(out, rows[i].message())
	}
	return out, next, err
}

// DueSessions implements storage.SessionStore.
func (s *Store) DueSessions(ctx context.Context, before time.Time, limit int) ([]storage.DueSession, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []sessionRow
	if err := s.read.NewSelect().Model(&rows).Column("id", "next_due").Where("next_due > 0 AND next_due < ?", micros(before)).
		OrderExpr("next_due").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("due sessions", err)
	}
	out := make([]storage.DueSession, 0, len(rows))
	for i := range rows {
		out = append(out, storage.DueSession{Session: rows[i].ID, Due: fromMicros(rows[i].NextDue)})
	}
	return out, nil
}

// GetTurn implements storage.SessionStore.
func (s *Store) GetTurn(ctx context.Context, session string, version int64) ([]byte, error) {
	row, err := one[turnRow](ctx, s, "get turn", "session = ? AND version = ?", session, version)
	if err != nil {
		return nil, err
	}
	return row.Data, nil
}

// ListTurns implements storage.SessionStore.
func (s *Store) ListTurns(ctx context.Context, session string, from int64, limit int) ([][]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []turnRow
	if err := s.read.NewSelect().Model(&rows).Where("session = ? AND version >= ?", session, from).OrderExpr("version").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("list turns", err)
	}
	out := make([][]byte, 0, len(rows))
	for i := range rows {
		out = append(out, rows[i].Data)
	}
	return out, nil
}

// ListUnmatched implements storage.SessionStore.
func (s *Store) ListUnmatched(ctx context.Context, page storage.Page) ([][]byte, string, error) {
	l := &listing{filter: "unmatched", page: page, key: "event"}
	l.and("unmatched = 1")
	rows, next, err := list(ctx, s, "list unmatched", l, func(r *turnRow) string { return r.Event })
	out := make([][]byte, 0, len(rows))
	for i := range rows {
		out = append(out, rows[i].Data)
	}
	return out, next, err
}

type messageRow struct {
	bun.BaseModel `bun:"table:messages"`

	ID                                                                                  string `bun:",pk"`
	Session, Participant, SenderName, RoleRule, Text, RawText, Robots, PlatformID       string
	SenderRole, ContentType, AtMe, ReceiveTime, Intent, Withdrawn, Outgoing, Duplicates int64
	Sentiment                                                                           *float64
	FlowInstance, AfterSalesTask, Command, DelayReason, ReplyTo, Person, Event          string
}

func (r *messageRow) message() *flowdeskv1.Message {
	m := &flowdeskv1.Message{
		Id: r.ID, Session: r.Session, Participant: r.Participant, SenderName: r.SenderName, Role: flowdeskv1.Role(r.SenderRole), RoleRule: r.RoleRule,
		Text: r.Text, RawText: r.RawText, ContentType: int32(r.ContentType), AtMe: r.AtMe == 1, ReceiveTime: timestamp(r.ReceiveTime),
		PlatformId: r.PlatformID, Intent: flowdeskv1.Intent(r.Intent), Sentiment: r.Sentiment, FlowInstance: r.FlowInstance,
		AfterSalesTask: r.AfterSalesTask, Command: r.Command, DelayReason: r.DelayReason, Withdrawn: r.Withdrawn == 1, Outgoing: r.Outgoing == 1,
		ReplyTo: r.ReplyTo, Person: r.Person, Event: r.Event, Duplicates: int32(r.Duplicates),
	}
	if r.Robots != "" {
		m.Robots = strings.Split(r.Robots, ",")
	}
	return m
}

// GetMessage implements storage.SessionStore.
func (s *Store) GetMessage(ctx context.Context, message string) (*flowdeskv1.Message, error) {
	row, err := one[messageRow](ctx, s, "get message", "id = ?", message)
	if err != nil {
		return nil, err
	}
	return row.message(), nil
}

// ListMessages implements storage.SessionStore.
func (s *Store) ListMessages(ctx context.Context, filter storage.MessageFilter, page storage.Page) ([]*flowdeskv1.Message, string, error) {
	l := &listing{filter: filter, page: page, key: "id"}
	if filter.Session != "" {
		l.and("id IN (SELECT message FROM session_messages WHERE session = ?)", filter.Session)
	}
	l.number("sender_role", int64(filter.Role))
	l.between("receive_time", filter.After, filter.Before)
	if filter.Text != "" {
		l.and("text LIKE ?", "%"+filter.Text+"%")
	}
	rows, next, err := list(ctx, s, "list messages", l, func(r *messageRow) string { return r.ID })
	out := make([]*flowdeskv1.Message, 0, len(rows))
	for i := range rows {
		out = append(out, rows[i].message())
	}
	return out, next, err
}

type factRow struct {
	bun.BaseModel `bun:"table:facts"`

	Sequence int64
	Data     []byte
}

// ListFacts implements storage.SessionStore.
func (s *Store) ListFacts(ctx context.Context, filter storage.FactFilter, page storage.Page) ([]*flowdeskv1.Fact, string, error) {
	l := &listing{filter: filter, page: page, key: "printf('%020d', sequence)"}
	l.eq("name", filter.Name)
	l.eq("session", filter.Session)
	l.between("time", filter.After, filter.Before)
	rows, next, err := list(ctx, s, "list facts", l, func(r *factRow) string { return fmt.Sprintf("%020d", r.Sequence) })
	if err != nil {
		return nil, "", err
	}
	out, err := decoded(rows, func(r *factRow) []byte { return r.Data }, func() *flowdeskv1.Fact { return &flowdeskv1.Fact{} })
	return out, next, err
}
