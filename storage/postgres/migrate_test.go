package postgres_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage/migrations"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

func openDB(t *testing.T, url string) *bun.DB {
	t.Helper()
	db, err := postgres.OpenDB(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestReplicasThatMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	var work sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		work.Go(func() {
			store, err := postgres.Open(context.WithoutCancel(t.Context()), url, postgres.Options{Migrate: true, Shared: true})
			if errs[i] = err; err == nil {
				errs[i] = store.Close()
			}
		})
	}
	work.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.NoError(t, migrations.Check(t.Context(), openDB(t, url)))
}

func TestAServerRefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	refused := func() error {
		store, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err == nil {
			require.NoError(t, store.Close())
		}
		return err
	}
	require.ErrorIs(t, refused(), migrations.ErrOlder)
	require.EqualError(t, refused(), "the database lacks steps of its schema: it is empty; run flowdesk migrate up")

	db := openDB(t, url)
	require.NoError(t, migrations.Up(t.Context(), db))
	require.NoError(t, refused())
	require.NoError(t, migrations.Down(t.Context(), db))
	require.ErrorIs(t, refused(), migrations.ErrOlder)
	require.NoError(t, migrations.Up(t.Context(), db))
	_, err := db.ExecContext(t.Context(), "INSERT INTO bun_migrations (name, group_id, migrated_at) VALUES ('9999', 9, now())")
	require.NoError(t, err)
	require.ErrorIs(t, refused(), migrations.ErrNewer)
	require.ErrorIs(t, migrations.Down(t.Context(), db), migrations.ErrNewer, "only the newer version knows how")
}

// Every step can be taken back and applied again, on a database with data.
func TestStepsDownAndUp(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	s := openAt(t, url)
	commitTurn(t, s, "g1", 0)
	db := openDB(t, url)
	steps, err := migrations.Status(t.Context(), db)
	require.NoError(t, err)
	for range steps {
		require.NoError(t, migrations.Down(t.Context(), db))
	}
	steps, err = migrations.Status(t.Context(), db)
	require.NoError(t, err)
	for _, step := range steps {
		require.Zero(t, step.Applied, step.Name)
	}
	var left int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
		AND relkind IN ('r', 'p') AND relname NOT LIKE 'bun%'`).Scan(&left))
	require.Zero(t, left, "nothing of the product is left")
	require.NoError(t, migrations.Up(t.Context(), db))
	require.NoError(t, migrations.Check(t.Context(), db))
}

func TestAServerRefusesCommitsThatDoNotLast(t *testing.T) {
	t.Parallel()
	url := pgtest.With(t, pgtest.URL(t), map[string]string{"synchronous_commit": "off"})
	_, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
	require.ErrorIs(t, err, postgres.ErrVolatile)
}
