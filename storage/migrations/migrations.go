// Package migrations holds the numbered steps of the schema, shared by all databases. A step is written per engine only where engines
// differ. It may import bun.
package migrations

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"
)

// All are the steps in their order.
func All() *migrate.Migrations {
	all := migrate.NewMigrations()
	for _, step := range []struct {
		name string
		up   []string
		down []string
	}{
		{"20261121000001", firstUp, firstDown},
	} {
		all.Add(migrate.Migration{
			Name: step.name,
			Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
				return run(ctx, m.DB(), step.up)
			},
			Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
				return run(ctx, m.DB(), step.down)
			},
		})
	}
	return all
}

// words are the types that databases spell differently.
var words = map[dialect.Name]*strings.Replacer{
	dialect.SQLite: strings.NewReplacer("$blob", "BLOB", "$serial", "INTEGER PRIMARY KEY AUTOINCREMENT", "$bigint", "INTEGER"),
	dialect.PG:     strings.NewReplacer("$blob", "BYTEA", "$serial", "BIGSERIAL PRIMARY KEY", "$bigint", "BIGINT"),
}

func run(ctx context.Context, db *bun.DB, statements []string) error {
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, words[db.Dialect().Name()].Replace(statement)); err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(statement, "\n", 2)[0], err)
		}
	}
	return nil
}
