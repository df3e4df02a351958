package outbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// After many others a result stands too far back in the robot's list: it is asked for by its batch, and what the list left out is no reason to
// give a command up.
func TestAResultBehindTooManyOthersIsLookedUpByItsBatch(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.platform.mu.Lock()
		w.whole = time.Now().Add(time.Hour)
		w.old = []outbox.Result{{PlatformID: "p2", Fingerprint: "a", Success: true}} // both go in one batch
		w.platform.mu.Unlock()
		w.add("a", 0)
		w.add("b", 0)
		wait(80 * time.Second)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_SENT, w.row("b").state, "the platform has no result of it yet")
		require.Len(w.t, w.said(), 2)
		asked := len(w.batches)
		wait(10 * time.Second)
		require.Len(w.t, w.batches, asked, "it is not asked for all the time: %s", w.batches)
	})
}

// What was given up is looked for now and then for a day, whether the platform answers or not.
func TestWhatWasGivenUpDoesNotPressAPlatformThatFails(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(20 * time.Minute)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, w.row("a").state)
		w.platform.mu.Lock()
		w.silent = true
		w.platform.mu.Unlock()
		before := w.count()
		wait(time.Hour)
		require.LessOrEqual(w.t, w.count()-before, 13, "one look-up in five minutes")
	})
}
