// Package database opens what a database setting names: sqlite:FILE or postgres://….
//
// It may import the backends of storage.
package database

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Setting names a database.
type Setting struct {
	// Name is sqlite:FILE or a postgres:// URL; empty is flowdesk.db in DataDir.
	Name string
	// DataDir holds everything that is kept on this machine.
	DataDir string
	// SQLite tunes the embedded database.
	SQLite sqlite.Options
	// Postgres tunes the connection to PostgreSQL.
	Postgres postgres.Options
}

// IsPostgres reports whether the setting names a PostgreSQL database.
func (s Setting) IsPostgres() bool {
	scheme, _, _ := strings.Cut(s.Name, ":")
	return scheme == "postgres" || scheme == "postgresql"
}

// File is the file of an embedded database; an error for any other.
func (s Setting) File() (string, error) {
	scheme, rest, found := strings.Cut(s.Name, ":")
	switch {
	case s.Name == "":
		return filepath.Join(s.DataDir, "flowdesk.db"), nil
	case found && scheme == "sqlite" && rest != "":
		return rest, nil
	default:
		return "", fmt.Errorf("database %q: write sqlite:FILE or postgres://USER@HOST/NAME", withoutPassword(s.Name))
	}
}

// withoutPassword is a setting that may be shown.
func withoutPassword(name string) string {
	u, err := url.Parse(name)
	if err != nil {
		return "…"
	}
	return u.Redacted()
}

// Open opens the store. The schema of an embedded database is brought up to date; that of PostgreSQL must be, unless the options say to
// migrate.
func Open(ctx context.Context, s Setting) (*bunstore.Store, error) {
	if s.IsPostgres() {
		return postgres.Open(ctx, s.Name, s.Postgres)
	}
	file, err := s.File()
	if err != nil {
		return nil, err
	}
	return sqlite.OpenWith(ctx, file, s.SQLite)
}

// OpenDB opens the database for migrations, whatever its schema.
func OpenDB(ctx context.Context, s Setting) (*bun.DB, error) {
	if s.IsPostgres() {
		return postgres.OpenDB(ctx, s.Name)
	}
	file, err := s.File()
	if err != nil {
		return nil, err
	}
	return sqlite.OpenDB(ctx, file)
}

// Partition makes the partitions that PostgreSQL needs next; nothing on SQLite. Up does so too.
func Partition(ctx context.Context, s Setting, db *bun.DB) error {
	if !s.IsPostgres() {
		return nil
	}
	return postgres.Partition(ctx, db, time.Now())
}
