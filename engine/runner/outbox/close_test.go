package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Promise A10: an orderly stop leaves nothing unknown. What is on the wire may end, what was not sent goes back to the queue.
func TestAnOrderlyEndLeavesNothingUnknown(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.hang = func(ctx context.Context) {
			select {
			case <-time.After(2 * time.Second):
			case <-ctx.Done():
			}
		}
		w.limits(10, 10) // the second request would wait for its unit
		for _, id := range []string{"a", "b", "c"} {
			c := to("u-"+id, id)
			c.Text = "same" // a request each
			w.claim(c)
		}
		wait(10 * time.Second)
		before := w.count()
		for _, id := range []string{"d", "e", "f"} {
			c := to("u-"+id, id)
			c.Text = "same"
			w.claim(c)
		}
		began := time.Now()
		w.out.Close()
		require.LessOrEqual(w.t, time.Since(began), 4*time.Second)
		require.LessOrEqual(w.t, w.count(), before+1)
		for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
			require.NotEqual(w.t, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, w.row(id).state, id)
		}
		queued := 0
		for _, id := range []string{"d", "e", "f"} {
			if w.row(id).state == flowdeskv1.CommandState_COMMAND_STATE_QUEUED {
				queued++
			}
		}
		require.GreaterOrEqual(w.t, queued, 2, "they were not sent, and whoever comes next knows that")
	})
}
