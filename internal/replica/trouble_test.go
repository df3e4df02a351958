package replica_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/storage"
)

// rob takes leases away from a replica that lives, as happens to one whose beats do not reach the database.
func (c *cluster) rob(n *node, partitions ...int32) {
	c.t.Helper()
	ctx := context.WithoutCancel(c.t.Context())
	for robbed := false; !robbed; { // its beats come in between
		_, err := n.store.Beat(ctx, n.members.Name(), -time.Second)
		require.NoError(c.t, err)
		membership, err := n.store.Beat(ctx, "robber", time.Minute)
		require.NoError(c.t, err)
		taken, err := n.store.TakeLeases(ctx, "robber", partitions)
		require.NoError(c.t, err)
		robbed = len(taken) > 0 || !slices.ContainsFunc(membership.Leases, func(l *storage.Lease) bool {
			return l.Holder == n.members.Name() && slices.Contains(partitions, l.Partition)
		}) // another replica that lives was there first: it has them for good
	}
	require.NoError(c.t, n.store.Leave(ctx, "robber"))
}

// A replica that does not know yet that its leases are another's commits nothing under them.
func TestStolenLeases(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		l := c.load(20)
		for range 3 {
			l.reach(60)
			for _, n := range []*node{a, b} {
				var held []int32
				require.Eventually(t, func() bool { held = n.members.Held(); return len(held) > 1 }, 10*time.Second, time.Millisecond, "it has none for a moment")
				c.rob(n, held[:len(held)/2]...)
			}
		}
		l.reach(60)
		c.settled(a, b)
		l.end(a.store)
		require.NotZero(t, a.members.Stats().Refused+a.members.Stats().Lost+b.members.Stats().Refused+b.members.Stats().Lost)
	})
}

// A conversation in which many speak at once, to both replicas.
func TestOneBusySession(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		const speakers, words = 8, 30
		var work sync.WaitGroup
		for s := range speakers {
			work.Go(func() {
				for w := range words {
					n := []*node{a, b}[(s+w)%2]
					event := signal("hot", s*1000+w)
					var err error
					if w%5 == 4 {
						_, err = n.Submit(context.WithoutCancel(t.Context()), event)
					} else {
						err = n.Receive(context.WithoutCancel(t.Context()), event)
					}
					if err != nil {
						t.Errorf("speaker %d, word %d: %v", s, w, err)
					}
				}
			})
		}
		work.Wait()
		require.Eventually(t, func() bool { return len(stored(t, a.store, "hot")) >= speakers*words }, 10*time.Second, 20*time.Millisecond)
		last := map[int]int{}
		heard := stored(t, a.store, "hot")
		require.Len(t, heard, speakers*words)
		for _, name := range heard {
			var n int
			_, err := fmt.Sscan(name, &n)
			require.NoError(t, err)
			require.Equal(t, last[n/1000], n%1000, "what a speaker says comes in its order")
			last[n/1000]++
		}
	})
}

// A caller at one replica gets the answer of a turn at another, and its request is remembered with that turn.
func TestATurnElsewhereAnswersItsCaller(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		session := sessionOf(b)
		turn, err := a.SubmitOnce(t.Context(), signal(session, 1), "method", "request")
		require.NoError(t, err)
		require.Equal(t, session, turn.GetEvent().GetSession())
		again, err := b.SubmittedTurn(t.Context(), "method", "request")
		require.NoError(t, err)
		require.Equal(t, turn.GetEvent().GetId(), again.GetEvent().GetId())
		c.acts["poison"] = func(*engine.Run) { panic("poison") }
		_, err = a.Submit(t.Context(), &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Signal{Signal: &flowdeskv1.Signal{Name: "poison"}}})
		require.ErrorIs(t, err, runner.ErrQuarantined)
	})
}

// A caller repeats its request at another replica, at once or while the first is still on its way. It has one turn, and every answer is that.
func TestARequestMadeAtSeveralReplicasHasOneTurn(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		c.ttl = untroubled
		nodes := []*node{c.join("a"), c.join("b"), c.join("c")}
		c.settled(nodes...)
		const requests, sessions = 40, 4
		var callers sync.WaitGroup
		answers := make([][]string, requests)
		for r := range requests {
			answers[r] = make([]string, 2*len(nodes))
			for i := range answers[r] {
				callers.Go(func() {
					turn, err := nodes[i%len(nodes)].SubmitOnce(t.Context(), signal(session(r%sessions), r), "method", fmt.Sprint(r))
					if assert.NoError(t, err) {
						answers[r][i] = turn.GetEvent().GetId()
					}
				})
			}
		}
		callers.Wait()
		for _, answer := range answers {
			require.Len(t, slices.Compact(answer), 1)
		}
		var turns int
		for i := range sessions {
			turns += len(stored(t, nodes[0].store, session(i)))
		}
		require.Equal(t, requests, turns)
		for _, n := range nodes {
			require.Eventually(t, n.Idle, time.Minute, 20*time.Millisecond)
		}
		pending, err := nodes[0].store.PendingEvents(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Empty(t, pending)
	})
}

// What can only happen where the session is says so at once.
func TestDeliveriesDoNotGoElsewhere(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		done := make(chan error, 1)
		err := a.SubmitWith(signal(sessionOf(b), 1), []*storage.Delivery{{Command: "c"}}, func(_ *flowdeskv1.Turn, err error) { done <- err })
		if err = errors.Join(err, <-done); !errors.Is(err, runner.ErrElsewhere) {
			t.Fatalf("got %v, want %v", err, runner.ErrElsewhere)
		}
	})
}

