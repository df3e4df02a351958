package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/flowdesk/flowdesk/storage"
)

// translate turns the driver's errors into the store's. No error of the driver's own type leaves.
func translate(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		if errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
			return fmt.Errorf("%w: %s", storage.ErrUnavailable, err.Error())
		}
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_PROTOCOL:
		return fmt.Errorf("%w: %s", storage.ErrUnavailable, e.Error())
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Errorf("%w: %s", storage.ErrExists, e.Error())
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("%w: %s", context.Canceled, e.Error())
	default:
		return errors.New(e.Error())
	}
}

// unsure tells of an error of COMMIT whether the transaction may be there all the same: when the log was written and could not be synced,
// nobody knows what a restart finds in it. A log for which there was no room surely lacks the end that makes it count.
func unsure(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CONSTRAINT:
		return false
	default:
		return true
	}
}

// stats counts rows, and reads sizes where the library was built to tell them.
func stats(ctx context.Context, db *bun.DB) ([]storage.TableStats, error) {
	var names []string
	if err := db.NewSelect().TableExpr("sqlite_master").ColumnExpr("name").Where("type = 'table' AND name NOT LIKE 'sqlite_%'").
		OrderExpr("name").Scan(ctx, &names); err != nil {
		return nil, err
	}
	out := make([]storage.TableStats, 0, len(names))
	for _, name := range names {
		t := storage.TableStats{Table: name}
		if err := db.NewSelect().TableExpr("?", bun.Ident(name)).ColumnExpr("count(*)").Scan(ctx, &t.Rows); err != nil {
			return nil, err
		}
		// A size that cannot be read is 0, as the contract says.
		_ = db.NewSelect().TableExpr("dbstat").ColumnExpr("COALESCE(SUM(pgsize), 0)").Where("aggregate").
			Where("name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)", name).Scan(ctx, &t.Bytes)
		out = append(out, t)
	}
	return out, nil
}
