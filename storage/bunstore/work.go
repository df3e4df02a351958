package bunstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func isNotFound(err error) bool { return errors.Is(err, storage.ErrNotFound) }

type instanceRow struct {
	bun.BaseModel `bun:"table:flow_instances"`

	ID                                                           string `bun:",pk"`
	Flow, Session, Event, Message, Error, FailedNode, WaitingFor string
	Trace, LastNode, Turns                                       string
	Version, Status, BeginTime, UpdateTime, EndTime              int64
}

func (r *instanceRow) message() *flowdeskv1.Instance {
	i := &flowdeskv1.Instance{
		Id: r.ID, Flow: r.Flow, Version: int32(r.Version), Session: r.Session, Status: flowdeskv1.InstanceStatus(r.Status), Event: r.Event,
		Message: r.Message, BeginTime: timestamp(r.BeginTime), UpdateTime: timestamp(r.UpdateTime), EndTime: timestamp(r.EndTime), Error: r.Error,
		FailedNode: r.FailedNode, Trace: r.Trace, LastNode: r.LastNode,
	}
	if r.WaitingFor != "" {
		i.WaitingFor = strings.Split(r.WaitingFor, ",")
	}
	return i
}

// GetInstance implements storage.InstanceStore.
func (s *Store) GetInstance(ctx context.Context, instance string) (*flowdeskv1.Instance, []int64, error) {
	row, err := one[instanceRow](ctx, s, "get instance", "id = ?", instance)
	if err != nil {
		return nil, nil, err
	}
	var turns []int64
	for part := range strings.SplitSeq(row.Turns, ",") {
		version, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("turns of instance %s: %w", instance, err)
		}
		turns = append(turns, version)
	}
	return row.message(), turns, nil
}

// ListInstances implements storage.InstanceStore.
func (s *Store) ListInstances(ctx context.Context, filter storage.InstanceFilter, page storage.Page) ([]*flowdeskv1.Instance, string, error) {
	l := &listing{filter: filter, page: page, key: "id"}
	l.eq("flow", filter.Flow)
	l.number("version", int64(filter.Version))
	l.eq("session", filter.Session)
	l.eq("message", filter.Message)
	in(l, "status", filter.Statuses)
	l.between("begin_time", filter.After, filter.Before)
	rows, next, err := list(ctx, s, "list instances", l, func(r *instanceRow) string { return r.ID })
	out := make([]*flowdeskv1.Instance, 0, len(rows))
	for i := range rows {
		out = append(out, rows[i].message())
	}
	return out, next, err
}

// CountInstances implements storage.InstanceStore.
func (s *Store) CountInstances(ctx context.Context, flow string, version int32) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	n, err := s.read.NewSelect().Model((*instanceRow)(nil)).Where("flow = ? AND version = ? AND end_time = 0", flow, version).Count(ctx)
	return n, s.fail("count instances", err)
}

// OpenVersions implements storage.InstanceStore.
func (s *Store) OpenVersions(ctx context.Context) ([]*flowdeskv1.ProgramRef, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []instanceRow
	if err := s.read.NewSelect().Model(&rows).Column("flow", "version").Distinct().Where("end_time = 0").Scan(ctx); err != nil {
		return nil, s.fail("open versions", err)
	}
	var out []*flowdeskv1.ProgramRef
	for i := range rows {
		out = append(out, &flowdeskv1.ProgramRef{Flow: rows[i].Flow, Version: int32(rows[i].Version)})
	}
	return out, nil
}

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

// ListQuarantine implements storage.InstanceStore.
func (s *Store) ListQuarantine(ctx context.Context, page storage.Page) ([]*storage.QuarantineEntry, string, error) {
	rows, next, err := list(ctx, s, "list quarantine", &listing{filter: "quarantine", page: page, key: "event"}, func(r *quarantineRow) string { return r.Event })
	var out []*storage.QuarantineEntry
	for i := range rows {
		entry, err := rows[i].entry()
		if err != nil {
			return nil, "", err
		}
		out = append(out, entry)
	}
	return out, next, err
}

// TakeQuarantine implements storage.InstanceStore.
func (s *Store) TakeQuarantine(ctx context.Context, event string) (*storage.QuarantineEntry, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var row quarantineRow
	if err := s.write.NewDelete().Model(&row).Where("event = ?", event).Returning("*").Scan(ctx); err != nil {
		return nil, s.fail("take quarantine", err)
	}
	return row.entry()
}

type commandRow struct {
	bun.BaseModel `bun:"table:robot_command_queue"`

	ID                                                                                 string `bun:",pk"`
	State, Attempts, ErrorCode, SendTime, SentTime, DoneTime, ResultDeadline, Revision int64
	Robot, PlatformMessage, Reason, SupersededBy                                       string
	Data                                                                               []byte
}

