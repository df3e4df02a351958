package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

const isFailed = flowdeskv1.CommandState_COMMAND_STATE_FAILED

func again(command string) *flowdeskv1.CommandOrder {
	return &flowdeskv1.CommandOrder{Command: command, Action: flowdeskv1.CommandAction_COMMAND_ACTION_RETRY, Reason: "asked for"}
}

// failed puts a command into the store whose only attempt failed.
func (c *cluster) failed(session string) {
	c.store(notice(session, "failed"), isFailed, 1)
	c.shell.mu.Lock()
	defer c.shell.mu.Unlock()
	c.rows["failed"].log = []*flowdeskv1.CommandAttempt{{Number: 1, State: isFailed}}
}

// A person's order reaches the owner of the command although its store does not answer just then: nobody tells it again.
func TestAnOrderThatItsOwnerCannotReadIsReadAgain(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.failed("g1")
		c.give("b", "g1")
		failures := 1
		c.replicas["b"].beforeReads(func(context.Context) error {
			if failures--; failures >= 0 {
				return storage.ErrUnavailable
			}
			return nil
		})
		require.NoError(t, c.replicas["a"].out.ByHand(t.Context(), again("failed")))
		wait(time.Minute)
		require.Equal(t, 1, c.times("failed"))
	})
}

// A command becomes ours while a person's order for it is on its way to the store as another's: it was taken up as it was before the order.
func TestAnOrderForWhatBecomesOursMeanwhileIsHeard(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.failed("g1")
		c.give("b", "g1")
		hold := make(chan struct{})
		c.commits <- func() { <-hold }
		end := make(chan error, 1)
		go func() { end <- c.replicas["a"].out.ByHand(t.Context(), again("failed")) }()
		wait(time.Millisecond)
		c.give("a", "g1")
		close(hold)
		require.NoError(t, <-end)
		wait(time.Minute)
		require.Equal(t, 1, c.times("failed"))
	})
}

// A store that says nothing any more does not keep a partition's commands waiting for ever: whoever gains it hears that it failed, and tries again.
func TestATakeUpThatHearsNothingEnds(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.store(notice("g1", "left"), isQueued, 0)
		a := c.replicas["a"]
		a.beforeReads(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		end := make(chan error, 1)
		go func() { end <- a.out.Gained(t.Context(), []int32{storage.Partition("g1")}) }()
		wait(time.Minute)
		select {
		case err := <-end:
			require.ErrorIs(t, err, context.DeadlineExceeded)
		default:
			require.Fail(t, "it waits for ever")
		}
		a.beforeReads(nil)
		c.give("a", "g1")
		wait(10 * time.Second)
		require.Equal(t, 1, c.times("left"))
	})
}

// That a command was sent is stored although the store was away at the first attempt.
func TestThatACommandWasSentIsStoredInTheEnd(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(500 * time.Millisecond)
		require.Len(t, w.said(), 1)
		w.storeIs(storage.ErrUnavailable)
		wait(2 * time.Second)
		w.storeIs(nil)
		wait(2 * time.Second)
		require.Equal(t, isSent, w.row("a").state)
	})
}
