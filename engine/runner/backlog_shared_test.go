package runner_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// lent has every session while they are lent to it.
type lent struct {
	leased
	ours atomic.Bool
}

func (l *lent) Fence(int32) (int64, bool) { return 1, l.ours.Load() }

func (l *lent) Held() []int32 {
	if !l.ours.Load() {
		return nil
	}
	return l.leased.Held()
}

// An event that is on its way to another replica is done there, and its session is ours, before the commit that stored it is answered. Nothing
// waits for it then: timers would not ring any more.
func TestNothingWaitsForAnEventThatLeftTheInboxElsewhere(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.Close()
		shares := &lent{}
		w.store.set(func(s *store) {
			s.spoil = func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				batch.Fences = nil // nobody else is there
				result, err := commit()
				if len(batch.Inbox) > 0 && !shares.ours.Load() { // as the other replica, which cannot run it
					_, err = s.Store.Commit(w.t.Context(), &storage.Batch{Quarantine: []*storage.QuarantineEntry{{Event: batch.Inbox[0], Reason: "poison", Time: time.Now()}}})
					shares.ours.Store(true)
				}
				return result, err
			}
		})
		w.Runner = w.runner(runner.Options{Shares: shares})
		require.NoError(w.t, w.Start(w.t.Context()))
		require.NoError(w.t, w.Receive(w.t.Context(), signal("s", "a")))
		w.Gained(shares.Held())
		w.arm("s", "bell", time.Minute)
		wait(2 * time.Minute)
		require.Equal(w.t, []string{"arm", "timer"}, w.stored("s"))
		require.True(w.t, w.Idle())
	})
}

// An event whose commit did not answer has its turn at another replica, and the session many more, before that can be found out. It is found all
// the same, and not stored again.
func TestWhatHadItsTurnElsewhereLongAgoIsNotStoredAgain(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.Close()
		var other *runner.Runner
		var struck atomic.Bool
		w.store.set(func(s *store) {
			s.spoil = func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				batch.Fences = nil // nobody else is there
				if len(batch.Inbox) == 0 || !struck.CompareAndSwap(false, true) {
					return commit()
				}
				_, err := commit()
				require.NoError(w.t, err)
				require.NoError(w.t, other.Start(w.t.Context())) // has its turn there
				for n := range 150 {
					_, err := other.Submit(w.t.Context(), signal("s", fmt.Sprint(n)))
					require.NoError(w.t, err)
				}
				other.Close()
				return nil, fmt.Errorf("no answer: %w", storage.ErrUnknown)
			}
		})
		w.Runner, other = w.runner(runner.Options{Shares: &lent{}}), w.runner(runner.Options{})
		require.NoError(w.t, w.Start(w.t.Context()))
		require.NoError(w.t, w.Receive(w.t.Context(), signal("s", "a")))
		wait(time.Second)
		pending, err := w.store.PendingEvents(w.t.Context(), 0, 10)
		require.NoError(w.t, err)
		require.Empty(w.t, pending)
		require.Len(w.t, w.stored("s"), 151)
	})
}

// A turn has to go behind an event of the inbox, and by the time the store says so its session is another's. Whoever has it now sees to both.
func TestNothingWaitsForAnEventThatGaveWayInASessionOfAnother(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.Close()
		shares := &lent{}
		shares.ours.Store(true)
		var struck atomic.Bool
		_, err := w.store.Beat(w.t.Context(), "us", time.Hour)
		require.NoError(w.t, err)
		leases, err := w.store.TakeLeases(w.t.Context(), "us", shares.Held())
		require.NoError(w.t, err)
		require.Equal(w.t, int64(1), leases[0].Number, "as the fake says")
		w.store.set(func(s *store) {
			s.spoil = func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				if len(batch.Turns) == 0 || !struck.CompareAndSwap(false, true) {
					return commit()
				}
				earlier := signal("s", "b")
				earlier.Id = "earlier"
				_, err := s.Store.Commit(w.t.Context(), &storage.Batch{Inbox: []*flowdeskv1.Event{earlier}})
				assert.NoError(w.t, err) //nolint:testifylint // it is not the test's goroutine
				result, err := commit()
				assert.Len(w.t, result.Overtaking, 1)
				held := shares.Held()
				shares.ours.Store(false)
				w.Lost(held)
				return result, err
			}
		})
		w.Runner = w.runner(runner.Options{Shares: shares})
		require.NoError(w.t, w.Start(w.t.Context()))
		require.NoError(w.t, w.Receive(w.t.Context(), signal("s", "a")))
		wait(time.Minute)
		require.True(w.t, w.Idle())
		pending, err := w.store.PendingEvents(w.t.Context(), 0, 10)
		require.NoError(w.t, err)
		require.Len(w.t, pending, 2)
	})
}
