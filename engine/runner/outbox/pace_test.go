package outbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
)

// Each page of a look-up is a request, and look-ups take at most a third of 60 a minute.
func TestEveryPageOfALookUpCounts(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.pages = 12
		w.answer = func(int) error { return outbox.ErrUnknown }
		w.add("a", 0)
		wait(10 * time.Minute)
		require.Greater(w.t, len(w.asks), 2*w.pages)
		for i, at := range w.asks {
			if i >= 21 { // 20, and one that had been saved up
				require.GreaterOrEqual(w.t, at.Sub(w.asks[i-21]), time.Minute-time.Second, "request %d", i)
			}
		}
	})
}

// Somebody who asks by hand pays like the rest.
func TestALookUpByHandWaitsForItsShare(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.pages = 3
		w.add("a", 0)
		wait(2 * time.Second)
		before := len(w.asks)
		began := time.Now()
		require.NoError(w.t, w.out.LookUp(w.t.Context(), "a"))
		require.Len(w.t, w.asks, before+3)
		require.GreaterOrEqual(w.t, time.Since(began), 6*time.Second)
	})
}
