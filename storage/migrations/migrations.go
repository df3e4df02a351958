// Package migrations holds the numbered steps of the schema, shared by all databases. A step is written per engine only where engines
// differ.
//
// A step may be interrupted at any point and runs again at the next start: it is one transaction where the database allows that, and it
// is marked as applied only afterwards. It may import bun.
package migrations

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"
)

// ErrNewer is a database that a later version of Flowdesk has changed.
var ErrNewer = errors.New("the database belongs to a newer version of flowdesk")

// step is one numbered change of the schema.
type step struct {
	name string // its number, for ever
	what string
	up   []string
	down []string
}

var steps = []step{
	{name: "0001", what: "first", up: firstUp, down: firstDown},
	{name: "0002", what: "test cases", up: testCasesUp, down: dropped("test_cases")},
	{name: "0020", what: "dismissed", up: dismissedUp, down: dismissedDown},
}

// words are what databases spell differently.
var words = map[dialect.Name]*strings.Replacer{
	dialect.SQLite: strings.NewReplacer("$blob", "BLOB", "$serial", "INTEGER PRIMARY KEY AUTOINCREMENT", "$bigint", "INTEGER", "$clustered", " WITHOUT ROWID"),
	dialect.PG:     strings.NewReplacer("$blob", "BYTEA", "$serial", "BIGSERIAL PRIMARY KEY", "$bigint", "BIGINT", "$clustered", ""),
}

// Up applies the steps that the database lacks. A database with a step that is not known here is refused with ErrNewer. Two processes
// that do this at once do it one after the other, or twice with the same end.
func Up(ctx context.Context, db *bun.DB) error {
	migrator := newMigrator(db)
	if err := migrator.Init(ctx); err != nil {
		return fmt.Errorf("prepare migration: %w", err)
	}
	applied, err := migrator.AppliedMigrations(ctx)
	if err != nil {
		return fmt.Errorf("read applied steps: %w", err)
	}
	known := make(map[string]bool, len(steps))
	for _, s := range steps {
		known[s.name] = true
	}
	for _, m := range applied {
		if !known[m.Name] {
			return fmt.Errorf("%w: it has step %s; start that version, or restore a backup from before it", ErrNewer, m.Name)
		}
	}
	if _, err := migrator.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Down takes back the steps of the last Up.
func Down(ctx context.Context, db *bun.DB) error {
	if _, err := newMigrator(db).Rollback(ctx); err != nil {
		return fmt.Errorf("migrate back: %w", err)
	}
	return nil
}

func newMigrator(db *bun.DB) *migrate.Migrator {
	all := migrate.NewMigrations()
	for _, s := range steps {
		all.Add(migrate.Migration{Name: s.name, Comment: s.what, Up: run(s.up), Down: run(s.down)})
	}
	return migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true), migrate.WithUpsert(true))
}

func run(statements []string) func(context.Context, *migrate.Migrator, *migrate.Migration) error {
	return func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
		spell := words[m.DB().Dialect().Name()]
		return m.DB().RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, spell.Replace(statement)); err != nil {
					return fmt.Errorf("%.80s: %w", statement, err)
				}
			}
			return nil
		})
	}
}
