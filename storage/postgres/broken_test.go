package postgres_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// cut is where a proxy breaks a connection, once.
type cut int32

const (
	nowhere      cut = iota
	beforeCommit     // COMMIT does not reach the server
	afterCommit      // COMMIT reaches the server, its answer does not come back
	always           // every connection is refused
)

// proxy stands between the store and the server.
type proxy struct {
	listener net.Listener
	server   string
	next     atomic.Int32
	work     sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

// cutAll breaks all connections.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		_ = conn.Close()
	}
	p.conns = nil
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: listener, server: server}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		p.work.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil || cut(p.next.Load()) == always {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		var silent atomic.Bool // the answer is lost
		p.work.Go(func() {
			_, _ = io.Copy(writer(func(data []byte) (int, error) {
				if silent.Load() {
					return 0, net.ErrClosed
				}
				return client.Write(data)
			}), server)
			_ = client.Close()
			_ = server.Close()
		})
		p.work.Go(func() {
			_, _ = io.Copy(writer(func(data []byte) (int, error) {
				if bytes.Contains(data, []byte("\x00commit\x00")) {
					switch {
					case p.next.CompareAndSwap(int32(beforeCommit), int32(nowhere)):
						return 0, net.ErrClosed
					case p.next.CompareAndSwap(int32(afterCommit), int32(nowhere)):
						silent.Store(true)
					}
				}
				return server.Write(data)
			}), client)
			if !silent.Load() {
				_ = client.Close()
				_ = server.Close()
			}
		})
	}
}

type writer func([]byte) (int, error)

// Write implements io.Writer.
func (w writer) Write(data []byte) (int, error) { return w(data) }

// A COMMIT whose connection breaks is looked up: it is neither lost nor made twice, and the caller hears what became of it.
func TestAConnectionThatBreaksInCommit(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]cut{"the server never heard of it": beforeCommit, "its answer was lost": afterCommit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, err := url.Parse(pgtest.URL(t))
			require.NoError(t, err)
			p := newProxy(t, address.Host)
			address.Host = p.listener.Addr().String()
			s := openAt(t, address.String())
			commitTurn(t, s, "g1", 0)
			p.next.Store(int32(where))
			commitTurn(t, s, "g1", 1)
			require.Equal(t, int32(nowhere), p.next.Load(), "the connection was cut")
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
	address.Host = p.listener.Addr().String()
	s := openAt(t, address.String())
	p.next.Store(int32(always))
	p.cutAll()
	_, err = s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{{Session: "g1"}}})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	p.next.Store(int32(nowhere))
	commitTurn(t, s, "g1", 0)

	_, err = postgres.Open(t.Context(), "postgres://nobody:secret@127.0.0.1:1/none?connect_timeout=1", postgres.Options{})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.NotContains(t, err.Error(), "secret")
}
