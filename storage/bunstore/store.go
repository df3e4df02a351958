// Package bunstore implements the store on bun: queries once, differences of databases behind a small Dialect that each backend supplies.
//
// It may import storage, gen, bun and drivers, never engine, nodes, server or gRPC.
package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/storage"
)

// Dialect is where databases differ.
type Dialect struct {
	// Translate turns a driver's error into one of storage's, or gives it back.
	Translate func(error) error
	// Stats reads sizes by table.
	Stats func(ctx context.Context, db *bun.DB) ([]storage.TableStats, error)
	// Begin begins a transaction that will write.
	Begin string
	// Numbered is true when placeholders are written $1, $2 … instead of ?.
	Numbered bool
}

// Store is a store on one database.
type Store struct {
	write   *bun.DB // one connection on SQLite
	read    *bun.DB
	dialect Dialect
	closed  atomic.Bool
	hot     statements
}

var _ storage.Store = (*Store)(nil)

// New makes a store of two pools, which may be one.
func New(write, read *bun.DB, dialect Dialect) *Store {
	return &Store{write: write, read: read, dialect: dialect}
}

// Writer is the pool for writing, for migrations.
func (s *Store) Writer() *bun.DB { return s.write }

// Ping implements storage.Store.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	return s.fail("ping", s.write.PingContext(ctx))
}

// Stats implements storage.Store.
func (s *Store) Stats(ctx context.Context) ([]storage.TableStats, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	stats, err := s.dialect.Stats(ctx, s.read)
	return stats, s.fail("stats", err)
}

// Close implements storage.Store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
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

// fail says what was being done and translates the driver's error.
func (s *Store) fail(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", doing, storage.ErrNotFound)
	default:
		return fmt.Errorf("%s: %w", doing, s.dialect.Translate(err))
	}
}

// Times are microseconds since 1970; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// clean keeps a text storable: NUL bytes are errors in some databases, broken UTF-8 in others.
func clean(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// encode is a message as stored. Reading it back needs no equality of bytes.
func encode(m proto.Message) []byte {
	data, err := proto.MarshalOptions{AllowPartial: true}.Marshal(m)
	if err != nil { // invalid UTF-8 that nobody repaired: an empty record is never stored silently
		panic(fmt.Sprintf("encode %s: %v", m.ProtoReflect().Descriptor().FullName(), err)) //nolint:forbidigo // a programmer's error or a broken invariant
	}
	return data
}

func decode[M proto.Message](data []byte, into M) (M, error) {
	if err := proto.Unmarshal(data, into); err != nil {
		return into, fmt.Errorf("stored %s is damaged: %w", into.ProtoReflect().Descriptor().FullName(), err)
	}
	return into, nil
}

// rebind writes placeholders as the database wants them.
func (s *Store) rebind(query string) string {
	if !s.dialect.Numbered {
		return query
	}
	var out strings.Builder
	n := 0
	for _, r := range query {
		if r == '?' {
			n++
			out.WriteString("$" + strconv.Itoa(n))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}
