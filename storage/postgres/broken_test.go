package postgres_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/proxy"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// marker is how a COMMIT looks on the wire.
const marker = "\x00commit\x00"

func newProxy(t *testing.T, server string) *proxy.Proxy {
	t.Helper()
	p, err := proxy.New(server, 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// A COMMIT whose connection breaks is over when the caller hears of it, and neither lost nor made twice: one that did not happen is made again, and
// of one that may have happened the caller is told so, and finds it.
func TestAConnectionThatBreaksInCommit(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]proxy.Faults{
		"the server never heard of it": {Before: true, Marker: marker, Times: 1}, "its answer was lost": {After: true, Marker: marker, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, err := url.Parse(pgtest.URL(t))
			require.NoError(t, err)
			p := newProxy(t, address.Host)
			address.Host = p.Addr()
			s := openAt(t, address.String())
			commitTurn(t, s, "g1", 0)
			p.Set(where)
			result, err := s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{turnAt("g1", 1, time.Now())}})
			if where.After {
				require.ErrorIs(t, err, storage.ErrUnknown)
			} else {
				require.NoError(t, err)
				require.Empty(t, result.LostTurns)
			}
			require.Equal(t, int64(1), p.Struck(), "the connection was cut")
			commitTurn(t, s, "g1", 2)
			record, err := s.LoadSession(t.Context(), "g1")
			require.NoError(t, err)
			require.Equal(t, int64(3), record.Version)
			require.Len(t, record.Turns, 3)
		})
	}
}

// A server that cut the commit's connection while nothing was under way is no trouble.
func TestAConnectionThatBrokeBetweenCommits(t *testing.T) {
	t.Parallel()
	address := pgtest.With(t, pgtest.URL(t), map[string]string{"application_name": t.Name()})
	s := openAt(t, address)
	commitTurn(t, s, "g1", 0)
	db := openDB(t, pgtest.With(t, address, map[string]string{"application_name": "other"}))
	_, err := db.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?", t.Name())
	require.NoError(t, err)
	commitTurn(t, s, "g1", 1)
}

func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(pgtest.URL(t))
	require.NoError(t, err)
	p := newProxy(t, address.Host)
	address.Host = p.Addr()
	s := openAt(t, address.String())
	p.Set(proxy.Faults{Refuse: true})
	p.Cut()
	_, err = s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{{Session: "g1"}}})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	p.Heal()
	commitTurn(t, s, "g1", 0)

	_, err = postgres.Open(t.Context(), "postgres://nobody:secret@127.0.0.1:1/none?connect_timeout=1", postgres.Options{})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.NotContains(t, err.Error(), "secret")
}
