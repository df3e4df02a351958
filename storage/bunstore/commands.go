package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type commandRow struct {
	bun.BaseModel `bun:"table:robot_command_queue"`

	ID                                                                                 string `bun:",pk"`
	Key, Session, Instance, ReplyTo                                                    string
	TargetSession                                                                      *string
	State, Attempts, ErrorCode, SendTime, SentTime, DoneTime, ResultDeadline, Revision int64
	Robot, PlatformMessage, Reason, SupersededBy                                       string
	Edits                                                                              string // each of them as editRow says
	Data                                                                               []byte
}

func (r *commandRow) message() (*flowdeskv1.Command, error) {
	c, err := decode(r.Data, &flowdeskv1.Command{})
	if err != nil {
		return nil, err
	}
	c.Id, c.Key, c.Session, c.TargetSession = r.ID, r.Key, r.Session, referred(r.TargetSession, r.Session)
	c.Instance, c.ReplyTo, c.SupersededBy = r.Instance, r.ReplyTo, r.SupersededBy
	c.State, c.Attempts, c.ErrorCode = flowdeskv1.CommandState(r.State), int32(r.Attempts), int32(r.ErrorCode)
	c.SendTime, c.SentTime, c.DoneTime, c.ResultDeadline = timestamp(r.SendTime), timestamp(r.SentTime), timestamp(r.DoneTime), timestamp(r.ResultDeadline)
	c.Robot, c.PlatformMessage, c.Reason = r.Robot, r.PlatformMessage, r.Reason
	c.Etag = decimal(r.Revision)
	if c.GetTrace() == ofReply {
		c.Trace = c.GetReplyTo()
	}
	if c.Edits, err = editsOf(r.Edits); err != nil {
		return nil, fmt.Errorf("command %s: %w", r.ID, err)
	}
	if n := len(c.GetEdits()); n > 0 {
		c.Text = c.GetEdits()[n-1].GetText()
	}
	return c, nil
}

type attemptRow struct {
	bun.BaseModel `bun:"table:execution_tracking"`

	Command                                      string
	Number, State, ErrorCode, SentTime, DoneTime int64
	Robot, PlatformMessage, Reason, Proof        string
}

func (r *attemptRow) message() *flowdeskv1.CommandAttempt {
	return &flowdeskv1.CommandAttempt{
		Number: int32(r.Number), Robot: r.Robot, SentTime: timestamp(r.SentTime), PlatformMessage: r.PlatformMessage,
		State: flowdeskv1.CommandState(r.State), ErrorCode: int32(r.ErrorCode), Reason: r.Reason, DoneTime: timestamp(r.DoneTime), Proof: r.Proof,
	}
}

// attemptsOf fills in the sends of commands.
func (s *Store) attemptsOf(ctx context.Context, commands []*flowdeskv1.Command) error {
	if len(commands) == 0 {
		return nil
	}
	byID := make(map[string]*flowdeskv1.Command, len(commands))
	ids := make([]string, 0, len(commands))
	for _, c := range commands {
		byID[c.GetId()] = c
		ids = append(ids, c.GetId())
	}
	var rows []attemptRow
	if err := s.read.NewSelect().Model(&rows).Where("command IN (?)", bun.List(ids)).OrderExpr("command, number").Scan(ctx); err != nil {
		return s.fail("attempts", err)
	}
	for i := range rows {
		c := byID[rows[i].Command]
		c.AttemptLog = append(c.GetAttemptLog(), rows[i].message())
	}
	return nil
}

// GetCommand implements storage.CommandStore.
func (s *Store) GetCommand(ctx context.Context, command string) (*flowdeskv1.Command, error) {
	row, err := one[commandRow](ctx, s, "get command", "id = ?", command)
	if err != nil {
		return nil, err
	}
	c, err := row.message()
	if err != nil {
		return nil, err
	}
	return c, s.attemptsOf(ctx, []*flowdeskv1.Command{c})
}

// The states that partial indexes know. A query must say the same words for the database to use the index.
const (
	unsettled = "state IN (1, 2, 3, 4, 7, 8)"
	settled   = "state IN (6, 9, 10, 11)" // but completed, which nearly all are
)

