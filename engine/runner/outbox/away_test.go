package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

var errAway = fmt.Errorf("disk full: %w", storage.ErrUnavailable)

// What the store cannot take while it is away is taken when it is back; until then nothing leaves that depends on it.
func TestNothingIsForgottenWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer  func(n int) error
		happens func(w *world) // while the store is away
		said    []string       // a minute after it is back
		state   flowdeskv1.CommandState
	}{
		"a failure is reported": {
			happens: func(w *world) { w.report(1, "a", false) },
			said:    []string{"day:a", "day:a"}, state: flowdeskv1.CommandState_COMMAND_STATE_SENT,
		},
		"a success is reported": {
			happens: func(w *world) { w.report(1, "a", true) },
			said:    []string{"day:a"}, state: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED,
		},
		"it was refused": {
			answer: func(n int) error {
				if n == 1 {
					<-time.After(5 * time.Second)
					return outbox.ErrRefused
				}
				return nil
			},
			said: []string{"day:a", "day:a"}, state: flowdeskv1.CommandState_COMMAND_STATE_SENT,
		},
		"its deadline passes": {
			happens: func(*world) { wait(15 * time.Minute) },
			said:    []string{"day:a"}, state: flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT,
		},
		"its result comes just after its deadline": {
			happens: func(w *world) {
				wait(15 * time.Minute)
				w.report(1, "a", true)
			},
			said: []string{"day:a"}, state: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				w.answer = c.answer
				w.add("a", 0)
				wait(2 * time.Second)
				w.storeIs(errAway)
				if c.happens != nil {
					c.happens(w)
				}
				wait(time.Minute)
				require.Equal(w.t, []string{"day:a"}, w.said())
				w.storeIs(nil)
				wait(time.Minute)
				require.Equal(w.t, c.said, w.said())
				require.Equal(w.t, c.state, w.row("a").state)
			})
		})
	}
}

func TestNothingLeavesBeforeItIsStoredAsSending(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.storeIs(errAway)
		w.add("a", 0)
		w.add("b", 0)
		wait(time.Minute)
		require.Empty(w.t, w.said())
		w.storeIs(nil)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b"}, w.said())
	})
}

func TestTheOrderHoldsWhileARefusalCannotBeStored(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.answer = func(n int) error {
			if n == 1 {
				<-time.After(5 * time.Second)
				return outbox.ErrRefused
			}
			return nil
		}
		w.claim(command("a", 0))
		wait(time.Second)
		w.storeIs(errAway)
		wait(5 * time.Second)
		w.add("b", 0)
		for range 20 { // whatever is tried first when it is back
			wait(5*time.Second + 50*time.Millisecond)
			w.storeIs(nil)
			wait(40 * time.Millisecond)
			w.storeIs(errAway)
		}
		w.storeIs(nil)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:a", "day:b"}, w.said())
	})
}

func TestAResultThatItsSessionCannotTakeIsStoredAllTheSame(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(2 * time.Second)
		tells := 0
		w.shell.mu.Lock()
		w.submit = func() { tells++ }
		w.refusing = runner.ErrQuarantined
		w.shell.mu.Unlock()
		w.report(1, "a", true)
		wait(time.Hour)
		require.Equal(w.t, 1, tells, "what is quarantined is not told again for ever")
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state)
	})
}

func TestAResultMayComeBeforeTheAnswerToItsSend(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		for n := range 12_000 { // of commands that are not ours
			w.out.Settle(outbox.Result{PlatformID: "foreign", Fingerprint: strconv.Itoa(n)})
		}
		w.hang = func(context.Context) {
			w.out.Settle(outbox.Result{PlatformID: "p1", Fingerprint: "a", Success: true})
			<-time.After(time.Second)
		}
		w.add("a", 0)
		wait(5 * time.Second)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state)
	})
}

