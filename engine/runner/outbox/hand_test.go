package outbox_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func (w *world) byHand(command string, action flowdeskv1.CommandAction) error {
	return w.out.ByHand(w.t.Context(), &flowdeskv1.CommandOrder{Command: command, Action: action})
}

const (
	sendNow = flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW
	retry   = flowdeskv1.CommandAction_COMMAND_ACTION_RETRY
)

func TestAnOrderIsStoredBeforeItIsAcknowledged(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 3*time.Hour)
		w.storeIs(errAway)
		require.ErrorIs(w.t, w.byHand("a", sendNow), storage.ErrUnavailable)
		wait(time.Hour)
		require.Empty(w.t, w.said(), "what is not stored is not done")
		w.storeIs(nil)
		require.NoError(w.t, w.byHand("a", sendNow))
		require.NotEqual(w.t, flowdeskv1.CommandState_COMMAND_STATE_DELAYED, w.row("a").state)
		wait(time.Second)
		require.Equal(w.t, []string{"day:a"}, w.said())
		require.Empty(w.t, w.questions(), "a person has judged it")
		require.ErrorIs(w.t, w.byHand("a", sendNow), storage.ErrConflict, "it has left")
		require.ErrorIs(w.t, w.byHand("none", retry), storage.ErrNotFound)
	})
}

// Two persons see the same failure: the command is sent again once.
func TestOfTwoRetriesOfOneFailureOneCounts(t *testing.T) {
	t.Parallel()
	c := left("a", flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, &flowdeskv1.CommandAttempt{Number: 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED})
	runOn(t, commands{c}, func(*world) {}, func(w *world) {
		wait(5 * time.Second)
		hold := make(chan struct{})
		w.commits <- func() { <-hold }
		ends := make(chan error, 2)
		for range 2 {
			go func() { ends <- w.byHand("a", retry) }()
		}
		synctest.Wait()
		close(hold)
		first, second := <-ends, <-ends
		if first != nil {
			first, second = second, first
		}
		require.NoError(w.t, first)
		require.ErrorIs(w.t, second, storage.ErrConflict)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a"}, w.said())
	})
}

// The order is stored, and before it is heard of the command leaves by itself, or is judged.
func TestAnOrderThatIsOvertakenSendsOnce(t *testing.T) {
	t.Parallel()
	for name, replies := range map[string]bool{"it leaves": false, "it is judged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				w.alone(2)
				w.hang = func(context.Context) { <-time.After(time.Second) }
				c := command("a", time.Hour)
				if !replies {
					c.ReplyTo = ""
				}
				w.commit(c)
				hold := make(chan struct{})
				w.commits <- func() { <-hold }
				end := make(chan error, 1)
				go func() { end <- w.byHand("a", sendNow) }()
				wait(time.Hour + time.Minute) // it falls due while the order waits for the store
				close(hold)
				require.NoError(w.t, <-end)
				wait(5 * time.Second)
				require.Equal(w.t, []string{"day:a"}, w.said())
				unconfirmed, _ := w.out.Load("day")
				require.Equal(w.t, 1, unconfirmed)
				w.report(1, "a", true)
				require.EqualValues(w.t, 1, w.row("a").attempts)
				require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state)
			})
		})
	}
}

// Somebody who asks by hand waits out the platform's pause like the rest.
func TestALookUpByHandRespectsAPause(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.pause = 10 * time.Second
		w.answer = func(n int) error {
			if n == 2 {
				return outbox.ErrLimited
			}
			return nil
		}
		w.add("a", 0)
		wait(5 * time.Second)
		w.commit(to("u2", "b"))
		wait(time.Second)
		before := w.count()
		require.Error(w.t, w.out.LookUp(w.t.Context(), "a"))
		require.Equal(w.t, before, w.count())
		wait(10 * time.Second)
		require.NoError(w.t, w.out.LookUp(w.t.Context(), "a"))
	})
}
