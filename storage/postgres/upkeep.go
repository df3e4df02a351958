package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
)

var parts = &bunstore.Parts{ //nolint:gochecknoglobals // a table of functions
	Upkeep: upkeep,
	Old:    old,
	Drop:   drop,
	Rest: func(table string) string {
		if partedOf(table) != nil {
			return table + "_default"
		}
		return table
	},
}

func partedOf(table string) *parted {
	i := slices.IndexFunc(partedTables, func(p parted) bool { return p.table == table })
	if i < 0 {
		return nil
	}
	return &partedTables[i]
}

// upkeep makes the next partitions and runs f, on one server at a time: the others leave it to that one.
func upkeep(ctx context.Context, db *bun.DB, f func(context.Context) error) (ran bool, err error) {
	const lock = "hashtextextended('flowdesk upkeep ' || current_schema(), 0)"
	connection, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, connection.Close()) }()
	if err := connection.QueryRowContext(ctx, "SELECT pg_try_advisory_lock("+lock+")").Scan(&ran); err != nil || !ran {
		return false, err
	}
	defer func() {
		_, unlocking := connection.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+lock+")")
		err = errors.Join(err, unlocking)
	}()
	if err := Partition(ctx, db, time.Now()); err != nil {
		return true, err
	}
	return true, f(ctx)
}

func old(ctx context.Context, db *bun.DB, table string, before time.Time) ([]string, error) {
	p := partedOf(table)
	if p == nil {
		return nil, nil
	}
	weeks, err := p.weeks(ctx, db)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, monday := range weeks {
		if !monday.Add(week).After(before) {
			names = append(names, p.name(monday))
		}
	}
	return names, nil
}

// drop waits for those who read the table, but not for long: whoever wants to write queues up behind it.
func drop(ctx context.Context, db *bun.DB, table, part string) error {
	if err := failpoint.Before("postgres.partition.before", storage.ErrUnavailable); err != nil {
		return err
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range []string{
			"SET LOCAL lock_timeout = '2s'", "ALTER TABLE " + table + " DETACH PARTITION " + part, "DROP TABLE " + part,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	return failpoint.Over(err, "postgres.partition.after", storage.ErrUnknown)
}
