// Package bunstore implements the store on bun: queries once, differences of databases behind a small Dialect that each backend supplies.
//
// Reads and the changes that people make use bun. The commit of turns goes past it: it decides how many turns
// a second the machine can do, so its statements are described (statement.go) and each backend runs them in the way that is fastest for it.
//
// It may import storage, gen, bun and drivers, never engine, nodes, server or gRPC.
package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

// Dialect is where databases differ.
type Dialect struct {
	// Translate turns a driver's error into one of storage's. Errors that it does not know it gives back without the driver's type.
	Translate func(error) error
	// CameToNothing tells a transaction that the database took back because of others', and that may succeed when all of it is run again; nil
	// where that does not happen. It must be true only when nothing was stored.
	CameToNothing func(error) bool
	// Commits runs the transactions of commits.
	Commits Transactor
	// Exclusive begins a transaction of a change that people make, so that they happen one after the other; empty where they do anyway.
	Exclusive string
	// ForUpdate ends a query whose rows are locked in its order; empty where nobody else changes anything meanwhile.
	ForUpdate string
	// Parts are the tables in partitions; nil where the database has none.
	Parts *Parts
	// Clock is an expression for the database's time in microseconds since 1970.
	Clock string
	// Like compares with a pattern and lets A and a be the same.
	Like string
	// Stats reads rows and sizes by table.
	Stats func(ctx context.Context, db *bun.DB) ([]storage.TableStats, error)
	// Ping asks the database on a connection of its own, so that it is not taken for away when it is busy; nil asks on any.
	Ping func(ctx context.Context) error
	// Committed is told after each commit how many turns, events and deliveries it had; nil when the database needs no care.
	Committed func(changes int)
	// Closing is called once, before the pools are closed; nil for nothing.
	Closing func()
	// Closed is called once, after the pools are closed; nil for nothing.
	Closed func() error
}

// Store is a store on one database.
type Store struct {
	write   *bun.DB // one connection on SQLite
	read    *bun.DB
	dialect Dialect
	closed  atomic.Bool
	hot     hot

	deriving deriving
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
	if s.dialect.Ping != nil {
		return s.fail("ping", s.dialect.Ping(ctx))
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
	err := errors.Join(s.dialect.Commits.Close(), s.write.Close())
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	if s.dialect.Closed != nil {
		err = errors.Join(err, s.dialect.Closed())
	}
	return err
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

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
