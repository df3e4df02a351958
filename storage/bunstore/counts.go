package bunstore

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// SumRuns implements storage.AnalyticsStore.
func (s *Store) SumRuns(ctx context.Context, after, before time.Time) ([]storage.VersionRuns, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var out []storage.VersionRuns
	err := slotsOf(s.read.NewSelect().TableExpr("derived_runs"), after, before).
		ColumnExpr("flow, version, sum(runs) AS runs, sum(failed) AS failed").GroupExpr("flow, version").OrderExpr("flow, version").Scan(ctx, &out)
	return out, s.fail("sum runs", err)
}

// CountOpenRuns implements storage.AnalyticsStore.
func (s *Store) CountOpenRuns(ctx context.Context) ([]storage.VersionRuns, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var out []storage.VersionRuns
	err := s.read.NewSelect().TableExpr("flow_instances").ColumnExpr("flow, version, count(*) AS runs").Where("end_time IS NULL").
		GroupExpr("flow, version").OrderExpr("flow, version").Scan(ctx, &out)
	return out, s.fail("count open runs", err)
}

// CountInstanceStatuses implements storage.AnalyticsStore.
func (s *Store) CountInstanceStatuses(ctx context.Context, filter storage.InstanceFilter) (map[flowdeskv1.InstanceStatus]int64, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	l := instanceListing(filter, storage.Page{})
	l.keys = nil
	var rows []struct{ Status, N int64 }
	if err := l.apply(s.read.NewSelect().Model((*instanceRow)(nil)), nil).ColumnExpr("status, count(*) AS n").GroupExpr("status").Scan(ctx, &rows); err != nil {
		return nil, s.fail("count instances", err)
	}
	out := make(map[flowdeskv1.InstanceStatus]int64, len(rows))
	for _, r := range rows {
		out[flowdeskv1.InstanceStatus(r.Status)] = r.N
	}
	return out, nil
}

// CountSettledCommands implements storage.AnalyticsStore.
func (s *Store) CountSettledCommands(ctx context.Context, after, before time.Time, completed bool) (map[flowdeskv1.CommandState]int64, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	out := make(map[flowdeskv1.CommandState]int64)
	conditions := []string{settled}
	if completed {
		conditions = append(conditions, "state = 5")
	}
	for _, condition := range conditions {
		var rows []struct{ State, N int64 }
		if err := s.read.NewSelect().Model((*commandRow)(nil)).ColumnExpr("state, count(*) AS n").Where(condition).
			Where("id >= ? AND id < ?", idFrom(after), idFrom(before)).GroupExpr("state").Scan(ctx, &rows); err != nil {
			return nil, s.fail("count commands", err)
		}
		for _, r := range rows {
			out[flowdeskv1.CommandState(r.State)] = r.N
		}
	}
	return out, nil
}

// CountAlertsRaised implements storage.AnalyticsStore.
func (s *Store) CountAlertsRaised(ctx context.Context, after, before time.Time) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	n, err := s.read.NewSelect().Model((*alertRow)(nil)).Where("id >= ? AND id < ?", idFrom(after), idFrom(before)).Count(ctx)
	return n, s.fail("count alerts", err)
}

// CountOpenAlerts implements storage.AnalyticsStore.
func (s *Store) CountOpenAlerts(ctx context.Context, now time.Time) ([]storage.AlertsOpen, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []struct{ Level, State, Silenced, N int64 }
	if err := s.read.NewSelect().Model((*alertRow)(nil)).ColumnExpr("level, state, count(*) AS n").
		ColumnExpr("CASE WHEN silenced_until > ? THEN 1 ELSE 0 END AS silenced", micros(now)).
		Where("state <> 3").GroupExpr("level, state, 4").OrderExpr("level DESC, state, silenced").Scan(ctx, &rows); err != nil {
		return nil, s.fail("count open alerts", err)
	}
	out := make([]storage.AlertsOpen, 0, len(rows))
	for _, r := range rows {
		out = append(out, storage.AlertsOpen{
			Level: flowdeskv1.AlertLevel(r.Level), State: flowdeskv1.AlertState(r.State), Silenced: r.Silenced == 1, Count: r.N,
		})
	}
	return out, nil
}

// CountTasks implements storage.AnalyticsStore.
func (s *Store) CountTasks(ctx context.Context, assignee string, now time.Time) ([]storage.TasksOpen, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	query := s.read.NewSelect().Model((*taskRow)(nil)).ColumnExpr("state, count(*) AS count").
		ColumnExpr("sum(CASE WHEN deadline > 0 AND deadline < ? THEN 1 ELSE 0 END) AS overdue", micros(now)).
		ColumnExpr("sum(CASE WHEN assignee IS NULL THEN 1 ELSE 0 END) AS unassigned").
		Where("state NOT IN (5, 6) AND deleted IS NULL").GroupExpr("state").OrderExpr("state")
	if assignee != "" {
		query = query.Where("assignee = ?", clean(assignee))
	}
	var out []storage.TasksOpen
	err := query.Scan(ctx, &out)
	return out, s.fail("count tasks", err)
}

// CountSessions implements storage.AnalyticsStore. It looks at the rows of all sessions, of which there is one for each chat.
func (s *Store) CountSessions(ctx context.Context) (unanswered, held int64, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, 0, err
	}
	var row struct{ Unanswered, Held int64 }
	err = s.read.NewSelect().Model((*sessionRow)(nil)).ColumnExpr("COALESCE(sum(CASE WHEN unanswered > 0 THEN 1 ELSE 0 END), 0) AS unanswered").
		ColumnExpr("COALESCE(sum(held), 0) AS held").Scan(ctx, &row)
	return row.Unanswered, row.Held, s.fail("count sessions", err)
}
