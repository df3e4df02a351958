package postgres_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

func TestServersDoNotShareADatabaseUnasked(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	first, err := postgres.Open(t.Context(), address, postgres.Options{Migrate: true})
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), address, postgres.Options{})
	require.ErrorIs(t, err, postgres.ErrInUse)
	_, err = postgres.Open(t.Context(), address, postgres.Options{Shared: true})
	require.ErrorIs(t, err, postgres.ErrInUse)
	require.NoError(t, first.Close())
	second, err := postgres.Open(t.Context(), address, postgres.Options{})
	require.NoError(t, err)
	require.NoError(t, second.Close())
	third, err := postgres.Open(t.Context(), address, postgres.Options{Shared: true})
	require.NoError(t, err)
	fourth, err := postgres.Open(t.Context(), address, postgres.Options{Shared: true})
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), address, postgres.Options{})
	require.ErrorIs(t, err, postgres.ErrInUse)
	require.NoError(t, third.Close())
	require.NoError(t, fourth.Close())
}

// A server that lost its connection while another took over commits nothing more.
func TestAServerThatWasReplacedCommitsNothing(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	through, err := url.Parse(address)
	require.NoError(t, err)
	p := newProxy(t, through.Host)
	through.Host = p.listener.Addr().String()
	stale, err := postgres.Open(t.Context(), through.String(), postgres.Options{Migrate: true})
	require.NoError(t, err)
	commitTurn(t, stale, "g1", 0)
	p.cutAll()
	present, err := postgres.Open(t.Context(), address, postgres.Options{})
	require.NoError(t, err)
	commitTurn(t, present, "g1", 1)
	_, err = stale.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{turnAt("g2", 0, time.Now())}})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	record, err := present.LoadSession(t.Context(), "g2")
	require.NoError(t, err)
	require.Zero(t, record.Version)
	require.NoError(t, stale.Close())
	require.NoError(t, present.Close())
}
