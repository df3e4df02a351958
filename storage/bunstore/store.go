// Package bunstore implements the store on bun: queries once, differences of databases behind a small Dialect that each backend supplies.
//
// Reads and the changes that people make use bun. The commit of turns is prepared statements on the driver's connection (hot.go): it
// decides how many turns a second the machine can do.
//
// It may import storage, gen, bun and drivers, never engine, nodes, server or gRPC.
package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

// Dialect is where databases differ.
type Dialect struct {
	// Translate turns a driver's error into one of storage's. Errors that it does not know it gives back without the driver's type.
	Translate func(error) error
	// Unsure tells of an error of COMMIT whether the transaction may have been committed all the same.
	Unsure func(error) bool
	// Begin begins a transaction that is going to write.
	Begin string
	// Spell writes a statement of the hot path as the database wants it: they have ? for values, and end in ON CONFLICT DO NOTHING where a
	// row that is there stays.
	Spell func(statement string) string
	// Like compares with a pattern and lets A and a be the same.
	Like string
	// Stats reads rows and sizes by table.
	Stats func(ctx context.Context, db *bun.DB) ([]storage.TableStats, error)
	// Committed is told after each commit how many turns, events and deliveries it had; nil when the database needs no care.
	Committed func(changes int)
	// Closing is called once, before the pools are closed; nil for nothing.
	Closing func()
}

// Store is a store on one database.
type Store struct {
	write   *bun.DB // one connection on SQLite
	read    *bun.DB
	dialect Dialect
	closed  atomic.Bool
	hot     hot
}

var _ storage.Store = (*Store)(nil)

// New makes a store of two pools, which may be one.
func New(write, read *bun.DB, dialect Dialect) *Store {
	return &Store{write: write, read: read, dialect: dialect}
}

// Ping implements storage.Store.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	return s.fail("ping", s.read.NewSelect().ColumnExpr("1").Scan(ctx, new(int)))
}

// Stats implements storage.Store.
func (s *Store) Stats(ctx context.Context) ([]storage.TableStats, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	stats, err := s.dialect.Stats(ctx, s.read)
	return stats, s.fail("stats", err)
}

// Close implements storage.Store. A commit under way ends first.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.hot.Lock()
	defer s.hot.Unlock()
	if s.dialect.Closing != nil {
		s.dialect.Closing()
	}
	err := errors.Join(s.closeStatements(), s.write.Close())
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// closeWait is how long a change under way may hold the writer's connection while the store closes.
const closeWait = 5 * time.Second

// closeStatements ends the prepared statements of the hot path. The pool drops a connection that was interrupted, and its statements are gone
// with it: to touch them would crash the process.
func (s *Store) closeStatements() error {
	if s.hot.owner == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait) //nolint:forbidigo // the end has a time of its own
	defer cancel()
	connection, err := s.write.DB.Conn(ctx)
	if err != nil {
		s.hot.on(nil)
		return nil // without a connection there is nothing to close
	}
	err = connection.Raw(func(raw any) error {
		s.hot.on(raw)
		return s.hot.close()
	})
	return errors.Join(err, connection.Close())
}

// begin refuses work on a closed store or with an ended context.
func (s *Store) begin(ctx context.Context) error {
	if s.closed.Load() {
		return storage.ErrClosed
	}
	return ctx.Err()
}

// sentinels are the errors of the contract, which need no translation.
var sentinels = []error{
	storage.ErrNotFound, storage.ErrExists, storage.ErrConflict, storage.ErrPageToken, storage.ErrUnavailable, storage.ErrUnknown,
	storage.ErrClosed, context.Canceled, context.DeadlineExceeded,
}

// fail says what was being done and translates the driver's error.
func (s *Store) fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", doing, storage.ErrNotFound)
	}
	for _, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	if s.closed.Load() {
		return fmt.Errorf("%s: %w", doing, storage.ErrClosed)
	}
	return fmt.Errorf("%s: %w", doing, s.dialect.Translate(err))
}
