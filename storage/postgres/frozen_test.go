package postgres_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// A replica that is frozen in the middle of a beat, or whose machine is gone, holds up nobody who takes its partitions.
func TestAReplicaThatIsFrozenInABeatHoldsUpNobody(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	s := openAt(t, address)
	ctx := t.Context()
	_, err := s.Beat(ctx, "frozen", time.Millisecond)
	require.NoError(t, err)
	_, err = s.TakeLeases(ctx, "frozen", []int32{1, 2, 3})
	require.NoError(t, err)
	tx, err := openDB(t, address).BeginTx(ctx, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	_, err = tx.ExecContext(ctx, "UPDATE replicas SET until = until WHERE name = 'frozen'") // and then nothing more is heard of it
	require.NoError(t, err)

	_, err = s.Beat(ctx, "alive", time.Minute)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		limited, cancel := context.WithTimeout(ctx, 3*time.Second) // as a beat is
		defer cancel()
		taken, err := s.TakeLeases(limited, "alive", []int32{1, 2, 3})
		return err == nil && len(taken) == 3
	}, 15*time.Second, 100*time.Millisecond)
}

// The same of one that is frozen in the middle of a change that a person makes: changes happen one after the other.
func TestAServerThatIsFrozenInAChangeHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	s := openAt(t, address)
	tx, err := openDB(t, address).BeginTx(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	_, err = tx.ExecContext(t.Context(), "SELECT pg_advisory_xact_lock(hashtextextended('flowdesk changes ' || current_schema(), 0))")
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, s.EnvironmentChanged(t.Context()))
	require.Less(t, time.Since(began), 15*time.Second)
}

// A database that falls silent while the connection of commits is made anew is away, and found again: commits do not wait for it for ever.
func TestAServerThatFallsSilentWhileItIsConnectedToIsAway(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(pgtest.URL(t))
	require.NoError(t, err)
	between := newSilencer(t, address.Host)
	address.Host = between.listener.Addr().String()
	s := openAt(t, pgtest.With(t, address.String(), map[string]string{"application_name": "silenced"}))
	commitTurn(t, s, "g1", 0)
	between.silence("pg_try_advisory_lock") // of the next connection
	db := openDB(t, pgtest.With(t, address.String(), map[string]string{"application_name": "other"}))
	_, err = db.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'silenced commits %'")
	require.NoError(t, err)
	_, err = s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{{Session: "g2"}}})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	between.silence("")
	commitTurn(t, s, "g1", 1)
}

// silencer stands before a server and passes on what is said, until a client says a word: from then on nothing of that connection.
type silencer struct {
	listener net.Listener
	words    chan string // the one in use
}

func newSilencer(t *testing.T, server string) *silencer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &silencer{listener: listener, words: make(chan string, 1)}
	s.words <- ""
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(client, upstream)
				_ = client.Close()
			}()
			go s.pass(client, upstream)
		}
	}()
	return s
}

func (s *silencer) silence(word string) {
	<-s.words
	s.words <- word
}

func (s *silencer) pass(client, upstream net.Conn) {
	defer func() { _ = upstream.Close() }()
	data, silent := make([]byte, 64<<10), false
	for {
		n, err := client.Read(data)
		if err != nil {
			return
		}
		word := <-s.words
		s.words <- word
		if silent = silent || word != "" && bytes.Contains(data[:n], []byte(word)); silent {
			continue
		}
		if _, err := upstream.Write(data[:n]); err != nil {
			return
		}
	}
}
