package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// A server that crashes gives the number of a transaction again that had not reached its log. That one of our number was committed is no proof that
// ours was.
func TestTheNumberOfATransactionProvesNoCommit(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	again := false
	for try := 0; try < 5 && !again; try++ { // now and then the log is written before the crash
		ours, leave := begin(t, server)
		_, err := ours.Exec(t.Context(), "CREATE TABLE ours (word text)")
		require.NoError(t, err)
		lost := number(t, ours)
		server.Stop()
		leave()
		server.Start()
		other, leave := begin(t, server)
		again = number(t, other) == lost
		require.NoError(t, other.Commit(t.Context()))
		leave()
		if again {
			require.ErrorIs(t, resolve(t, server, lost), storage.ErrUnknown)
		}
	}
	require.True(t, again, "the number came again")
}

// That a transaction of our number was aborted proves that ours was not committed.
func TestTheNumberOfATransactionProvesThatItWasAborted(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	tx, leave := begin(t, server)
	defer leave()
	ours := number(t, tx)
	require.NoError(t, tx.Rollback(t.Context()))
	require.ErrorIs(t, resolve(t, server, ours), storage.ErrUnavailable)
}

func begin(t *testing.T, server *pgtest.Server) (tx pgx.Tx, leave func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL())
	require.NoError(t, err)
	tx, err = conn.Begin(t.Context())
	require.NoError(t, err)
	return tx, func() { _ = conn.Close(t.Context()) }
}

func number(t *testing.T, tx pgx.Tx) (number string) {
	t.Helper()
	require.NoError(t, tx.QueryRow(t.Context(), "SELECT pg_current_xact_id()::text").Scan(&number))
	return number
}

func resolve(t *testing.T, server *pgtest.Server, number string) error {
	t.Helper()
	config, err := pgconn.ParseConfig(server.URL())
	require.NoError(t, err)
	return (&transaction{transactor: &transactor{config: config}, ctx: t.Context(), number: number}).resolve(errors.New("broken"))
}
