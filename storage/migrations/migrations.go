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
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// Schemas that do not fit this program.
var (
	// ErrNewer is a database that a later version of Flowdesk has changed.
	ErrNewer = errors.New("the database belongs to a newer version of flowdesk")
	// ErrOlder is a database that lacks steps.
	ErrOlder = errors.New("the database lacks steps of its schema")
)

// step is one numbered change of the schema.
type step struct {
	name string // its number, for ever
	what string
	up   []string
	down []string
	fill func(context.Context, bun.Tx) error // gives rows that are there what up cannot say in SQL; in its transaction, may be nil
}

var steps = []step{
	{name: "0001", what: "first", up: firstUp, down: firstDown},
	{name: "0002", what: "test cases", up: testCasesUp, down: dropped("test_cases")},
	{name: "0003", what: "console", up: consoleUp, down: consoleDown},
	{name: "0004", what: "dismissed", up: dismissedUp, down: dismissedDown},
	{name: "0005", what: "leases", up: leasesUp, down: leasesDown},
	{name: "0006", what: "access", up: accessUp, down: accessDown},
	{name: "0007", what: "alerts of people", up: personAlertsUp, down: personAlertsDown},
	{name: "0008", what: "replicas", up: replicasUp, down: replicasDown},
	{name: "0009", what: "sharing", up: sharingUp, down: sharingDown},
	{name: "0010", what: "oldest questions", up: oldestQuestionsUp, down: oldestQuestionsDown},
	{name: "0011", what: "checkpoints", up: checkpointsUp, down: checkpointsDown},
	{name: "0012", what: "looks", up: looksUp, down: looksDown},
	{name: "0013", what: "sort keys", up: sortKeysUp, down: sortKeysDown, fill: fillSortKeys},
	{name: "0014", what: "order of the inbox", up: inboxOrderUp, down: inboxOrderDown},
	{name: "0015", what: "changes of commands' texts", up: commandEditsUp, down: commandEditsDown},
	{name: "0016", what: "session notes", up: sessionNotesUp, down: sessionNotesDown},
	{name: "0017", what: "jobs", up: jobsUp, down: dropped("job_rows", "jobs")},
}

// words are what databases spell differently. On PostgreSQL texts sort and compare byte by byte, whatever the database's language.
var words = map[dialect.Name]*strings.Replacer{
	dialect.SQLite: strings.NewReplacer("$blob", "BLOB", "$serial", "INTEGER PRIMARY KEY AUTOINCREMENT", "$counter", "INTEGER PRIMARY KEY AUTOINCREMENT",
		"$counted", "", "$bigint", "INTEGER", "$clustered", " WITHOUT ROWID", "$and_time", "", "$by_time", "", "$by_id", "", "$by_message", ""),
	dialect.PG: strings.NewReplacer("$blob", "BYTEA", "$serial", "BIGSERIAL PRIMARY KEY", "$counter", "BIGSERIAL",
		"$counted", ", PRIMARY KEY (sequence, time)", "$bigint", "BIGINT", "$clustered", "", "$and_time", ", time",
		"$by_time", " PARTITION BY RANGE (time)", "$by_id", " PARTITION BY RANGE (id)", "$by_message", " PARTITION BY RANGE (message)",
		" TEXT", ` TEXT COLLATE "C"`),
}

// What begins a statement that other databases leave out.
const (
	onlyPostgres = "$postgres "
	onlySQLite   = "$sqlite "
)

// saidTo gives a statement without its mark, and reports whether a database is to hear it.
func saidTo(name dialect.Name, statement string) (string, bool) {
	for mark, only := range map[string]dialect.Name{onlyPostgres: dialect.PG, onlySQLite: dialect.SQLite} {
		if rest, marked := strings.CutPrefix(statement, mark); marked {
			return rest, only == name
		}
	}
	return statement, true
}

