package runner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner"
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
