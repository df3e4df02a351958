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

// A server that crashed gives numbers of transactions again that had not reached its log. That one of our number was committed is no proof that ours
// was; that it was aborted is one that ours was not.
func TestTheNumberOfATransactionProvesNoCommit(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	config, err := pgconn.ParseConfig(url)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	other := func(end func(pgx.Tx) error) string {
		t.Helper()
		var number string
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		require.NoError(t, tx.QueryRow(t.Context(), "SELECT pg_current_xact_id()::text").Scan(&number))
		require.NoError(t, end(tx))
		return number
	}
	resolve := func(number string) error {
		return (&transaction{transactor: &transactor{config: config}, ctx: t.Context(), number: number}).resolve(errors.New("broken"))
	}
	require.ErrorIs(t, resolve(other(func(tx pgx.Tx) error { return tx.Commit(t.Context()) })), storage.ErrUnknown)
	require.ErrorIs(t, resolve(other(func(tx pgx.Tx) error { return tx.Rollback(t.Context()) })), storage.ErrUnavailable)
}