// stateBits is a set of states.
func stateBits(states ...flowdeskv1.CommandState) (bits int64) {
	for _, state := range states {
		bits |= 1 << state
	}
	return bits
}

// ListCommands implements storage.CommandStore.
func (s *Store) ListCommands(ctx context.Context, filter storage.CommandFilter, page storage.Page) ([]*flowdeskv1.Command, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id"), ascending: filter.ByDue != filter.Reverse}
	l.among("id", filter.IDs)
	in(l, "state", filter.States)
	switch bits := stateBits(filter.States...); {
	case bits == 0:
	case bits&^0b1_1001_1110 == 0:
		l.and(unsettled)
	case bits&^0b1110_0100_0000 == 0:
		l.and(settled)
	}
	l.eq("session", filter.Session)
	if filter.Target != "" {
		l.and("(target_session = ? OR (target_session = '' AND session = ?))", filter.Target, filter.Target)
	}
	if groups := cleanedAll(filter.Groups); len(groups) > 0 {
		l.and("(session IN (?) OR session = '') AND (target_session IN (?) OR (target_session = '' AND session <> ''))", bun.List(groups), bun.List(groups))
	}
	l.eq("robot", filter.Robot)
	l.eq("instance", filter.Instance)
	l.eq("reply_to", filter.ReplyTo)
	keys := func(r *commandRow) []string { return []string{r.ID} }
	if filter.ByDue { // of the few that are not settled
		l.keys = []key{{"send_time", true}, {"id", false}}
		keys = func(r *commandRow) []string { return []string{decimal(r.SendTime), r.ID} }
		l.and(unsettled)
	}
	l.within(filter.After, filter.Before)
	l.between("send_time", filter.DueAfter, filter.DueUntil)
	rows, next, err := list(ctx, s, "list commands", l, keys)
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*commandRow).message)
	return out, next, err
}

// CountCommands implements storage.CommandStore.
func (s *Store) CountCommands(ctx context.Context) (map[flowdeskv1.CommandState]int64, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		State int64
		N     int64
	}
	if err := s.read.NewSelect().Model((*commandRow)(nil)).ColumnExpr("state, count(*) AS n").Where(unsettled).GroupExpr("state").
		Scan(ctx, &rows); err != nil {
		return nil, s.fail("count commands", err)
	}
	out := make(map[flowdeskv1.CommandState]int64, len(rows))
	for _, r := range rows {
		out[flowdeskv1.CommandState(r.State)] = r.N
	}
	return out, nil
}

// CountByRobot implements storage.CommandStore.
func (s *Store) CountByRobot(ctx context.Context, since time.Time, atMost int) (map[string]map[flowdeskv1.CommandState]int32, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		Robot    string
		State, N int64
	}
	newest := s.read.NewSelect().Model((*commandRow)(nil)).Column("robot", "state").Where("id >= ?", idFrom(since)).OrderExpr("id DESC").Limit(int64(atMost))
	if err := s.read.NewSelect().TableExpr("(?) AS newest", newest).ColumnExpr("COALESCE(robot, '') AS robot, state, count(*) AS n").
		GroupExpr("COALESCE(robot, ''), state").Scan(ctx, &rows); err != nil {
		return nil, s.fail("count commands of robots", err)
	}
	out := make(map[string]map[flowdeskv1.CommandState]int32)
	for _, r := range rows {
		if out[r.Robot] == nil {
			out[r.Robot] = make(map[flowdeskv1.CommandState]int32)
		}
		out[r.Robot][flowdeskv1.CommandState(r.State)] = int32(r.N)
	}
	return out, nil
}

// UnsettledCommands implements storage.CommandStore.
func (s *Store) UnsettledCommands(ctx context.Context, after string, limit int) ([]*flowdeskv1.Command, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []commandRow
	if err := s.read.NewSelect().Model(&rows).Where(unsettled+" AND id > ?", clean(after)).OrderExpr("id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("unsettled commands", err)
	}
	out, err := messagesOf(rows, (*commandRow).message)
	if err != nil {
		return nil, err
	}
	return out, s.attemptsOf(ctx, out)
}
