package outbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestDelayedReplyLeavesWhenItsSessionReleasesIt(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", time.Minute)
		wait(59 * time.Second)
		require.Empty(w.t, w.questions())
		wait(2 * time.Second)
		require.Equal(w.t, []string{"a"}, w.questions())
		require.Equal(w.t, []string{"day:a"}, w.said())
	})
}

func TestDelayedReplyThatIsNotWantedNeverLeaves(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.judge = func(string) bool { return false }
		w.add("a", time.Minute)
		wait(time.Hour)
		require.Equal(w.t, []string{"a"}, w.questions(), "it is asked once")
		require.Empty(w.t, w.said())
	})
}

func TestReplyToAMessageThatBecameOldIsJudgedAgain(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, flowdeskv1.RobotState_ROBOT_STATE_OFFLINE)
		w.add("a", 0)
		wait(9 * time.Minute)
		require.Empty(w.t, w.questions())
		wait(10 * time.Minute)
		require.Equal(w.t, []string{"a"}, w.questions())
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_ONLINE, flowdeskv1.RobotState_ROBOT_STATE_ONLINE)
		wait(10 * time.Second)
		require.Equal(w.t, []string{"day:a"}, w.said())
		require.Len(w.t, w.questions(), 1, "judged of late")
	})
}

func TestPartnerTakesOverForARobotThatIsOffline(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, flowdeskv1.RobotState_ROBOT_STATE_ONLINE)
		w.add("a", 0)
		wait(time.Second)
		require.Equal(w.t, []string{"night:a"}, w.said())
	})
}

func TestHeldReplyDoesNotHoldBackAnUrgentWordToTheSameUser(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("held", 7*time.Hour)
		w.add("urgent", 5*time.Minute)
		w.add("now", 0)
		wait(time.Second)
		require.Equal(w.t, []string{"day:now"}, w.said())
		wait(5 * time.Minute)
		require.Equal(w.t, []string{"day:now", "day:urgent"}, w.said())
		wait(7 * time.Hour)
		require.Equal(w.t, []string{"day:now", "day:urgent", "day:held"}, w.said())
	})
}

func TestSendThatFailsTwiceSucceedsAtLast(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(time.Second)
		w.report(1, "a", false)
		wait(9 * time.Second)
		require.Len(w.t, w.said(), 1)
		wait(2 * time.Second)
		w.report(2, "a", false)
		wait(21 * time.Second)
		w.report(3, "a", true)
		require.Len(w.t, w.said(), 3)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.last().GetState())
		require.EqualValues(w.t, 3, w.last().GetAttempts())
	})
}

func TestSendThatFailsFourTimesHasFailedForGood(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(time.Second)
		for n := 1; n <= 4; n++ {
			require.Len(w.t, w.said(), n)
			w.report(n, "a", false)
			wait(time.Minute)
		}
		require.Len(w.t, w.said(), 4)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_FAILED, w.last().GetState())
	})
}

func TestResultThatNeverComesIsATimeoutAndALateSuccessCounts(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(20 * time.Minute)
		require.Len(w.t, w.said(), 1, "never sent again blindly")
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, w.last().GetState())
		w.report(1, "a", true)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.last().GetState())
		require.True(w.t, w.last().GetLate())
	})
}

func TestSendWhoseAcceptanceCannotBeLearntIsUnknown(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.known = true
		w.answer = func(int) error { return outbox.ErrUnknown }
		w.add("a", 0)
		wait(20 * time.Minute)
		require.Len(w.t, w.said(), 1)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, w.last().GetState())
	})
}

func TestTextThatAnotherRobotHeardIsSaid(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(time.Second)
		w.out.Prove(&flowdeskv1.EchoHeard{Command: "a", HeardBy: "monitor"})
		synctest.Wait()
		require.Empty(w.t, w.outcomes(), "its result is still expected")
		wait(20 * time.Minute)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.last().GetState())
	})
}
