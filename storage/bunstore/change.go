package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// Limits of a change.
const (
	changeWithin = 30 * time.Second // in a database that has stopped to answer
	changeTries  = 3                // of a transaction that others made come to nothing
)

// change runs a change that people make, in a transaction of its own. Once begun it is not cancelled: a caller who leaves half way would cost
// the writer its connection, with the pages that it keeps in memory. The function may be run more than once, and must then begin anew: nothing of
// what it did before was stored.
func (s *Store) change(ctx context.Context, doing string, f func(context.Context, bun.Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := failpoint.Before("store.change.before", storage.ErrUnavailable); err != nil {
		return s.fail(doing, err)
	}
	connection, err := s.write.Conn(ctx)
	if err != nil {
		return s.fail(doing, err)
	}
	unhurried, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeWithin)
	defer cancel()
	err = s.untilStored(unhurried, func() error {
		return connection.RunInTx(unhurried, nil, func(ctx context.Context, tx bun.Tx) error {
			if s.dialect.Exclusive != "" {
				if _, err := tx.ExecContext(ctx, s.dialect.Exclusive); err != nil {
					return err
				}
			}
			return failpoint.Over(f(ctx, tx), "store.change.write", storage.ErrUnavailable)
		})
	})
	return s.fail(doing, errors.Join(failpoint.Over(err, "store.change.after", storage.ErrUnknown), connection.Close()))
}

// untilStored runs a whole transaction again that came to nothing because of others', a few times: neither the person nor the server that changes
// something did anything wrong.
func (s *Store) untilStored(ctx context.Context, transaction func() error) error {
	for try := 1; ; try++ {
		err := transaction()
		if err == nil || try == changeTries || ctx.Err() != nil || s.dialect.CameToNothing == nil || !s.dialect.CameToNothing(err) {
			return err
		}
	}
}

// An etag is a counter that begins at the time of the first change, so that a row deleted and made again has none of its old etags.

// checkEtag refuses a change that is based on an older state, and gives the next etag. The empty etag is based on any.
func checkEtag(ctx context.Context, tx bun.Tx, tableName, id, etag string) (int64, error) {
	var stored int64
	err := tx.NewSelect().TableExpr(tableName).ColumnExpr("etag").Where("id = ?", clean(id)).Scan(ctx, &stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if etag != "" && etag != shownEtag(stored) {
		return 0, fmt.Errorf("%s %s: %w", tableName, id, storage.ErrConflict)
	}
	return nextEtag(stored), nil
}

func nextEtag(stored int64) int64 { return max(stored+1, time.Now().UnixMicro()) }

func shownEtag(stored int64) string { return strconv.FormatInt(stored, 36) }

// upsert stores a row under its id.
func upsert(ctx context.Context, tx bun.Tx, row any, set string) error {
	_, err := tx.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").Set(set).Exec(ctx)
	return err
}

// remove deletes the row under an id.
func (s *Store) remove(ctx context.Context, doing, tableName, id string, also ...func(context.Context, bun.Tx) error) error {
	return s.change(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().TableExpr(tableName).Where("id = ?", clean(id)).Exec(ctx)
		if err != nil {
			return err
		}
		for _, f := range also {
			if err := f(ctx, tx); err != nil {
				return err
			}
		}
		return touched(ctx, tx, tableName, id, result)
	})
}

// touched tells a conflict from a missing row when a conditional change touched nothing.
func touched(ctx context.Context, tx bun.Tx, tableName, id string, result sql.Result) error {
	n, err := result.RowsAffected()
	if err != nil || n > 0 {
		return err
	}
	exists, err := tx.NewSelect().TableExpr(tableName).Where("id = ?", clean(id)).Exists(ctx)
	switch {
	case err != nil:
		return err
	case exists:
		return fmt.Errorf("%s: %w", id, storage.ErrConflict)
	default:
		return fmt.Errorf("%s: %w", id, storage.ErrNotFound)
	}
}
