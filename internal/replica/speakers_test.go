package replica_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/storage"
)

// shaky is a store whose commits fail now and then, some of them after all.
type shaky struct {
	storage.Store
	on atomic.Bool
}

func (s *shaky) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	if !s.on.Load() {
		return s.Store.Commit(ctx, batch)
	}
	switch rand.IntN(50) {
	case 0:
		return nil, fmt.Errorf("it did not happen: %w", storage.ErrUnavailable)
	case 1:
		return nil, fmt.Errorf("it did not happen: %w", storage.ErrUnknown)
	case 2:
		_, err := s.Store.Commit(ctx, batch)
		return nil, errors.Join(err, fmt.Errorf("it happened: %w", storage.ErrUnknown))
	case 3:
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
	}
	return s.Store.Commit(ctx, batch)
}

// Many speak at once in few conversations, to three replicas that doubt their leases now and then, lose some, and do not hear what became of their
// commits. What each says comes once and in its order, and nothing stays behind.
func TestManySpeakersAmongTroubles(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, c *cluster) {
		c.ttl = untroubled // leases are lost to a robber, not to a slow machine
		var nodes []*node
		var stores []*shaky
		for _, name := range []string{"a", "b", "c"} {
			s := &shaky{}
			nodes, stores = append(nodes, c.joinWith(name, func(store storage.Store) storage.Store { s.Store = store; return s })), append(stores, s)
		}
		c.settled(nodes...)
		stop := make(chan struct{})
		var troubles, work sync.WaitGroup
		for i, n := range nodes {
			stores[i].on.Store(true)
			troubles.Go(func() { n.flicker(stop) })
		}
		troubles.Go(func() { c.robbing(stop, nodes) })
		const sessions, speakers, words = 2, 4, 25
		for s := range sessions * speakers {
			work.Go(func() { c.speak(session(s/speakers), s%speakers, words) })
		}
		work.Wait()
		close(stop)
		troubles.Wait()
		for _, s := range stores {
			s.on.Store(false)
		}
		for i := range sessions {
			require.Eventually(t, func() bool { return len(stored(t, nodes[0].store, session(i))) >= speakers*words }, time.Minute, 20*time.Millisecond)
			next := make(map[string]int)
			for _, name := range stored(t, nodes[0].store, session(i)) {
				var speaker string
				var word int
				_, err := fmt.Sscanf(name, "%1s-%d", &speaker, &word)
				require.NoError(t, err)
				require.Equal(t, next[speaker], word, "%s in %s: once, and in order", speaker, session(i))
				next[speaker]++
			}
		}
		for _, n := range nodes {
			if !assert.Eventually(t, n.Idle, time.Minute, 20*time.Millisecond, "nothing waits for what had its turn elsewhere") {
				t.Fatalf("%s: %+v", n.members.Name(), n.Figures())
			}
		}
		pending, err := nodes[0].store.PendingEvents(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Empty(t, pending)
	})
}

// flicker lets a replica doubt its leases for moments.
func (n *node) flicker(stop chan struct{}) {
	defer n.doubts.Store(false)
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(rand.IntN(60)) * time.Millisecond):
			n.doubts.Store(rand.IntN(3) == 0)
		}
	}
}

// robbing lets replicas lose leases now and then.
func (c *cluster) robbing(stop chan struct{}, nodes []*node) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(300 * time.Millisecond):
			n := nodes[rand.IntN(len(nodes))]
			if _, sure := n.members.Fence(storage.Partition(session(0))); sure {
				c.rob(n, storage.Partition(session(0)))
			}
		}
	}
}

// speakWithin is far above what a word takes on a machine that has much other work.
const speakWithin = time.Minute

// speak says words one after the other, each when the one before was acknowledged.
func (c *cluster) speak(session string, speaker, words int) {
	for w := 0; w < words; {
		nodes := c.all()
		n := nodes[rand.IntN(len(nodes))]
		event := signal(session, 0)
		event.GetSignal().Name = fmt.Sprintf("%d-%d", speaker, w)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.t.Context()), speakWithin)
		var err error
		if rand.IntN(4) == 0 {
			_, err = n.Submit(ctx, event)
		} else {
			err = n.Receive(ctx, event)
		}
		cancel()
		switch {
		case err == nil:
			w++
		case errors.Is(err, storage.ErrUnavailable), errors.Is(err, runner.ErrBusy):
		default:
			c.t.Errorf("%s, speaker %d, word %d: %v", session, speaker, w, err)
			return
		}
	}
}
