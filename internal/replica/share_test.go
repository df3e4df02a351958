package replica_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// load sends numbered signals to sessions, each when the one before was acknowledged, to any replica.
type load struct {
	c        *cluster
	sessions int
	sent     []atomic.Int64 // that were acknowledged, by session
	stop     chan struct{}
	once     sync.Once
	work     sync.WaitGroup
}

func (c *cluster) load(sessions int) *load {
	l := &load{c: c, sessions: sessions, sent: make([]atomic.Int64, sessions), stop: make(chan struct{})}
	for i := range sessions {
		l.work.Go(func() { l.send(i) })
	}
	c.t.Cleanup(l.halt) // a story that fails must not go on
	return l
}

func (l *load) halt() {
	l.once.Do(func() { close(l.stop) })
	l.work.Wait()
}

func session(i int) string { return fmt.Sprintf("group-%d", i) }

func (l *load) send(i int) {
	for n := 0; ; {
		select {
		case <-l.stop:
			return
		default:
		}
		nodes := l.c.all()
		node := nodes[rand.IntN(len(nodes))]
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.c.t.Context()), time.Minute)
		var err error
		if n%4 == 3 {
			_, err = node.Submit(ctx, signal(session(i), n))
		} else {
			err = node.Receive(ctx, signal(session(i), n))
		}
		cancel()
		if errors.Is(err, storage.ErrUnknown) && l.happened(i, n) { // its turn was elsewhere, and whoever was asked ended before it came
			err = nil
		}
		switch {
		case err == nil:
			n++
			l.sent[i].Add(1)
		case errors.Is(err, runner.ErrStopping), errors.Is(err, storage.ErrUnavailable), errors.Is(err, storage.ErrClosed):
			l.c.t.Logf("again: session %d, signal %d: %v", i, n, err) // nothing was stored
		default:
			l.c.t.Errorf("session %d, signal %d: %v", i, n, err)
			return
		}
	}
}

// happened waits for the turn of a signal of which its caller knows nothing, at whichever replica is still there.
func (l *load) happened(i, n int) bool {
	ctx := context.WithoutCancel(l.c.t.Context())
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		for _, node := range l.c.all() {
			turns, err := node.store.ListTurns(ctx, session(i), 0, 100_000)
			if err == nil && slices.ContainsFunc(turns, func(data []byte) bool {
				turn := &flowdeskv1.Turn{}
				return proto.Unmarshal(data, turn) == nil && turn.GetEvent().GetSignal().GetName() == fmt.Sprint(n)
			}) {
				return true
			}
		}
	}
	return false
}

// end stops the load and checks that every session had each signal once, in order.
func (l *load) end(s storage.Store) (total int) {
	l.c.t.Helper()
	l.halt()
	for i := range l.sessions {
		want := numbers(int(l.sent[i].Load()))
		total += len(want)
		require.Eventually(l.c.t, func() bool { return len(stored(l.c.t, s, session(i))) >= len(want) }, time.Minute, 20*time.Millisecond, "session %d", i)
		require.Equal(l.c.t, want, stored(l.c.t, s, session(i)), "session %d", i)
	}
	pending, err := s.PendingEvents(l.c.t.Context(), 0, 10)
	require.NoError(l.c.t, err)
	require.Empty(l.c.t, pending)
	return total
}

// reach lets the load go on until so many more were acknowledged.
func (l *load) reach(more int64) {
	l.c.t.Helper()
	sum := func() (n int64) {
		for i := range l.sent {
			n += l.sent[i].Load()
		}
		return n
	}
	goal := sum() + more
	require.Eventually(l.c.t, func() bool { return sum() >= goal }, 2*time.Minute, 5*time.Millisecond)
}

// untroubled is the time to live in stories in which nobody dies. On SQLite commits and beats have one connection: when the machine is busy with
// other things, and watches for races, a beat stands behind commits for longer than the default, and replicas take each other for dead without
// end.
const untroubled = 2 * time.Minute

func TestReplicasShareTheSessions(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		c.ttl = untroubled
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		require.InDelta(t, storage.Partitions/2, len(a.members.Held()), 120)
		l := c.load(20)
		l.reach(500)
		total := l.end(a.store)
		posted := a.Sharing().Posted + b.Sharing().Posted
		require.NotZero(t, posted, "some went to the other replica")
		t.Logf("%d events, of which %d through the inbox; %+v %+v", total, posted, a.Sharing(), b.Sharing())
	})
}

func TestReplicasWithoutHints(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		c.ttl = untroubled
		c.bus.deaf = true
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		l := c.load(20)
		l.reach(200)
		l.end(a.store)
		require.Zero(t, c.bus.hints)
	})
}

func TestReplicasComeAndGo(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		c.ttl = untroubled
		a := c.join("a")
		c.settled(a)
		l := c.load(20)
		l.reach(100)
		b := c.join("b")
		c.settled(a, b)
		l.reach(100)
		d := c.join("d")
		c.settled(a, b, d)
		l.reach(100)
		c.leave(a)
		c.settled(b, d)
		l.reach(100)
		c.leave(d)
		c.settled(b)
		l.reach(100)
		total := l.end(b.store)
		t.Logf("%d events; %+v", total, b.Sharing())
	})
}
