package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

// Parts are tables in partitions by time, on databases that have them.
type Parts struct {
	// Upkeep runs f while no other process does upkeep, and reports whether it ran.
	Upkeep func(ctx context.Context, db *bun.DB, f func(context.Context) error) (bool, error)
	// Old names the partitions of a table, oldest first, that hold nothing from a time or later; none for a table without partitions.
	Old func(ctx context.Context, db *bun.DB, table string, before time.Time) ([]string, error)
	// Drop removes a partition.
	Drop func(ctx context.Context, db *bun.DB, table, part string) error
	// Rest is the table that holds the rows outside all named partitions.
	Rest func(table string) string
}

// expiring says how old rows of one table are found.
type expiring struct {
	table string
	key   []string // names a row; the first is an id with its time in it, unless there is a column of time
	time  string
	where string // what may go, of the table under the name old
	aged  bool   // where says it all: there is no time
	// passing rows are kept by no archive: they tell nothing of what happened.
	passing bool
}

// covered are turns that no session's state needs: a later snapshot stands for them.
const covered = `EXISTS (SELECT 1 FROM session_snapshots AS s WHERE s.session = old.session AND s.version > old.version)`

// expiringTables are the tables of each kind. One is looked at when nothing of those before it is left.
var expiringTables = map[storage.Ages][]expiring{
	storage.Turns: {
		{table: "flow_execution_logs", key: []string{"session", "version"}, time: "time", where: covered},
		{table: "session_snapshots", key: []string{"session", "version"}, aged: true, where: covered + ` AND NOT EXISTS (SELECT 1
			FROM flow_execution_logs AS t WHERE t.session = old.session AND t.version = old.version)`},
	},
	storage.Messages: {
		{table: "session_messages", key: []string{"message"}},
		{table: "staff_messages", key: []string{"message"}},
		{table: "messages", key: []string{"id"}},
		{table: "session_notes", key: []string{"id"}, aged: true, where: "create_time < ?0"},
		{table: "read_marks", key: []string{"message", "reader", "session"}, passing: true}, // with the message that was seen last
	},
	storage.Runs: {
		{table: "flow_instances", key: []string{"id"}, where: "end_time IS NOT NULL"},
		{table: "robot_command_queue", key: []string{"id"}, where: "NOT (" + unsettled + ")"},
		{table: "execution_tracking", key: []string{"command", "number"}, where: `NOT EXISTS (SELECT 1
			FROM robot_command_queue AS c WHERE c.id = old.command)`},
		{table: "requests", key: []string{"method", "id"}, time: "time"},
	},
	storage.Facts: {{table: "facts", key: []string{"sequence"}, time: "time"}},
}

// Upkeep implements storage.RetentionStore.
func (s *Store) Upkeep(ctx context.Context, f func(context.Context) error) (bool, error) {
	if err := s.begin(ctx); err != nil {
		return false, err
	}
	if s.dialect.Parts == nil {
		return true, f(ctx)
	}
	ran, err := s.dialect.Parts.Upkeep(ctx, s.write, f)
	return ran, s.fail("upkeep", err)
}

// PutSnapshot implements storage.RetentionStore.
func (s *Store) PutSnapshot(ctx context.Context, session string, version int64, data []byte) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewInsert().Model(&snapshotRow{Session: clean(session), Version: version, Data: pack(data)}).On("CONFLICT DO NOTHING").Exec(ctx)
	return s.fail("put snapshot", err)
}

// NeedSnapshot implements storage.RetentionStore.
func (s *Store) NeedSnapshot(ctx context.Context, before time.Time, limit int) ([]string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	turns := expiringTables[storage.Turns][0]
	turns.where = "NOT " + covered
	var sessions []string
	err := s.read.NewRaw("SELECT DISTINCT session FROM ("+s.candidates(turns, turns.table)+") AS c", micros(before), limit).Scan(ctx, &sessions)
	return sessions, s.fail("need snapshot", err)
}

// candidates selects the keys of old rows of a table. It has marks for the time and the limit.
func (s *Store) candidates(e expiring, table string) string {
	where := " AND " + e.where
	if e.where == "" {
		where = ""
	}
	keys := columns(e.key)
	switch {
	case e.aged:
		return "SELECT " + keys + " FROM " + table + " AS old WHERE ?0 IS NOT NULL" + where + " LIMIT ?1"
	case e.time == "":
		return "SELECT " + keys + " FROM " + table + " AS old WHERE " + e.key[0] + " < ?0" + where + " ORDER BY " + e.key[0] + " LIMIT ?1"
	case s.dialect.Parts != nil:
		return "SELECT " + keys + " FROM " + table + " AS old WHERE " + e.time + " < ?0" + where + " LIMIT ?1"
	default: // rows stand in the order in which they came, and no index knows the time: a look at the first ones is enough
		return "SELECT " + keys + " FROM (SELECT * FROM " + table + " ORDER BY rowid LIMIT ?1) AS old WHERE " + e.time + " < ?0" + where
	}
}

// border is what rows of an age are compared with.
func (e expiring) border(before time.Time) any {
	if e.time == "" && !e.aged {
		return storage.LeastID(before)
	}
	return micros(before)
}

// Expire implements storage.RetentionStore.
func (s *Store) Expire(ctx context.Context, kind storage.Ages, before time.Time, limit int, archive storage.ArchiveFunc) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	for _, e := range expiringTables[kind] {
		n, err := s.expire(ctx, e, before, limit, archive)
		if n > 0 || err != nil {
			return n, s.fail("expire "+e.table, err)
		}
	}
	return 0, nil
}

// expire removes some rows of a table: a whole partition where one is old enough, else single rows.
func (s *Store) expire(ctx context.Context, e expiring, before time.Time, limit int, archive storage.ArchiveFunc) (int64, error) {
	table := e.table
	if parts := s.dialect.Parts; parts != nil {
		old, err := parts.Old(ctx, s.read, e.table, before)
		if err != nil {
			return 0, err
		}
		if len(old) > 0 {
			return s.expirePart(ctx, e, old[0], limit, archive)
		}
		table = parts.Rest(e.table)
	}
	keys, err := s.keys(ctx, s.candidates(e, table), len(e.key), e.border(before), limit)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	these, args := among(e.key, keys)
	if archive != nil && !e.passing {
		if err := s.archive(ctx, e.table, "SELECT * FROM "+table+" WHERE "+these, args, limit, archive); err != nil {
			return 0, err
		}
	}
	var removed int64
	err = s.change(ctx, "expire", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE "+these, args...)
		if err != nil {
			return err
		}
		removed, err = result.RowsAffected()
		return err
	})
	return removed, err
}

// expirePart removes a partition, which must hold nothing that has to stay.
func (s *Store) expirePart(ctx context.Context, e expiring, part string, limit int, archive storage.ArchiveFunc) (int64, error) {
	var rows int64
	var staying bool
	stays := "FALSE"
	if e.where != "" {
		stays = "EXISTS (SELECT 1 FROM " + part + " AS old WHERE NOT (" + e.where + "))"
	}
	if err := s.read.QueryRowContext(ctx, "SELECT count(*), "+stays+" FROM "+part).Scan(&rows, &staying); err != nil {
		return 0, err
	}
	if staying {
		return 0, fmt.Errorf("%s holds what is needed: %w", part, storage.ErrConflict)
	}
	if archive != nil {
		if err := s.archive(ctx, e.table, "SELECT * FROM "+part, nil, limit, archive); err != nil {
			return 0, err
		}
	}
	return max(1, rows), s.dialect.Parts.Drop(ctx, s.write, e.table, part)
}