func (r *commandRow) message() (*flowdeskv1.Command, error) {
	c, err := decode(r.Data, &flowdeskv1.Command{})
	if err != nil {
		return nil, err
	}
	c.State, c.Attempts, c.ErrorCode = flowdeskv1.CommandState(r.State), int32(r.Attempts), int32(r.ErrorCode)
	c.SendTime, c.SentTime, c.DoneTime, c.ResultDeadline = timestamp(r.SendTime), timestamp(r.SentTime), timestamp(r.DoneTime), timestamp(r.ResultDeadline)
	c.Robot, c.PlatformMessage, c.Reason, c.SupersededBy = r.Robot, r.PlatformMessage, r.Reason, r.SupersededBy
	c.Etag = strconv.FormatInt(r.Revision, 10)
	return c, nil
}

func commandsOf(rows []commandRow) ([]*flowdeskv1.Command, error) {
	out := make([]*flowdeskv1.Command, 0, len(rows))
	for i := range rows {
		c, err := rows[i].message()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

type attemptRow struct {
	bun.BaseModel `bun:"table:execution_tracking"`

	Command string
	Number  int64
	Data    []byte
}

func (s *Store) attempts(ctx context.Context, commands []*flowdeskv1.Command) error {
	byID := make(map[string]*flowdeskv1.Command, len(commands))
	ids := make([]string, 0, len(commands))
	for _, c := range commands {
		byID[c.GetId()] = c
		ids = append(ids, c.GetId())
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []attemptRow
	if err := s.read.NewSelect().Model(&rows).Where("command IN (?)", bun.List(ids)).OrderExpr("command, number").Scan(ctx); err != nil {
		return s.fail("attempts", err)
	}
	for i := range rows {
		a, err := decode(rows[i].Data, &flowdeskv1.CommandAttempt{})
		if err != nil {
			return err
		}
		byID[rows[i].Command].AttemptLog = append(byID[rows[i].Command].GetAttemptLog(), a)
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
	return c, s.attempts(ctx, []*flowdeskv1.Command{c})
}

// ListCommands implements storage.CommandStore.
func (s *Store) ListCommands(ctx context.Context, filter storage.CommandFilter, page storage.Page) ([]*flowdeskv1.Command, string, error) {
	l := &listing{filter: filter, page: page, key: "id"}
	in(l, "state", filter.States)
	l.eq("session", filter.Session)
	l.eq("target_session", filter.Target)
	l.eq("robot", filter.Robot)
	l.eq("instance", filter.Instance)
	l.eq("reply_to", filter.ReplyTo)
	l.between("send_time", filter.After, filter.Before)
	rows, next, err := list(ctx, s, "list commands", l, func(r *commandRow) string { return r.ID })
	if err != nil {
		return nil, "", err
	}
	out, err := commandsOf(rows)
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
	if err := s.read.NewSelect().Model((*commandRow)(nil)).ColumnExpr("state, count(*) AS n").GroupExpr("state").Scan(ctx, &rows); err != nil {
		return nil, s.fail("count commands", err)
	}
	out := make(map[flowdeskv1.CommandState]int64, len(rows))
	for _, r := range rows {
		out[flowdeskv1.CommandState(r.State)] = r.N
	}
	return out, nil
}

// UnsettledCommands implements storage.CommandStore.
func (s *Store) UnsettledCommands(ctx context.Context, after string, limit int) ([]*flowdeskv1.Command, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []commandRow
	if err := s.read.NewSelect().Model(&rows).Where("state IN (1, 2, 3, 4, 7, 8) AND id > ?", after).OrderExpr("id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("unsettled commands", err)
	}
	out, err := commandsOf(rows)
	if err != nil {
		return nil, err
	}
	return out, s.attempts(ctx, out)
}

type taskRow struct {
	bun.BaseModel `bun:"table:track_tasks"`

	ID       string `bun:",pk"`
	Deadline int64
	Data     []byte
}

// GetTask implements storage.TaskStore.
func (s *Store) GetTask(ctx context.Context, task string) (*flowdeskv1.TrackTask, error) {
	row, err := one[taskRow](ctx, s, "get task", "id = ? AND deleted = 0", task)
	if err != nil {
		return nil, err
	}
	return decode(row.Data, &flowdeskv1.TrackTask{})
}

// ListTasks implements storage.TaskStore.
func (s *Store) ListTasks(ctx context.Context, filter storage.TaskFilter, page storage.Page) ([]*flowdeskv1.TrackTask, string, error) {
	l := &listing{filter: filter, page: page, key: "id"}
	key := func(r *taskRow) string { return r.ID }
	if filter.ByDeadline {
		l.key, l.ascending = "printf('%020d', deadline) || id", true
		key = func(r *taskRow) string { return fmt.Sprintf("%020d", r.Deadline) + r.ID }
	}
	l.and("deleted = 0")
	in(l, "state", filter.States)
	in(l, "kind", filter.Kinds)
	in(l, "origin", filter.Origins)
	l.eq("group_id", filter.Group)
	l.eq("target", filter.Target)
	l.eq("assignee", filter.Assignee)
	l.eq("command", filter.Command)
	if !filter.DueBefore.IsZero() {
		l.and("deadline > 0 AND deadline < ?", micros(filter.DueBefore))
	}
	rows, next, err := list(ctx, s, "list tasks", l, key)
	if err != nil {
		return nil, "", err
	}
	out, err := decoded(rows, func(r *taskRow) []byte { return r.Data }, func() *flowdeskv1.TrackTask { return &flowdeskv1.TrackTask{} })
	return out, next, err
}

// CountOpenTasks implements storage.TaskStore.
func (s *Store) CountOpenTasks(ctx context.Context) (map[string]int32, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		Assignee string
		N        int32
	}
	if err := s.read.NewSelect().Model((*taskRow)(nil)).ColumnExpr("assignee, count(*) AS n").
		Where("assignee <> '' AND deleted = 0 AND state NOT IN (5, 6)").GroupExpr("assignee").Scan(ctx, &rows); err != nil {
		return nil, s.fail("count tasks", err)
	}
	out := make(map[string]int32, len(rows))
	for _, r := range rows {
		out[r.Assignee] = r.N
	}
	return out, nil
}

type alertRow struct {
	bun.BaseModel `bun:"table:alerts"`

	ID   string `bun:",pk"`
	Data []byte
}

// GetAlert implements storage.AlertStore.
func (s *Store) GetAlert(ctx context.Context, alert string) (*flowdeskv1.Alert, error) {
	row, err := one[alertRow](ctx, s, "get alert", "id = ?", alert)
	if err != nil {
		return nil, err
	}
	return decode(row.Data, &flowdeskv1.Alert{})
}

// ListAlerts implements storage.AlertStore.
func (s *Store) ListAlerts(ctx context.Context, filter storage.AlertFilter, page storage.Page) ([]*flowdeskv1.Alert, string, error) {
	l := &listing{filter: filter, page: page, key: "id"}
	in(l, "state", filter.States)
	in(l, "level", filter.Levels)
	in(l, "category", filter.Categories)
	l.eq("session", filter.Session)
	l.eq("participant", filter.Participant)
	rows, next, err := list(ctx, s, "list alerts", l, func(r *alertRow) string { return r.ID })
	if err != nil {
		return nil, "", err
	}
	out, err := decoded(rows, func(r *alertRow) []byte { return r.Data }, func() *flowdeskv1.Alert { return &flowdeskv1.Alert{} })
	return out, next, err
}

type inboxRow struct {
	bun.BaseModel `bun:"table:inbox"`

	Sequence int64
	Data     []byte
}

// PendingEvents implements storage.InboxStore.
func (s *Store) PendingEvents(ctx context.Context, after int64, limit int) ([]storage.InboxEvent, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []inboxRow
	if err := s.read.NewSelect().Model(&rows).Where("sequence > ?", after).OrderExpr("sequence").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("pending events", err)
	}
	out := make([]storage.InboxEvent, 0, len(rows))
	for i := range rows {
		event, err := decode(rows[i].Data, &flowdeskv1.Event{})
		if err != nil {
			return nil, err
		}
		out = append(out, storage.InboxEvent{Sequence: rows[i].Sequence, Event: event})
	}
	return out, nil
}

type callRow struct {
	bun.BaseModel `bun:"table:calls"`

	ID   string `bun:",pk"`
	Data []byte
}

// PendingCalls implements storage.InboxStore.
func (s *Store) PendingCalls(ctx context.Context, after string, limit int) ([]*flowdeskv1.Call, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []callRow
	if err := s.read.NewSelect().Model(&rows).Where("id > ?", after).OrderExpr("id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("pending calls", err)
	}
	return decoded(rows, func(r *callRow) []byte { return r.Data }, func() *flowdeskv1.Call { return &flowdeskv1.Call{} })
}

type environmentRow struct {
	bun.BaseModel `bun:"table:environments"`

	Digest string
	Data   []byte
}

// GetEnvironment implements storage.EnvironmentStore.
func (s *Store) GetEnvironment(ctx context.Context, digest string) ([]byte, error) {
	row, err := one[environmentRow](ctx, s, "get environment", "digest = ?", digest)
	if err != nil {
		return nil, err
	}
	return row.Data, nil
}

type requestRow struct {
	bun.BaseModel `bun:"table:requests"`

	Method, ID string
	Time       int64
	Answer     []byte
}

// GetRequest implements storage.RequestStore.
func (s *Store) GetRequest(ctx context.Context, method, id string) ([]byte, error) {
	row, err := one[requestRow](ctx, s, "get request", "method = ? AND id = ?", method, id)
	if err != nil {
		return nil, err
	}
	return row.Answer, nil
}

// PutRequest implements storage.RequestStore.
func (s *Store) PutRequest(ctx context.Context, method, id string, answer []byte, at time.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewInsert().Model(&requestRow{Method: method, ID: id, Time: micros(at), Answer: answer}).On("CONFLICT DO NOTHING").Exec(ctx)
	return s.fail("put request", err)
}
