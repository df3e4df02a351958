package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
)

// A request that is made twice at once has one turn, and both callers get it.
func TestARequestMadeTwiceAtOnceHasOneTurn(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		const callers = 8
		events := make(chan string, callers)
		for range callers {
			go func() {
				turn, err := w.SubmitOnce(w.t.Context(), signal("s", "a"), "method", "request")
				assert.NoError(w.t, err)
				events <- turn.GetEvent().GetId()
			}()
		}
		first := <-events
		for range callers - 1 {
			require.Equal(w.t, first, <-events)
		}
		_, err := w.SubmitOnce(w.t.Context(), signal("s", "b"), "method", "another request")
		require.NoError(w.t, err)
		require.Equal(w.t, []string{"a", "b"}, w.stored("s"))
		require.True(w.t, w.Idle())
	})
}

// A caller does not hear in time, since the store is slow, and repeats its request while the first event is still on its way. It has one turn.
func TestARequestRepeatedBeforeItsFirstEventHadItsTurn(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.store.set(func(s *store) {
			s.spoil = func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				time.Sleep(10 * time.Second)
				return commit()
			}
		})
		hasty, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		_, err := w.SubmitOnce(hasty, signal("s", "a"), "method", "request")
		require.ErrorIs(w.t, err, context.DeadlineExceeded)
		turn, err := w.SubmitOnce(w.t.Context(), signal("s", "a"), "method", "request")
		require.NoError(w.t, err)
		require.Zero(w.t, turn.GetSessionVersion())
		require.Equal(w.t, []string{"a"}, w.stored("s"))
	})
}
