package postgres_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

func TestAServerInEarnestRefusesWhatOnlyATestMayHave(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	options := postgres.Options{Migrate: true, Strict: true}
	for name, c := range map[string]struct {
		skew   time.Duration
		reason string
	}{
		"ahead":      {time.Hour, "1h0m0s ahead of the database's"},
		"behind":     {-time.Hour, "1h0m0s behind the database's"},
		"six off":    {6 * time.Minute, "6m0s ahead"},
		"six behind": {-6 * time.Minute, "6m0s behind"},
	} {
		options.Now = func() time.Time { return time.Now().Add(c.skew) }
		_, err := postgres.Open(t.Context(), server.URL(), options)
		require.ErrorIs(t, err, postgres.ErrClock, name)
		require.ErrorContains(t, err, c.reason, name)
	}
	options.Now = func() time.Time { return time.Now().Add(4 * time.Minute) }
	store, err := postgres.Open(t.Context(), server.URL(), options)
	require.NoError(t, err)
	require.NoError(t, store.Close())
}

func TestADatabaseThatDoesNotSyncIsRefusedInEarnest(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t, "fsync=off")
	_, err := postgres.Open(t.Context(), server.URL(), postgres.Options{Migrate: true, Strict: true})
	require.ErrorIs(t, err, postgres.ErrFsync)
	store, err := postgres.Open(t.Context(), server.URL(), postgres.Options{Migrate: true})
	require.NoError(t, err)
	require.NoError(t, store.Close())
}

// Examine finds what would keep a server from starting, and says what to do.
func TestExamineSaysWhatKeepsAServerFromStarting(t *testing.T) {
	t.Parallel()
	server, unsynced, unsure := pgtest.NewServer(t), pgtest.NewServer(t, "fsync=off"), pgtest.NewServer(t, "synchronous_commit=off")
	for name, c := range map[string]struct{ url, want string }{
		"no schema":  {server.URL(), "flowdesk migrate up"},
		"no fsync":   {unsynced.URL(), "set fsync = on"},
		"no commits": {unsure.URL(), "SET synchronous_commit = on"},
		"nobody":     {strings.Replace(server.URL(), "flowdesk@", "nobody:canary@", 1), "correct user, password and name of the database"},
		"nothing":    {"postgres://flowdesk:canary@127.0.0.1:1/flowdesk?sslmode=disable", "start it, or correct host and port of the database"},
	} {
		err := postgres.Examine(t.Context(), c.url)
		require.ErrorContains(t, err, c.want, name)
		require.NotContains(t, err.Error(), "canary", name)
		require.NotContains(t, err.Error(), "\n", name)
	}
	crowded := pgtest.NewServer(t, "max_connections=20")
	db, err := sql.Open("pgx", crowded.URL())
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	for range 20 {
		if _, err = db.Conn(t.Context()); err != nil { // kept until the test ends
			break
		}
	}
	require.ErrorContains(t, postgres.Examine(t.Context(), crowded.URL()), "raise max_connections of the server", "nothing is wrong with the password")
	store, err := postgres.Open(t.Context(), server.URL(), postgres.Options{Migrate: true})
	require.NoError(t, err)
	require.NoError(t, store.Close())
	require.NoError(t, postgres.Examine(t.Context(), server.URL()))
}