func TestAProofDoesNotHoldUpWhoeverBringsIt(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.known = true
		w.answer = func(int) error { return outbox.ErrUnknown }
		w.add("a", 0)
		wait(2 * time.Second)
		busy := make(chan struct{})
		w.shell.mu.Lock()
		w.submit = func() { <-busy } // the session is busy
		w.shell.mu.Unlock()
		w.out.Prove(&flowdeskv1.EchoHeard{Command: "a", HeardBy: "monitor"})
		close(busy)
		wait(time.Second)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state)
	})
}

func TestACancelThatMeetsADepartureIsDecidedByTheStore(t *testing.T) {
	t.Parallel()
	for name, cancelled := range map[string]bool{"cancelled first": true, "sending first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				w.alone(1)
				hold := make(chan struct{})
				w.commits <- func() { <-hold }
				w.add("a", 0)
				synctest.Wait() // its departure waits for the commit
				w.out.Withdraw("a")
				if cancelled {
					w.shell.mu.Lock()
					w.rows["a"].state = flowdeskv1.CommandState_COMMAND_STATE_CANCELLED
					w.shell.mu.Unlock()
				}
				close(hold)
				wait(2 * time.Second)
				if cancelled {
					require.Empty(w.t, w.said())
					w.add("b", 0)
					wait(2 * time.Second)
					require.Equal(w.t, []string{"day:b"}, w.said(), "the room is free")
					return
				}
				require.Equal(w.t, []string{"day:a"}, w.said())
				w.finds(outbox.Result{PlatformID: "p1", Fingerprint: "a", Success: true})
				wait(5 * time.Minute)
				require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state, "its result is looked up like any other")
			})
		})
	}
}

func TestAnOrderThatMeetsADepartureSendsOnce(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.alone(2)
		hold := make(chan struct{})
		w.commits <- func() { <-hold }
		w.add("a", 0)
		synctest.Wait()
		w.out.Order(&flowdeskv1.CommandOrder{Command: "a", Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW})
		close(hold)
		wait(5 * time.Second)
		require.Equal(w.t, []string{"day:a"}, w.said())
		unconfirmed, _ := w.out.Load("day")
		require.Equal(w.t, 1, unconfirmed)
		w.finds(outbox.Result{PlatformID: "p1", Fingerprint: "a", Success: true})
		wait(5 * time.Minute)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.row("a").state, "its result is looked up like any other")
	})
}

// asked is a store that counts what is asked of it.
type asked struct {
	commands

	times atomic.Int64
}

func (a *asked) GetCommand(context.Context, string) (*flowdeskv1.Command, error) {
	a.times.Add(1)
	return nil, storage.ErrNotFound
}

// Commands are committed until the very end, and each may set a sender going while the outbox closes.
func TestCommandsMayComeWhileItCloses(t *testing.T) {
	t.Parallel()
	w := &world{t: t, shell: &shell{rows: make(map[string]*row), commits: make(chan func(), 100_000)}, platform: &platform{sending: func(string, string) {}}}
	w.settle(desk.FillSettings(nil), robots()...)
	var worker sync.WaitGroup
	worker.Go(w.commitAll)
	var lefts []*asked
	var ends []int64
	for round := range 300 {
		left := &asked{}
		out := outbox.New(w.shell, left, w.platform, choose, slog.New(slog.DiscardHandler))
		require.NoError(t, out.Start(t.Context()))
		var adding sync.WaitGroup
		for n := range 4 {
			adding.Go(func() {
				for i := range 25 {
					c := to(fmt.Sprint("u", n), fmt.Sprint(round, ".", n, ".", i))
					out.Claim(c)
					out.Add(c)
				}
			})
		}
		out.Close()
		lefts, ends = append(lefts, left), append(ends, left.times.Load())
		adding.Wait()
		out.Order(&flowdeskv1.CommandOrder{Command: "old", Action: flowdeskv1.CommandAction_COMMAND_ACTION_RETRY})
	}
	close(w.commits)
	worker.Wait()
	<-time.After(20 * time.Millisecond)
	for i, left := range lefts {
		require.Equal(t, ends[i], left.times.Load(), "nothing is begun after the end")
	}
}
