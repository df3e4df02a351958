package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

type demoRow struct {
	bun.BaseModel `bun:"table:demo_things"`

	Kind string `bun:",pk"`
	ID   string `bun:",pk"`
}

// MarkDemo implements storage.DemoStore.
func (s *Store) MarkDemo(ctx context.Context, kind string, ids ...string) error {
	return s.change(ctx, "mark demo data", func(ctx context.Context, tx bun.Tx) error {
		rows := make([]demoRow, 0, len(ids))
		for _, id := range ids {
			rows = append(rows, demoRow{Kind: kind, ID: clean(id)})
		}
		return insertAll(ctx, tx, rows)
	})
}

// UnmarkDemo implements storage.DemoStore.
func (s *Store) UnmarkDemo(ctx context.Context, kind string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	return s.change(ctx, "unmark demo data", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*demoRow)(nil)).Where("kind = ? AND id IN (?)", kind, bun.List(ids)).Exec(ctx)
		return err
	})
}

// ListDemo implements storage.DemoStore.
func (s *Store) ListDemo(ctx context.Context) (map[string][]string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []demoRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("kind, id").Scan(ctx); err != nil {
		return nil, s.fail("list demo data", err)
	}
	out := make(map[string][]string)
	for _, r := range rows {
		out[r.Kind] = append(out[r.Kind], r.ID)
	}
	return out, nil
}

// sessionTables are the tables that hold rows of sessions: the column that names the session, and what their rows are called where people count
// them. The attempts of commands go with the commands.
var sessionTables = []struct{ table, column, kind string }{
	{"execution_tracking", "", ""},
	{"flow_execution_logs", "session", "turns"},
	{"session_snapshots", "session", ""},
	{"messages", "session", ""},
	{"session_messages", "session", "messages"},
	{"staff_messages", "session", ""},
	{"flow_instances", "session", "instances"},
	{"robot_command_queue", "session", "commands"},
	{"track_tasks", "group_id", "tasks"},
	{"alerts", "session", "alerts"},
	{"facts", "session", "facts"},
	{"inbox", "session", ""},
	{"session_notes", "session", ""},
	{"read_marks", "session", ""},
	{"user_profiles", "session", ""},
	{"sessions", "id", "sessions"},
}

// CountSessionRows implements storage.DemoStore. Nothing is quicker than a look at each table, and nobody asks often.
func (s *Store) CountSessionRows(ctx context.Context, sessions []string) (map[string]int64, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	out := make(map[string]int64)
	for _, t := range sessionTables {
		if t.kind == "" || len(sessions) == 0 {
			continue
		}
		n, err := s.read.NewSelect().TableExpr(t.table).Where(t.column+" IN (?)", bun.List(sessions)).Count(ctx)
		if err != nil {
			return nil, s.fail("count rows of sessions", err)
		}
		out[t.kind] = n
	}
	return out, nil
}

// DeleteSessions implements storage.DemoStore.
func (s *Store) DeleteSessions(ctx context.Context, sessions []string) (map[string]int64, error) {
	out := make(map[string]int64)
	if len(sessions) == 0 {
		return out, nil
	}
	err := s.change(ctx, "delete sessions", func(ctx context.Context, tx bun.Tx) error {
		for _, t := range sessionTables {
			query := tx.NewDelete().TableExpr(t.table)
			if t.table == "execution_tracking" {
				query = query.Where("command IN (SELECT id FROM robot_command_queue WHERE session IN (?))", bun.List(sessions))
			} else {
				query = query.Where(t.column+" IN (?)", bun.List(sessions))
			}
			result, err := query.Exec(ctx)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			if t.kind != "" {
				out[t.kind] = n
			}
		}
		return forgetDerived(ctx, tx)
	})
	return out, err
}

// DeleteDirectory implements storage.DemoStore.
func (s *Store) DeleteDirectory(ctx context.Context, groups, people []string) error {
	return s.changeEnvironment(ctx, "delete directory entries", func(ctx context.Context, tx bun.Tx) error {
		for _, part := range []struct {
			table, column string
			ids           []string
		}{{"group_aliases", "group_id", groups}, {"groups", "id", groups}, {"people", "id", people}, {"staff_status", "person", people}} {
			if len(part.ids) == 0 {
				continue
			}
			if _, err := tx.NewDelete().TableExpr(part.table).Where(part.column+" IN (?)", bun.List(part.ids)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteVersion implements storage.DemoStore.
func (s *Store) DeleteVersion(ctx context.Context, flow string, version int32) error {
	return s.change(ctx, "delete version", func(ctx context.Context, tx bun.Tx) error {
		id := clean(flow)
		active, err := tx.NewSelect().TableExpr("flow_definitions").Where("id = ? AND active_version = ?", id, version).Exists(ctx)
		if err != nil {
			return err
		}
		ran, err := tx.NewSelect().TableExpr("flow_instances").Where("flow = ? AND version = ?", id, version).Exists(ctx)
		if err != nil {
			return err
		}
		if active || ran {
			return fmt.Errorf("version %d of flow %s is in use: %w", version, flow, storage.ErrConflict)
		}
		if _, err := tx.NewDelete().TableExpr("flow_versions").Where("flow = ? AND version = ?", id, version).Exec(ctx); err != nil {
			return err
		}
		var latest versionRow
		err = tx.NewSelect().Model(&latest).Where("flow = ?", id).OrderExpr("version DESC").Limit(1).Scan(ctx)
		switch {
		case isNoRows(err):
			_, err = tx.NewUpdate().Model((*flowRow)(nil)).Set("latest_version = 0, latest_digest = ''").Where("id = ?", id).Exec(ctx)
			return err
		case err != nil:
			return err
		}
		v, err := latest.message()
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*flowRow)(nil)).Set("latest_version = ?", latest.Version).
			Set("latest_digest = ?", definitionDigest(v.GetDefinition())).Where("id = ?", id).Exec(ctx)
		return err
	})
}
