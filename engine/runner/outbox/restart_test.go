package outbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// left is a command as an earlier process left it after its first attempt.
func left(id string, state flowdeskv1.CommandState, log ...*flowdeskv1.CommandAttempt) *flowdeskv1.Command {
	return &flowdeskv1.Command{
		Id: id, Text: id, Session: "g1", TargetSession: "g1", TargetUser: "u1", Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, MaxRetries: 3, State: state,
		Robot: "day", Attempts: 1, AttemptLog: log, PlatformMessage: "old-" + id,
	}
}

func TestWhatWasGivenUpBeforeARestartTakesNoRoom(t *testing.T) {
	t.Parallel()
	var old commands
	for n := range 20 {
		old = append(old, left(fmt.Sprint("old", n), flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT), left(fmt.Sprint("lost", n), flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN))
	}
	runOn(t, old, func(*world) {}, func(w *world) {
		w.alone(10)
		w.add("new", 0)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:new"}, w.said())
	})
}

func TestWhatStandsAtAPhoneTakesItsRoomOverARestart(t *testing.T) {
	t.Parallel()
	old := commands{left("s1", flowdeskv1.CommandState_COMMAND_STATE_SENT), left("s2", flowdeskv1.CommandState_COMMAND_STATE_SENDING)}
	runOn(t, old, func(w *world) {
		w.alone(2)
		w.took["s2"] = "old-s2"
	}, func(w *world) {
		w.commit(to("u2", "new"))
		wait(30 * time.Second)
		require.Empty(w.t, w.said())
		w.out.Settle(outbox.Result{PlatformID: "old-s1", Fingerprint: "s1", Success: true})
		wait(5 * time.Second)
		require.Equal(w.t, []string{"day:new"}, w.said())
	})
}

func TestASendFoundAfterACrashIsLookedUpFirst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(w *world)
		said    []string
		state   flowdeskv1.CommandState
	}{
		"the platform has it": {
			prepare: func(w *world) { w.took["a"] = "old-a" }, state: flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT,
		},
		"the platform never had it": {said: []string{"day:a"}, state: flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT},
		"the platform cannot say":   {prepare: func(w *world) { w.known = true }, state: flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN},
		"its words are lost": {
			prepare: func(w *world) { w.compose = func(*flowdeskv1.Command) error { return outbox.ErrInvalid } },
			state:   flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prepare := c.prepare
			if prepare == nil {
				prepare = func(*world) {}
			}
			runOn(t, commands{left("a", flowdeskv1.CommandState_COMMAND_STATE_SENDING)}, prepare, func(w *world) {
				wait(20 * time.Minute)
				require.Equal(w.t, c.said, w.said())
				require.Equal(w.t, c.state, w.row("a").state)
			})
		})
	}
}

func TestTheOrderToAPersonHoldsOverARestart(t *testing.T) {
	t.Parallel()
	b := left("b", flowdeskv1.CommandState_COMMAND_STATE_QUEUED)
	b.Attempts, b.Robot = 0, ""
	runOn(t, commands{left("a", flowdeskv1.CommandState_COMMAND_STATE_SENDING), b}, func(*world) {}, func(w *world) {
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b"}, w.said())
	})
}

// Many turns run in one millisecond when what waited is caught up with, and an id tells no more than that.
func TestTheOrderWithinAMillisecondHoldsOverARestart(t *testing.T) {
	t.Parallel()
	var old commands
	for _, id := range []string{"a", "b", "c", "d"} {
		old = append(old, left(id, flowdeskv1.CommandState_COMMAND_STATE_SENDING))
	}
	runOn(t, old, func(*world) {
		for n, place := range []int{1, 3, 0, 2} { // made in the order c, a, d, b
			old[n].CreateTime = timestamppb.New(old[n].GetCreateTime().AsTime().Add(time.Duration(place) * 50 * time.Microsecond))
		}
	}, func(w *world) {
		wait(5 * time.Minute)
		require.Equal(w.t, []string{"day:c", "day:a", "day:d", "day:b"}, w.said())
	})
}

// Turns of the inbox are committed before the outbox has begun: what they say stands behind what the earlier process left.
func TestWhatIsCommittedBeforeTheStartStandsBehindWhatWasLeft(t *testing.T) {
	t.Parallel()
	runOn(t, commands{left("a", flowdeskv1.CommandState_COMMAND_STATE_SENDING)}, func(w *world) {
		w.claim(to("u1", "new"))
		w.commit(to("u1", "gone"))
		w.out.Withdraw("gone")
		w.commit(to("u2", "other"))
	}, func(w *world) {
		wait(time.Minute)
		require.Equal(w.t, []string{"day:other", "day:a", "day:new"}, w.said())
	})
}

