package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// The big tables are partitioned by weeks, so that what is too old leaves as whole tables, and what is written now stands in small indexes.
// Ids sort by time, so that a table of messages is divided by its key and a look-up by id meets one partition. Rows outside all weeks
// stand in the default partition.
const (
	week       = 7 * 24 * time.Hour
	weeksAhead = 4 // made ahead: a server that runs for weeks without its upkeep still finds them
)

// parted is a table in partitions.
type parted struct {
	table, column string
	ids           bool // the column holds ids, else microseconds
}

var partedTables = []parted{
	{"flow_execution_logs", "time", false},
	{"facts", "time", false},
	{"messages", "id", true},
	{"session_messages", "message", true},
	{"staff_messages", "message", true},
}

// weekOf is the Monday on which a time's week begins, in UTC.
func weekOf(t time.Time) time.Time {
	monday := time.Unix(4*24*3600, 0) // 1970-01-05
	return monday.Add(t.Sub(monday).Truncate(week)).UTC()
}

// name of the partition of a week.
func (p parted) name(monday time.Time) string { return p.table + "_w" + monday.Format("20060102") }

// bound is the least value of a time in the column, as a literal.
func (p parted) bound(t time.Time) string {
	if p.ids {
		return "'" + storage.LeastID(t) + "'"
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

// Partition makes the partitions of a time's week and of the next ones where they are missing. Several servers may do so at once.
func Partition(ctx context.Context, db *bun.DB, now time.Time) error {
	monday := weekOf(now)
	for _, p := range partedTables {
		for i := range weeksAhead {
			if err := p.make(ctx, db, monday.Add(time.Duration(i)*week)); err != nil {
				return fmt.Errorf("partition %s: %w", p.table, translate(err))
			}
		}
	}
	return nil
}

// make makes one partition. Rows of its week that came before it stand in the default partition and move.
func (p parted) make(ctx context.Context, db *bun.DB, monday time.Time) error {
	name := p.name(monday)
	exists := func(db bun.IDB) (there bool, err error) {
		// Not to_regclass: what it remembers may be older than the lock.
		return there, db.NewSelect().ColumnExpr("EXISTS (SELECT 1 FROM pg_class WHERE relname = ? AND relnamespace = current_schema()::regnamespace)", name).
			Scan(ctx, &there)
	}
	if there, err := exists(db); err != nil || there {
		return err
	}
	from, to := p.bound(monday), p.bound(monday.Add(week))
	if err := failpoint.Before("postgres.partition.before", storage.ErrUnavailable); err != nil {
		return err
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('flowdesk partitions ' || current_schema(), 0))"); err != nil {
			return err
		}
		if there, err := exists(tx); err != nil || there {
			return err // another server was first
		}
		within := p.column + " >= " + from + " AND " + p.column + " < " + to
		for _, statement := range []string{
			"CREATE TABLE " + name + " (LIKE " + p.table + " INCLUDING ALL)",
			// Nobody may add rows of this week to the default partition between the move and the end.
			"LOCK TABLE " + p.table + "_default IN ACCESS EXCLUSIVE MODE",
			"WITH moved AS (DELETE FROM " + p.table + "_default WHERE " + within + " RETURNING *) INSERT INTO " + name + " SELECT * FROM moved",
			"ALTER TABLE " + p.table + " ATTACH PARTITION " + name + " FOR VALUES FROM (" + from + ") TO (" + to + ")",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%.60s: %w", statement, err)
			}
		}
		return nil
	})
	return failpoint.Over(err, "postgres.partition.after", storage.ErrUnknown)
}

// weeks are the Mondays of a table's partitions, oldest first.
func (p parted) weeks(ctx context.Context, db bun.IDB) ([]time.Time, error) {
	var names []string
	if err := db.NewSelect().TableExpr("pg_inherits AS i").Join("JOIN pg_class AS c ON c.oid = i.inhrelid").ColumnExpr("c.relname::text").
		Where("i.inhparent = to_regclass(?)", p.table).OrderExpr("1").Scan(ctx, &names); err != nil {
		return nil, err
	}
	var out []time.Time
	for _, name := range names {
		if monday, err := time.Parse("20060102", strings.TrimPrefix(name, p.table+"_w")); err == nil {
			out = append(out, monday)
		}
	}
	return out, nil
}
