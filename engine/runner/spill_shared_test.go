package runner_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// others are replicas that have every session.
type others struct{}

func (others) Fence(int32) (int64, bool) { return 0, false }
func (others) Held() []int32             { return nil }
func (others) Refused([]int32)           {}
func (others) Tell(int32)                {}

// What is on its way to another replica when the store goes away is in the spill alone from then on. Draining waits for what is under way in
// memory, and would wait for ever for an event that nobody has.
func TestWhatWasOnItsWayToAnotherReplicaIsDrainedFromTheSpill(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.Close()
		require.NoError(t, w.log.Close())
		w.shares = others{}
		w.open()
		w.acknowledged(w.receive("a", 0, 5))
		w.store.set(func(s *store) { s.spoil = hang(5*time.Second, false) }) // commits gather behind one without an answer
		answers := w.receive("a", 5, 30)
		wait(3 * time.Second)
		w.acknowledged(answers)
		_, on := w.Spilling()
		require.True(w.t, on)
		w.back()
		wait(20 * time.Second)
		_, on = w.Spilling()
		require.False(w.t, on, "all is drained")
		require.True(w.t, w.log.Empty())
		w.Close()
		w.Runner = w.runner(runner.Options{}) // whoever has the session
		w.start()
		wait(time.Second)
		require.Equal(w.t, texts(0, 30), said(w.t, w.store, "a"))
	})
}

// leased has every session, under a lease whose number changes.
type leased struct{ number atomic.Int64 }

func (l *leased) Fence(int32) (int64, bool) { return l.number.Load(), true }
func (l *leased) Refused([]int32)           { l.number.Add(1) } // and it is ours again at once
func (l *leased) Tell(int32)                {}
func (l *leased) Held() (all []int32) {
	for p := range int32(storage.Partitions) {
		all = append(all, p)
	}
	return all
}

// A replica that froze takes up where it was when its leases are its own again: what it took from the inbox before may have had its turn at
// another replica meanwhile.
func TestWhatWasTakenUnderAnEarlierLeaseHasNoSecondTurn(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.Close()
		require.NoError(w.t, w.log.Close())
		shares := &leased{}
		shares.number.Store(1)
		w.shares = shares
		var frozen atomic.Bool
		w.store.set(func(s *store) {
			s.spoil = func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				batch.Fences = nil // nobody else is there
				if len(batch.Turns) == 0 || !frozen.CompareAndSwap(false, true) {
					return commit()
				}
				if _, err := commit(); err != nil { // as the other replica
					return nil, err
				}
				return &storage.BatchResult{LostTurns: []int{0}, LostLeases: []int32{batch.Turns[0].Partition}}, nil
			}
		})
		event := message("a", "0")
		event.Id, event.ReceivedAt = w.NewEventID(), engine.Timestamp(time.Now())
		_, err := w.store.Store.Commit(w.t.Context(), &storage.Batch{Inbox: []*flowdeskv1.Event{event}})
		require.NoError(w.t, err)
		w.open()
		wait(5 * time.Second)
		require.True(w.t, frozen.Load())
		require.Equal(w.t, []string{"0"}, said(w.t, w.store, "a"))
		w.acknowledged(w.receive("a", 1, 5))
		require.Equal(w.t, texts(0, 5), said(w.t, w.store, "a"))
	})
}
