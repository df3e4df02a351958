package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/migrations"
)

// ErrVolatile is a database that answers a commit before it is on the disk.
var ErrVolatile = errors.New("the database has synchronous_commit off, so that a crash would lose what was acknowledged")

// ErrFsync is a database that does not write to the disk when it says so.
var ErrFsync = errors.New("the database has fsync off, so that a power cut would lose what was acknowledged and may destroy the rest")

// ErrClock is a database whose clock differs from this machine's.
var ErrClock = errors.New("the clocks differ")

// clockTolerance is how far the clocks may differ: leases, due times and the times of messages are compared with one another.
const clockTolerance = 5 * time.Minute

// strict refuses what only a test may have.
func strict(ctx context.Context, db *bun.DB, now func() time.Time) error {
	if now == nil {
		now = time.Now
	}
	var fsync string
	var micros int64
	before := now()
	if err := db.NewSelect().ColumnExpr("current_setting('fsync')").ColumnExpr(clock).Scan(ctx, &fsync, &micros); err != nil {
		return fmt.Errorf("open database: %w", translate(err))
	}
	if fsync == "off" {
		return fmt.Errorf("%w: %s", ErrFsync, remedyFsync)
	}
	middle := before.Add(now().Sub(before) / 2)
	if ahead := middle.Sub(time.UnixMicro(micros)); ahead.Abs() > clockTolerance {
		word := "ahead of"
		if ahead < 0 {
			word = "behind"
		}
		return fmt.Errorf("%w: this machine's is %s %s the database's: %s", ErrClock, ahead.Abs().Round(time.Second), word, remedyClock)
	}
	return nil
}

// Examine says what would keep a server from starting on a database, and changes nothing. Each error is a sentence with its remedy. Where there is
// none, further looks are taken.
func Examine(ctx context.Context, url string, looks ...func(context.Context, *sql.DB) error) error {
	db, _, err := open(ctx, url, Options{})
	if err != nil {
		return err
	}
	err = durable(ctx, db)
	if err == nil {
		err = strict(ctx, db, nil)
	}
	if err == nil {
		err = migrations.Check(ctx, db)
	}
	for _, look := range looks {
		if err == nil {
			err = look(ctx, db.DB)
		}
	}
	return errors.Join(err, db.Close())
}

// durable refuses a database whose commits do not last.
func durable(ctx context.Context, db *bun.DB) error {
	var setting string
	if err := db.NewSelect().ColumnExpr("current_setting('synchronous_commit')").Scan(ctx, &setting); err != nil {
		return fmt.Errorf("open database: %w", translate(err))
	}
	if setting == "off" {
		return fmt.Errorf("%w: %s", ErrVolatile, remedyCommit)
	}
	return nil
}

// stats reads what the server counts; a partitioned table has the sum of its partitions.
func stats(ctx context.Context, db *bun.DB) ([]storage.TableStats, error) {
	var rows []struct {
		Name  string
		Rows  int64
		Bytes int64
	}
	if err := db.NewSelect().TableExpr("pg_class AS c").
		Join("LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid").Join("LEFT JOIN pg_class AS p ON p.oid = i.inhparent").
		ColumnExpr("COALESCE(p.relname, c.relname)::text AS name").
		ColumnExpr("sum(COALESCE(pg_stat_get_live_tuples(c.oid), 0))::bigint AS rows").
		ColumnExpr("sum(pg_total_relation_size(c.oid))::bigint AS bytes").
		Where("c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace").GroupExpr("1").OrderExpr("1").
		Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]storage.TableStats, 0, len(rows))
	for _, r := range rows {
		out = append(out, storage.TableStats{Table: r.Name, Rows: r.Rows, Bytes: r.Bytes})
	}
	return out, nil
}