// Up applies the steps that the database lacks. A database with a step that is not known here is refused with ErrNewer. Processes that do
// this at once do it one after the other; on SQLite, twice with the same end.
func Up(ctx context.Context, db *bun.DB) error {
	return alone(ctx, db, func() error {
		migrator := newMigrator(db)
		if err := migrator.Init(ctx); err != nil {
			return fmt.Errorf("prepare migration: %w", err)
		}
		if err := notNewer(ctx, migrator); err != nil {
			return err
		}
		if err := failpoint.Hit("migration.up.before"); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if _, err := migrator.Migrate(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return nil
	})
}

func notNewer(ctx context.Context, migrator *migrate.Migrator) error {
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
	return nil
}

// Down takes back the step that was applied last, with everything that it holds.
func Down(ctx context.Context, db *bun.DB) error {
	return alone(ctx, db, func() error {
		migrator := newMigrator(db)
		if err := migrator.Init(ctx); err != nil {
			return fmt.Errorf("prepare migration: %w", err)
		}
		if err := notNewer(ctx, migrator); err != nil {
			return err
		}
		all, err := migrator.MigrationsWithStatus(ctx)
		if err != nil {
			return fmt.Errorf("read applied steps: %w", err)
		}
		applied := all.Applied() // the newest first
		if len(applied) == 0 {
			return nil
		}
		if err := failpoint.Hit("migration.down.before"); err != nil {
			return fmt.Errorf("take back a step: %w", err)
		}
		last := &applied[0]
		if err := last.Down(ctx, migrator, last); err != nil {
			return fmt.Errorf("take back step %s: %w", last.Name, err)
		}
		if err := failpoint.Hit("migration.unmark.before"); err != nil {
			return fmt.Errorf("take back step %s: %w", last.Name, err)
		}
		if err := migrator.MarkUnapplied(ctx, last); err != nil {
			return fmt.Errorf("take back step %s: %w", last.Name, err)
		}
		return nil
	})
}

// Check refuses a database with another schema than this program's, and changes nothing.
func Check(ctx context.Context, db *bun.DB) error {
	there, err := begun(ctx, db)
	if err != nil {
		return err
	}
	if !there {
		return fmt.Errorf("%w: it is empty; run flowdesk migrate up", ErrOlder)
	}
	if err := notNewer(ctx, newMigrator(db)); err != nil {
		return err
	}
	status, err := Status(ctx, db)
	if err != nil {
		return err
	}
	for _, s := range status {
		if s.Applied.IsZero() {
			return fmt.Errorf("%w: it lacks step %s (%s); run flowdesk migrate up", ErrOlder, s.Name, s.What)
		}
	}
	return nil
}

// Step is one step of the schema as a database has it.
type Step struct {
	Name, What string
	Applied    time.Time // zero for not yet
}

// Status lists the steps in their order, and changes nothing.
func Status(ctx context.Context, db *bun.DB) ([]Step, error) {
	applied := make(map[string]time.Time)
	there, err := begun(ctx, db)
	if err != nil {
		return nil, err
	}
	if there {
		list, err := newMigrator(db).AppliedMigrations(ctx)
		if err != nil {
			return nil, fmt.Errorf("read applied steps: %w", err)
		}
		for _, m := range list {
			applied[m.Name] = m.MigratedAt
		}
	}
	out := make([]Step, 0, len(steps))
	for _, s := range steps {
		out = append(out, Step{Name: s.name, What: s.what, Applied: applied[s.name]})
		delete(applied, s.name)
	}
	for _, name := range slices.Sorted(maps.Keys(applied)) {
		out = append(out, Step{Name: name, What: "of a newer version", Applied: applied[name]})
	}
	return out, nil
}

// begun reports whether the database was ever migrated.
func begun(ctx context.Context, db *bun.DB) (there bool, err error) {
	query := "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'bun_migrations')"
	if db.Dialect().Name() == dialect.PG {
		query = "SELECT to_regclass('bun_migrations') IS NOT NULL"
	}
	if err := db.QueryRowContext(ctx, query).Scan(&there); err != nil {
		return false, fmt.Errorf("look for the schema: %w", err)
	}
	return there, nil
}

// alone runs f while no other process migrates the same schema.
func alone(ctx context.Context, db *bun.DB, f func() error) (err error) {
	if db.Dialect().Name() != dialect.PG {
		return f()
	}
	connection, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	// Closing gives the connection back to the pool, so that the lock must be given back by hand.
	defer func() {
		_, unlocking := connection.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+schemaLock+")")
		err = errors.Join(err, unlocking, connection.Close())
	}()
	if _, err := connection.ExecContext(ctx, "SELECT pg_advisory_lock("+schemaLock+")"); err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	return f()
}

const schemaLock = "hashtextextended('flowdesk schema ' || current_schema(), 0)"

func newMigrator(db *bun.DB) *migrate.Migrator {
	all := migrate.NewMigrations()
	for _, s := range steps {
		all.Add(migrate.Migration{Name: s.name, Comment: s.what, Up: run(s.up, s.fill, mark), Down: run(s.down, nil, unmark)})
	}
	return migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true), migrate.WithUpsert(true))
}

// mark notes that a step is applied, in its transaction: one that was applied and not marked could not be applied again.
func mark(ctx context.Context, tx bun.Tx, step *migrate.Migration) error {
	_, err := tx.NewRaw("INSERT INTO bun_migrations (name, group_id, migrated_at) VALUES (?, ?, CURRENT_TIMESTAMP) ON CONFLICT (name) DO NOTHING",
		step.Name, step.GroupID).Exec(ctx)
	return err
}

// unmark notes that a step is taken back.
func unmark(ctx context.Context, tx bun.Tx, step *migrate.Migration) error {
	_, err := tx.NewRaw("DELETE FROM bun_migrations WHERE name = ?", step.Name).Exec(ctx)
	return err
}

// run makes a step of its statements and of what is filled in after them.
func run(
	statements []string, fill func(context.Context, bun.Tx) error, note func(context.Context, bun.Tx, *migrate.Migration) error,
) func(context.Context, *migrate.Migrator, *migrate.Migration) error {
	return func(ctx context.Context, m *migrate.Migrator, step *migrate.Migration) error {
		name := m.DB().Dialect().Name()
		err := m.DB().RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			for _, statement := range statements {
				statement, said := saidTo(name, statement)
				if !said {
					continue
				}
				if err := failpoint.Hit("migration.statement.before"); err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, words[name].Replace(statement)); err != nil {
					return fmt.Errorf("%.80s: %w", statement, err)
				}
				if err := failpoint.Hit("migration.statement.after"); err != nil {
					return err
				}
			}
			if fill != nil {
				if err := fill(ctx, tx); err != nil {
					return err
				}
			}
			if err := note(ctx, tx, step); err != nil {
				return fmt.Errorf("note the step: %w", err)
			}
			return nil
		})
		if err == nil {
			err = failpoint.Hit("migration.step.after")
		}
		return err
	}
}
