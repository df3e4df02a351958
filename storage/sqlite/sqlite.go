// Package sqlite opens a store on an SQLite file: WAL, synchronous=FULL, one writer, several readers.
//
// It may import storage, bunstore, migrations, bun and the driver.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/migrate"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/migrations"
)

// Open opens the file, creating it with mode 0600, and brings its schema up to date. A file with a newer schema is refused.
func Open(ctx context.Context, path string) (*bunstore.Store, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write, err := pool(path, 1)
	if err != nil {
		return nil, err
	}
	read, err := pool(path, max(4, runtime.NumCPU()))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	store := bunstore.New(write, read, bunstore.Dialect{Translate: translate, Stats: stats, Begin: "BEGIN IMMEDIATE"})
	if err := migrateUp(ctx, write); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// pool opens connections to the file. Every transaction begins by taking the write lock, because one that reads first and writes later
// can lose to a neighbour in spite of the busy timeout.
func pool(path string, connections int) (*bun.DB, error) {
	values := url.Values{
		"_pragma": {
			"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)", "temp_store(MEMORY)",
			"cache_size(-65536)",       // 64 MiB: the hot ends of all tables stay in memory
			"wal_autocheckpoint(4000)", // 16 MB of log before a commit pays for a checkpoint
			"journal_size_limit(67108864)",
		},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+values.Encode())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

func migrateUp(ctx context.Context, db *bun.DB) error {
	known := migrations.All()
	migrator := migrate.NewMigrator(db, known)
	if err := migrator.Init(ctx); err != nil {
		return fmt.Errorf("migrate: %w", translate(err))
	}
	applied, err := migrator.AppliedMigrations(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", translate(err))
	}
	names := make(map[string]bool)
	for _, m := range known.Sorted() {
		names[m.Name] = true
	}
	for _, m := range applied {
		if !names[m.Name] {
			return fmt.Errorf("the database has schema step %s, which this version of flowdesk does not know: use a newer flowdesk", m.Name)
		}
	}
	if _, err := migrator.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", translate(err))
	}
	return nil
}

// translate turns the driver's errors into the store's.
func translate(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s", storage.ErrUnavailable, e.Error())
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Errorf("%w: %s", storage.ErrExists, e.Error())
	default:
		return err
	}
}

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
		out = append(out, t)
	}
	return out, nil
}
