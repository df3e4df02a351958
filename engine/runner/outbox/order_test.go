package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func TestOrderToOnePersonHoldsWhenABatchIsRefused(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.answer = func(n int) error {
			if n <= 3 {
				return outbox.ErrRefused
			}
			return nil
		}
		w.claim(command("a", 0))
		w.claim(command("b", 0))
		w.claim(command("c", 0))
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b", "day:c"}, w.said()[len(w.said())-3:])
		for _, id := range []string{"a", "b", "c"} {
			require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_SENT, w.row(id).state)
		}
	})
}

func TestNothingOvertakesADoubtfulSendToTheSamePerson(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.answer = func(n int) error {
			if n == 1 {
				return outbox.ErrUnknown
			}
			return nil
		}
		w.claim(command("a", 0))
		wait(time.Second)
		w.claim(command("b", 0))
		w.claim(to("u2", "other"))
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:other", "day:a", "day:b"}, w.said(), "the platform never had the first; others need not wait")
	})
}

func TestWhatWasBoundBehindADoubtfulSendComesBack(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		answered := make(chan struct{})
		w.hang = func(context.Context) { <-answered }
		w.answer = func(n int) error {
			if n == 1 {
				return outbox.ErrUnknown
			}
			return nil
		}
		w.claim(command("a", 0))
		wait(2 * time.Second)
		w.claim(command("b", 0)) // stands in the sender's list
		close(answered)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:a", "day:b"}, w.said())
	})
}

func TestWhatGoesAnotherWayWaitsForWhatWasToBeSaidBefore(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		both := robots()
		both[0].MaxUnconfirmed = 1
		w.settle(w.Env().GetSettings(), both...)
		w.claim(to("u3", "warm"))
		wait(time.Second)
		w.report(1, "warm", true)
		var slow atomic.Bool
		w.hang = func(context.Context) {
			if slow.CompareAndSwap(false, true) { // the day robot, once
				<-time.After(10 * time.Second)
			}
		}
		w.claim(command("a", 0))
		synctest.Wait()
		w.claim(command("b", 0))
		wait(9 * time.Second)
		require.Len(w.t, w.said(), 1)
		wait(20 * time.Second)
		require.Equal(w.t, []string{"day:a", "night:b"}, w.said()[1:])
	})
}

func TestRoomGoesToTheMostUrgentThatWaits(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.alone(1)
		w.claim(to("u0", "first"))
		wait(2 * time.Second)
		low, high := to("u1", "low"), to("u2", "high")
		low.Priority, high.Priority = flowdeskv1.Priority_PRIORITY_LOW, flowdeskv1.Priority_PRIORITY_HIGH
		w.claim(low)
		w.claim(high)
		wait(7 * time.Second) // both have been tried in vain
		w.out.Settle(outbox.Result{PlatformID: "p1", Fingerprint: "first", Success: true})
		fresh := to("u3", "fresh") // takes no room that others wait for
		fresh.Priority = flowdeskv1.Priority_PRIORITY_MEDIUM
		w.claim(fresh)
		wait(3 * time.Second)
		require.Equal(w.t, []string{"day:first", "day:high"}, w.said())
		w.report(2, "high", true)
		wait(3 * time.Second)
		require.Equal(w.t, "day:fresh", w.said()[2])
	})
}

func TestLowPriorityDoesNotStarve(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.alone(1)
		begin := time.Now()
		low := to("low", "low")
		low.Priority = flowdeskv1.Priority_PRIORITY_LOW
		for n := 0; !slices.Contains(w.said(), "day:low"); n++ {
			for _, half := range []string{"a", "b"} { // more than the phone can say
				high := to(fmt.Sprint("u", n, half), fmt.Sprint("high", n, half))
				high.Priority = flowdeskv1.Priority_PRIORITY_HIGH
				w.claim(high)
			}
			if n == 0 {
				w.claim(low)
			}
			wait(5 * time.Second)
			said := w.said()
			w.report(len(said), strings.TrimPrefix(said[len(said)-1], "day:"), true)
			require.Less(w.t, time.Since(begin), 30*time.Minute)
		}
		require.Greater(w.t, time.Since(begin), 10*time.Minute, "urgent ones go first all the same")
	})
}

func TestUrgentWordLeavesAheadOfABacklog(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, flowdeskv1.RobotState_ROBOT_STATE_OFFLINE)
		for n := range 100 {
			low := to(fmt.Sprint("u", n), fmt.Sprint("low", n))
			low.Priority = flowdeskv1.Priority_PRIORITY_LOW
			w.claim(low)
		}
		wait(25 * time.Minute)
		w.alone(1)
		wait(10 * time.Second)
		high := to("u", "high")
		high.Priority = flowdeskv1.Priority_PRIORITY_HIGH
		w.claim(high)
		for range 3 {
			wait(10 * time.Second)
			said := w.said()
			w.report(len(said), strings.TrimPrefix(said[len(said)-1], "day:"), true)
		}
		require.Contains(w.t, w.said()[1:3], "day:high")
	})
}

// More departures than one commit takes are stored by the next: what is bound ahead of its commit must not pass them there.
func TestWhatIsBoundAheadDoesNotPassADepartureOnItsWayToTheStore(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		stored := make(chan struct{})
		w.commits <- func() { <-stored }
		w.commit(to("u1", "a"))
		wait(time.Second)
		w.claim(to("u1", "new"))
		w.claim(to("u2", "other"))
		wait(time.Second)
		require.Equal(w.t, []string{"day:other"}, w.said())
		close(stored)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:other", "day:a", "day:new"}, w.said())
		require.EqualValues(w.t, 1, w.row("new").attempts, "it waited, and did not set out in vain")
	})
}