func TestAPolicyResendsOnceAlsoOverARestart(t *testing.T) {
	t.Parallel()
	sent := func(proof string) *flowdeskv1.Command {
		c := left("a", flowdeskv1.CommandState_COMMAND_STATE_SENT, &flowdeskv1.CommandAttempt{
			Number: 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, PlatformMessage: "old-0", Proof: proof,
		})
		c.Attempts, c.OnUnknown = 2, flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_RESEND
		return c
	}
	for proof, want := range map[string]int{"policy": 0, "callback": 1} {
		t.Run(proof, func(t *testing.T) {
			t.Parallel()
			runOn(t, commands{sent(proof)}, func(w *world) {
				w.rows["a"].log = append(w.rows["a"].log, &flowdeskv1.CommandAttempt{Number: 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED})
			}, func(w *world) {
				wait(time.Hour)
				require.Len(w.t, w.said(), want)
				require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, w.row("a").state)
			})
		})
	}
}

func TestFailuresBeforeARestartCountAndRefusalsDoNot(t *testing.T) {
	t.Parallel()
	var log []*flowdeskv1.CommandAttempt
	for n := range int32(5) {
		a := &flowdeskv1.CommandAttempt{Number: n + 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Proof: "refused"}
		if n >= 2 {
			a.PlatformMessage, a.Proof = fmt.Sprint("old", n), "callback"
		}
		log = append(log, a)
	}
	c := left("a", flowdeskv1.CommandState_COMMAND_STATE_QUEUED, log...)
	c.Attempts = 5
	runOn(t, commands{c}, func(*world) {}, func(w *world) {
		wait(5 * time.Second)
		require.Len(w.t, w.said(), 1)
		w.report(1, "a", false)
		wait(time.Hour)
		require.Len(w.t, w.said(), 1, "three failures were reported before, this is the fourth")
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_FAILED, w.last().GetState())
	})
}

func TestRefusalsBeforeARestartUseUpNoTries(t *testing.T) {
	t.Parallel()
	var log []*flowdeskv1.CommandAttempt
	for n := range int32(5) {
		log = append(log, &flowdeskv1.CommandAttempt{Number: n + 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Proof: "refused"})
	}
	c := left("a", flowdeskv1.CommandState_COMMAND_STATE_QUEUED, log...)
	c.Attempts = 5
	runOn(t, commands{c}, func(*world) {}, func(w *world) {
		wait(5 * time.Second)
		w.report(1, "a", false)
		wait(time.Minute)
		require.Len(w.t, w.said(), 2)
	})
}

func TestAPersonsRetryIsSentAlthoughTheCommandHadExpired(t *testing.T) {
	t.Parallel()
	c := left("a", flowdeskv1.CommandState_COMMAND_STATE_MANUAL, &flowdeskv1.CommandAttempt{Number: 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED})
	runOn(t, commands{c}, func(w *world) {
		c.ExpireTime, c.CreateTime, c.SendTime = later(-time.Hour), later(-2*time.Hour), later(-2*time.Hour)
		c.ReplyTo, c.RepliedMessageTime = "m", later(-2*time.Hour)
		c.State = flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT // as UnsettledCommands gives it
		w.rows["a"].state = flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT
	}, func(w *world) {
		w.storeIs(errAway)
		w.out.Order(&flowdeskv1.CommandOrder{Command: "a", Action: flowdeskv1.CommandAction_COMMAND_ACTION_RETRY})
		wait(time.Minute)
		require.Empty(w.t, w.said())
		w.storeIs(nil)
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a"}, w.said())
		require.Empty(w.t, w.questions(), "a person has judged it")
	})
}

func TestACommandThatFindsNoRoomSaysWhoIsBusy(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.alone(1)
		w.add("first", 0)
		wait(time.Second)
		next := to("u2", "next")
		w.claim(next)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_QUEUED, next.GetState())
		require.Equal(w.t, "机器人 day 有 1 条指令尚无结果，先等它们", next.GetReason())

		w.settle(w.Env().GetSettings())
		nobody := to("u3", "nobody")
		w.claim(nobody)
		require.Contains(w.t, nobody.GetReason(), "没有可代班的机器人")
	})
}

// The send time of what was refused before is that of its next attempt: it is not why it stands where it stands.
func TestWhatWasRefusedBeforeARestartIsNotPassed(t *testing.T) {
	t.Parallel()
	refused := left("a", flowdeskv1.CommandState_COMMAND_STATE_QUEUED, &flowdeskv1.CommandAttempt{
		Number: 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Proof: "refused",
	})
	next, tomorrow := left("b", flowdeskv1.CommandState_COMMAND_STATE_QUEUED), left("night", flowdeskv1.CommandState_COMMAND_STATE_QUEUED)
	next.Attempts, tomorrow.Attempts = 0, 0
	runOn(t, commands{tomorrow, refused, next}, func(*world) {
		tomorrow.CreateTime, tomorrow.SendTime = later(-30*time.Second), later(time.Hour)
		refused.CreateTime, refused.SendTime = later(-20*time.Second), later(10*time.Second)
		next.CreateTime, next.SendTime = later(-10*time.Second), later(-10*time.Second)
	}, func(w *world) {
		wait(time.Minute)
		require.Equal(w.t, []string{"day:a", "day:b"}, w.said())
		wait(time.Hour)
		require.Equal(w.t, []string{"day:a", "day:b", "day:night"}, w.said())
	})
}
