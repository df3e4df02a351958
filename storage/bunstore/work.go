package bunstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type taskRow struct {
	bun.BaseModel `bun:"table:track_tasks"`

	ID       string `bun:",pk"`
	Deadline int64
	Data     []byte
}

func (r *taskRow) task() (*flowdeskv1.TrackTask, error) {
	return decode(r.Data, &flowdeskv1.TrackTask{})
}

// GetTask implements storage.TaskStore.
func (s *Store) GetTask(ctx context.Context, task string) (*flowdeskv1.TrackTask, error) {
	row, err := one[taskRow](ctx, s, "get task", "id = ? AND deleted IS NULL", task)
	if err != nil {
		return nil, err
	}
	return row.task()
}

// ListTasks implements storage.TaskStore.
func (s *Store) ListTasks(ctx context.Context, filter storage.TaskFilter, page storage.Page) ([]*flowdeskv1.TrackTask, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id"), ascending: filter.ByDeadline != filter.Reverse}
	keys := func(r *taskRow) []string { return []string{r.ID} }
	if filter.ByDeadline {
		l.keys = []key{{"deadline", true}, {"id", false}}
		keys = func(r *taskRow) []string { return []string{decimal(r.Deadline), r.ID} }
		l.and("deadline > 0")
	}
	l.and("deleted IS NULL")
	l.among("id", filter.IDs)
	in(l, "state", filter.States)
	in(l, "kind", filter.Kinds)
	in(l, "origin", filter.Origins)
	l.eq("group_id", filter.Group)
	l.among("group_id", filter.Groups)
	l.eq("target", filter.Target)
	l.eq("assignee", filter.Assignee)
	l.eq("command", filter.Command)
	if filter.Unassigned {
		l.and("assignee IS NULL")
	}
	if openOnly(filter.States) {
		l.and("state NOT IN (5, 6)") // the index of open tasks
	}
	if !filter.DueBefore.IsZero() {
		l.and("deadline > 0 AND deadline < ?", micros(filter.DueBefore))
	}
	rows, next, err := list(ctx, s, "list tasks", l, keys)
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*taskRow).task)
	return out, next, err
}

// openOnly reports whether states are asked for, all of which are open.
func openOnly(states []flowdeskv1.TaskState) bool {
	for _, state := range states {
		if state == flowdeskv1.TaskState_TASK_STATE_COMPLETED || state == flowdeskv1.TaskState_TASK_STATE_CANCELLED {
			return false
		}
	}
	return len(states) > 0
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
		Where("assignee IS NOT NULL AND state NOT IN (5, 6) AND deleted IS NULL").GroupExpr("assignee").Scan(ctx, &rows); err != nil {
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

	ID    string `bun:",pk"`
	Level int64
	Data  []byte
}

func (r *alertRow) alert() (*flowdeskv1.Alert, error) { return decode(r.Data, &flowdeskv1.Alert{}) }

// GetAlert implements storage.AlertStore.
func (s *Store) GetAlert(ctx context.Context, alert string) (*flowdeskv1.Alert, error) {
	row, err := one[alertRow](ctx, s, "get alert", "id = ?", alert)
	if err != nil {
		return nil, err
	}
	return row.alert()
}

// ListAlerts implements storage.AlertStore.
func (s *Store) ListAlerts(ctx context.Context, filter storage.AlertFilter, page storage.Page) ([]*flowdeskv1.Alert, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id"), ascending: filter.Reverse}
	keys := func(r *alertRow) []string { return []string{r.ID} }
	if filter.Gravest { // of the few that are not resolved
		l.keys = []key{{"level", true}, {"id", false}}
		keys = func(r *alertRow) []string { return []string{decimal(r.Level), r.ID} }
	}
	l.among("id", filter.IDs)
	in(l, "state", filter.States)
	in(l, "level", filter.Levels)
	in(l, "category", filter.Categories)
	l.eq("session", filter.Session)
	l.among("session", filter.Groups)
	l.eq("participant", filter.Participant)
	l.within(filter.After, filter.Before)
	l.eq("assignee", filter.Assignee)
	if filter.Silenced != nil {
		silenced := "COALESCE(silenced_until, 0) > ?"
		if !*filter.Silenced {
			silenced = "COALESCE(silenced_until, 0) <= ?"
		}
		l.and(silenced, micros(filter.Now))
	}
	if len(filter.States) > 0 && !slices.Contains(filter.States, flowdeskv1.AlertState_ALERT_STATE_RESOLVED) {
		l.and("state <> 3") // the index of open alerts
	}
	rows, next, err := list(ctx, s, "list alerts", l, keys)
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*alertRow).alert)
	return out, next, err
}

// CountPersonAlerts implements storage.AlertStore.
func (s *Store) CountPersonAlerts(ctx context.Context, day string) ([]*flowdeskv1.PersonAlerts, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		Person, Session string
		N               int32
	}
	if err := s.read.NewSelect().Model((*alertRow)(nil)).ColumnExpr("person, session, count(*) AS n").Where("day = ? AND person IS NOT NULL", day).
		GroupExpr("person, session").OrderExpr("person, session").Scan(ctx, &rows); err != nil {
		return nil, s.fail("count alerts of people", err)
	}
	out := make([]*flowdeskv1.PersonAlerts, 0, len(rows))
	for _, r := range rows {
		out = append(out, &flowdeskv1.PersonAlerts{Person: r.Person, Session: r.Session, Day: day, Count: r.N})
	}
	return out, nil
}
