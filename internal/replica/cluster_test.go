package replica_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// bus is a fabric within the process.
type bus struct {
	mu    sync.Mutex
	deaf  bool // hints are lost
	ends  map[string]map[fabric.Subject]func([]byte)
	hints int
}

func newBus() *bus { return &bus{ends: make(map[string]map[fabric.Subject]func([]byte))} }

// end is one replica's end of the bus.
type end struct {
	*bus
	name string
}

func (e end) Send(subject fabric.Subject, message []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for name := range e.ends {
		if name != e.name {
			e.tell(name, subject, message)
		}
	}
}

func (e end) SendTo(name string, subject fabric.Subject, message []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tell(name, subject, message)
}

func (b *bus) tell(name string, subject fabric.Subject, message []byte) {
	if f := b.ends[name][subject]; f != nil && !b.deaf {
		b.hints++
		go f(message)
	}
}

func (e end) Listen(subject fabric.Subject, f func([]byte)) func() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ends[e.name] == nil {
		e.ends[e.name] = make(map[fabric.Subject]func([]byte))
	}
	e.ends[e.name][subject] = f
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.ends[e.name], subject)
	}
}

func (e end) Health() fabric.Health       { return fabric.Health{Kind: "test", Connected: true} }
func (e end) Close(context.Context) error { return nil }

// node is one replica.
type node struct {
	*runner.Runner
	members *replica.Members
	doubts  atomic.Bool // it is not sure of its leases for a moment
	store   storage.Store
	close   func() error
	stop    sync.Once
}

// shares are a replica's leases as its runner sees them.
type shares struct {
	*replica.Members
	node *node
}

func (s shares) Fence(partition int32) (number int64, ok bool) {
	number, ok = s.Members.Fence(partition)
	return number, ok && !s.node.doubts.Load()
}

// work gives a replica's partitions to its runner.
type work struct{ *runner.Runner }

func (work) Prepare(context.Context, []int32) error { return nil }
func (work) Yield(context.Context, []int32)         {}

// cluster are replicas on one database.
type cluster struct {
	t       *testing.T
	open    func() (storage.Store, func() error)
	bus     *bus
	catalog *engine.Catalog
	ttl     time.Duration // of replicas that join; 0 is the default

	mu    sync.Mutex
	nodes []*node
	acts  map[string]func(*engine.Run)
}

func (c *cluster) handle(run *engine.Run) {
	c.mu.Lock()
	act := c.acts[run.Event().GetSignal().GetName()]
	c.mu.Unlock()
	if act != nil {
		act(run)
	}
}

// everywhere runs a story on SQLite and on PostgreSQL.
func everywhere(t *testing.T, story func(t *testing.T, c *cluster)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		// Nothing here outlives the process, and on a busy disk one sync after the other would take longer than the stories have.
		db, err := sqlite.OpenWith(t.Context(), filepath.Join(t.TempDir(), "store.db"), sqlite.Options{Scratch: true})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		story(t, newCluster(t, func() (storage.Store, func() error) { return db, func() error { return nil } }))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := pgtest.URL(t)
		story(t, newCluster(t, func() (storage.Store, func() error) {
			db, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true, Shared: true})
			require.NoError(t, err)
			return db, db.Close
		}))
	})
}

func newCluster(t *testing.T, open func() (storage.Store, func() error)) *cluster {
	t.Helper()
	c := &cluster{t: t, open: open, bus: newBus(), acts: make(map[string]func(*engine.Run))}
	c.catalog = engine.NewCatalog(engine.Rules{Handle: c.handle})
	t.Cleanup(func() {
		for _, n := range c.all() {
			c.leave(n)
		}
	})
	return c
}

func (c *cluster) all() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*node(nil), c.nodes...)
}

func (c *cluster) log() *slog.Logger {
	if os.Getenv("CLUSTER_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

// join adds a replica.
func (c *cluster) join(name string) *node {
	c.t.Helper()
	return c.joinWith(name, func(store storage.Store) storage.Store { return store })
}

// joinWith adds a replica that goes through a store of its own.
func (c *cluster) joinWith(name string, wrap func(storage.Store) storage.Store) *node {
	c.t.Helper()
	n := &node{}
	n.store, n.close = c.open()
	store := wrap(n.store)
	n.members = replica.New(store, replica.Options{Name: name, TTL: c.ttl, Fabric: end{c.bus, name}, Log: c.log()})
	n.Runner = runner.New(c.catalog, store, runner.Options{Fill: desk.FillSettings, Log: c.log(), Shares: shares{n.members, n}})
	ctx := context.WithoutCancel(c.t.Context())
	require.NoError(c.t, n.Start(ctx))
	end{c.bus, name}.Listen(fabric.Inbox, func([]byte) { n.Look() })
	require.NoError(c.t, n.members.Start(ctx, work{n.Runner}))
	c.mu.Lock()
	c.nodes = append(c.nodes, n)
	c.mu.Unlock()
	return n
}

// leave ends a replica in order.
func (c *cluster) leave(n *node) {
	n.stop.Do(func() {
		n.Drain()
		require.NoError(c.t, n.members.Leave(context.WithoutCancel(c.t.Context())))
		n.Close()
		require.NoError(c.t, n.close())
	})
}

// settled waits until the partitions are shared by so many.
func (c *cluster) settled(nodes ...*node) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		total := 0
		for _, n := range nodes {
			if n.members.Members() != len(nodes) || len(n.members.Held()) == 0 {
				return false
			}
			total += len(n.members.Held())
		}
		return total == storage.Partitions
	}, time.Minute, 10*time.Millisecond)
}

func signal(session string, n int) *flowdeskv1.Event {
	return &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Signal{Signal: &flowdeskv1.Signal{Name: fmt.Sprint(n)}}}
}

// stored are the signals of a session's turns, in order.
func stored(t *testing.T, s storage.Store, session string) (names []string) {
	t.Helper()
	turns, err := s.ListTurns(context.WithoutCancel(t.Context()), session, 0, 100_000)
	require.NoError(t, err)
	for _, data := range turns {
		turn := &flowdeskv1.Turn{}
		require.NoError(t, proto.Unmarshal(data, turn))
		if turn.GetEvent().GetSignal() != nil {
			names = append(names, turn.GetEvent().GetSignal().GetName())
			if os.Getenv("CLUSTER_IDS") != "" {
				t.Log(session, turn.GetSessionVersion(), turn.GetEvent().GetSignal().GetName(), turn.GetEvent().GetId())
			}
		}
	}
	return names
}

func numbers(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint(i))
	}
	return names
}
