package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
)

// What a person changed is stored before the environment is built anew. When that fails, because the database is away for a moment or the person
// has left, it counts all the same, soon and without another change.
func TestAChangeCountsAlthoughItsCallerLeft(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		require.NoError(w.t, w.store.PutSettings(w.t.Context(), &flowdeskv1.Settings{TimeZone: "Asia/Tokyo"}, ""))
		gone, leave := context.WithCancel(w.t.Context())
		leave()
		require.Error(w.t, w.Reload(gone))
		wait(3 * time.Second)
		require.Equal(w.t, "Asia/Tokyo", w.Env().Zone.String())
		before := w.Env()
		wait(3 * time.Second)
		require.Same(w.t, before, w.Env(), "it is built once")
	})
}

// A connection that says nothing any more does not keep the timers standing for ever.
func TestTimersRingAlthoughTheStoreFellSilentOnce(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{})
		defer w.close()
		w.store.set(func(s *store) { s.silent = true })
		w.start()
		wait(time.Second)
		w.store.set(func(s *store) { s.silent = false })
		w.arm("s", "bell", time.Minute)
		wait(2 * time.Minute)
		require.Equal(t, 1, w.ran("s bell"))
	})
}