func TestWhatFailedAtThePhoneDoesNotHoldBackWhatHasSetOut(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.claim(command("a", 0))
		wait(time.Second)
		answered := make(chan struct{})
		w.hang = func(context.Context) { <-answered }
		w.claim(command("b", 0))
		wait(time.Second)
		w.claim(command("c", 0))
		wait(time.Second)
		w.report(1, "a", false) // waits ten seconds now
		close(answered)
		wait(5 * time.Second)
		require.Equal(w.t, []string{"day:a", "day:b", "day:c"}, w.said())
		wait(10 * time.Second)
		require.Equal(w.t, []string{"day:a", "day:b", "day:c", "day:a"}, w.said())
	})
}

// While a commit takes its time a robot can recover: what could not be bound ahead of that commit is not passed by what is made after it.
func TestWhatIsBoundAheadDoesNotPassWhatIsAboutToBeCommitted(t *testing.T) {
	t.Parallel()
	for name, due := range map[string]time.Duration{"no robot": 0, "not due": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				first := command("a", due)
				w.settle(w.Env().GetSettings())
				w.out.Claim(first)
				wait(time.Second)
				w.alone(0)
				wait(time.Second)
				second, other := command("b", 0), to("u2", "other")
				w.out.Claim(second)
				w.out.Claim(other)
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_QUEUED, second.GetState())
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_SENDING, other.GetState(), "nobody else waits for it")
				for _, c := range []*flowdeskv1.Command{first, second, other} {
					w.commit(c)
				}
				wait(time.Minute)
				require.Equal(t, []string{"day:other", "day:a", "day:b"}, w.said())
			})
		})
	}
}

func TestWhatIsNotCommittedHoldsNothingBack(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.settle(w.Env().GetSettings())
		lost := command("a", 0)
		w.out.Claim(lost)
		w.alone(0)
		w.out.Unclaim(lost)
		w.claim(command("b", 0))
		wait(time.Second)
		require.Equal(w.t, []string{"day:b"}, w.said())
	})
}

// Two departures on their way to the store in two commits, of which the first goes wrong: the second is stored, and waits all the same.
func TestADepartureThatIsStoredBehindOneThatIsNotWaits(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		first := make(chan struct{})
		w.storeIs(storage.ErrUnavailable)
		w.commits <- func() { <-first }
		w.add("a", 0)
		wait(time.Millisecond)
		w.commits <- func() { w.storeIs(nil) }
		w.add("b", 0)
		wait(time.Millisecond)
		close(first)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b"}, w.said())
	})
}

// A departure that is stored while nobody says so is looked up. What set out behind it waits until that is done.
func TestADepartureOfUnknownOutcomeKeepsItsPlace(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		again, next := make(chan struct{}), make(chan struct{})
		w.storeIs(storage.ErrUnknown)
		w.add("a", 0)
		wait(time.Millisecond)
		w.storeIs(nil)
		w.commits <- func() { <-again }
		wait(2 * time.Second) // it sets out again
		w.commits <- func() { <-next }
		w.add("b", 0)
		wait(time.Millisecond)
		close(again)
		wait(time.Millisecond)
		close(next)
		wait(2 * time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b"}, w.said())
	})
}

// A reply whose departure was being stored while an earlier one to the same person came to be in doubt waits for that to be cleared up.
func TestADepartureThatIsStoredBehindADoubtWaits(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		answered, stored := make(chan struct{}), make(chan struct{})
		w.hang = func(context.Context) { <-answered }
		w.answer = func(n int) error {
			if n == 1 {
				return outbox.ErrUnknown
			}
			return nil
		}
		w.took["a"] = "p1"
		w.commit(to("u1", "a"))
		wait(time.Second)
		w.commits <- func() { <-stored }
		w.commit(to("u1", "b"))
		wait(time.Second)
		close(answered)
		wait(time.Millisecond)
		close(stored)
		wait(time.Second)
		require.Equal(w.t, []string{"day:a"}, w.said())
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b"}, w.said())
	})
}

// A platform that takes longer than we wait may accept a send long after: not finding it soon proves nothing.
func TestASendThatTookTooLongIsNotRepeatedSoon(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.answer = func(n int) error {
			if n == 1 {
				return fmt.Errorf("%w: %w", outbox.ErrUnknown, context.DeadlineExceeded)
			}
			return nil
		}
		w.commit(to("u1", "a"))
		wait(45 * time.Second)
		require.Equal(w.t, []string{"day:a"}, w.said(), "the platform may be at it still")
		w.platform.mu.Lock()
		w.took["a"] = "p1" // it was
		w.platform.mu.Unlock()
		wait(10 * time.Minute)
		require.Equal(w.t, []string{"day:a"}, w.said())
	})
}

// The platform's list may lag behind what it accepted: one look that finds nothing proves nothing.
func TestOneLookThatFindsNothingIsNoProof(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.answer = func(n int) error {
			if n == 1 {
				return outbox.ErrUnknown
			}
			return nil
		}
		w.commit(to("u1", "a"))
		wait(4 * time.Second) // it was looked for once
		w.platform.mu.Lock()
		require.NotEmpty(w.t, w.asks)
		w.took["a"] = "p1"
		w.platform.mu.Unlock()
		wait(10 * time.Minute)
		require.Equal(w.t, []string{"day:a"}, w.said())
	})
}