// sessionOf is a session of a replica.
func sessionOf(n *node) string {
	for i := 0; ; i++ {
		if _, ours := n.members.Fence(storage.Partition(session(i))); ours {
			return session(i)
		}
	}
}

// An event that another replica stored and acknowledged comes first, although nobody told its session's holder of it.
func TestWhatWasAcknowledgedElsewhereComesFirst(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		c.bus.deaf = true
		a, b := c.join("a"), c.join("b")
		c.settled(a, b)
		s := sessionOf(b)
		for n := range 40 {
			at := a
			if n%2 == 1 {
				at = b
			}
			require.NoError(t, at.Receive(t.Context(), signal(s, n)))
		}
		require.Eventually(t, func() bool { return len(stored(t, a.store, s)) >= 40 }, 10*time.Second, 20*time.Millisecond)
		require.Equal(t, numbers(40), stored(t, a.store, s))
		require.NotZero(t, b.Sharing().Overtaken)
	})
}

// A replica that could not renew its leases for a moment sends away what it has acknowledged. When they turn out to be its own still, nothing that
// comes then is ahead of it, although nothing of it is in memory.
func TestWhatLeftMemoryIsNotOvertaken(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		a := c.join("a")
		c.settled(a)
		runs, free := make(chan struct{}), make(chan struct{})
		var once sync.Once
		c.mu.Lock()
		c.acts["0"] = func(*engine.Run) { once.Do(func() { close(runs); <-free }) }
		c.mu.Unlock()
		ctx := context.WithoutCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { assert.NoError(t, a.Receive(ctx, signal("hot", 0))) })
		<-runs
		for n := 1; n < 4; n++ {
			require.NoError(t, a.Receive(ctx, signal("hot", n)), "it is acknowledged before its turn")
		}
		a.doubts.Store(true)
		close(free)
		require.Eventually(t, func() bool { return a.Figures().Waiting == 0 }, 10*time.Second, time.Millisecond, "they are nowhere but in the inbox")
		a.doubts.Store(false)
		require.NoError(t, a.Receive(ctx, signal("hot", 4)))
		work.Wait()
		require.Eventually(t, func() bool { return len(stored(t, a.store, "hot")) >= 5 }, 10*time.Second, 10*time.Millisecond)
		require.Equal(t, numbers(5), stored(t, a.store, "hot"))
	})
}

// mute is a store that no beat reaches while it is away.
type mute struct {
	storage.Store
	away atomic.Bool
}

func (m *mute) Beat(ctx context.Context, replica string, ttl time.Duration) (*storage.Membership, error) {
	if m.away.Load() {
		return nil, storage.ErrUnavailable
	}
	return m.Store.Beat(ctx, replica, ttl)
}

// idle does no work.
type idle struct{ lost atomic.Int64 }

func (*idle) Prepare(context.Context, []int32) error { return nil }
func (*idle) Yield(context.Context, []int32)         {}
func (*idle) Gained([]int32)                         {}
func (i *idle) Lost(partitions []int32)              { i.lost.Add(int64(len(partitions))) }

// A replica whose beats do not reach the database knows by itself when its leases end, and takes new ones when they do again.
func TestALeaseEndsByItself(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		db, closing := c.open()
		store, worker := &mute{Store: db}, &idle{}
		m := replica.New(store, replica.Options{Name: "a", Log: c.log()})
		var first int64
		require.Eventually(t, func() bool { return m.Start(t.Context(), worker) == nil }, time.Minute, time.Millisecond, "whoever starts may try again")
		require.Eventually(t, func() (ours bool) { first, ours = m.Fence(7); return ours && len(m.Held()) == storage.Partitions }, time.Minute, time.Millisecond)
		store.away.Store(true)
		require.Eventually(t, func() bool { return m.Left(7) == 0 }, 20*time.Second, 10*time.Millisecond)
		_, ours := m.Fence(7)
		require.False(t, ours)
		require.Empty(t, m.Held())
		store.away.Store(false)
		require.Eventually(t, func() bool { return len(m.Held()) == storage.Partitions }, time.Minute, 10*time.Millisecond)
		second, _ := m.Fence(7)
		require.Greater(t, second, first)
		require.NotZero(t, worker.lost.Load())
		require.NoError(t, errors.Join(m.Leave(context.WithoutCancel(t.Context())), closing()))
	})
}

// slipping is a store that does not do what it is asked to when leases are let go, for a while.
type slipping struct {
	storage.Store
	slips atomic.Int64
}

func (s *slipping) FreeLeases(ctx context.Context, replica string, partitions []int32) error {
	if s.slips.Add(-1) >= 0 {
		return storage.ErrUnavailable
	}
	return s.Store.FreeLeases(ctx, replica, partitions)
}

// What a replica let go of without the database's hearing of it is freed with its next beat: as long as it lives, nobody else can take it.
func TestWhatTheDatabaseDidNotHearIsFreedAgain(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		store := &slipping{}
		store.slips.Store(2)
		a := c.joinWith("a", func(s storage.Store) storage.Store { store.Store = s; return store })
		c.settled(a)
		b := c.join("b")
		c.settled(a, b)
		require.Negative(t, store.slips.Load(), "it was tried again")
	})
}
