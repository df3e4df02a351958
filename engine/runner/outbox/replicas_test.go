package outbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const (
	isQueued    = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
	isDelayed   = flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	isSending   = flowdeskv1.CommandState_COMMAND_STATE_SENDING
	isSent      = flowdeskv1.CommandState_COMMAND_STATE_SENT
	isCompleted = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED
)

// store puts a command into the store as somebody left it.
func (c *cluster) store(command *flowdeskv1.Command, state flowdeskv1.CommandState, attempts int32) {
	command.State, command.Attempts = state, attempts
	if attempts > 0 {
		command.Robot, command.SentTime, command.ResultDeadline = "day", later(0), later(5*time.Minute)
		command.PlatformMessage = "old-" + command.GetId()
	}
	c.shell.mu.Lock()
	defer c.shell.mu.Unlock()
	c.rows[command.GetId()] = &row{command: command, state: state, attempts: attempts, robot: command.GetRobot()}
}

func TestWhoeverGainsAPartitionTakesUpItsCommands(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		delayed := notice("g1", "delayed")
		delayed.SendTime = later(time.Minute)
		c.store(notice("g1", "queued"), isQueued, 0)
		c.store(delayed, isDelayed, 0)
		c.store(notice("g1", "sending"), isSending, 1)
		c.store(notice("g1", "sent"), isSent, 1)
		c.store(notice("g2", "other"), isQueued, 0)
		c.took["sending"] = "p-sending"
		c.finds(outbox.Result{PlatformID: "p-sending", Fingerprint: "sending", Success: true}, outbox.Result{PlatformID: "old-sent", Fingerprint: "sent", Success: true})
		wait(30 * time.Second)
		require.Zero(t, c.count(), "nobody owns anything")
		c.give("a", "g1")
		wait(10 * time.Second)
		require.Equal(t, []string{"day:queued"}, c.said())
		require.Equal(t, isCompleted, c.state("sending"), "it was looked up")
		require.Equal(t, isCompleted, c.state("sent"))
		wait(time.Minute)
		require.Equal(t, []string{"day:queued", "day:delayed"}, c.said())
	})
}

func TestWhoeverLosesAPartitionSendsAndSettlesNothingOfIt(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1", "g2")
		c.commit(notice("g1", "said"))
		wait(2 * time.Second)
		require.Equal(t, isSent, c.state("said"))
		waiting := notice("g1", "waiting")
		waiting.SendTime, waiting.State = later(time.Minute), isDelayed
		c.commit(waiting)
		c.give("nobody", "g1")
		c.commit(notice("g2", "mine"))
		c.replicas["a"].out.Settle(outbox.Result{PlatformID: "p1", Fingerprint: "said", Success: true})
		wait(10 * time.Minute)
		require.Equal(t, []string{"day:said", "day:mine"}, c.said())
		require.Equal(t, isSent, c.state("said"), "it is for its new owner")
		require.Equal(t, isDelayed, c.state("waiting"))
		unconfirmed, _ := c.replicas["a"].out.Load("day")
		require.Equal(t, 0, unconfirmed, "of g1 nothing stands here any more, and the rest was given up")
		c.give("b", "g1")
		wait(10 * time.Second)
		require.Equal(t, 1, c.times("waiting"))
	})
}

func TestAResultReachesTheOwnerFromAnyReplica(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.commit(notice("g1", "said"))
		wait(2 * time.Second)
		c.replicas["b"].out.Settle(outbox.Result{PlatformID: "p1", Fingerprint: "said", Success: true, Proof: "callback"})
		wait(20 * time.Millisecond)
		require.Equal(t, isCompleted, c.state("said"))
		require.Equal(t, 1, c.count(), "nothing was looked up")
	})
}

func TestAResultThatCameWhileNobodyOwnedItsCommandIsKept(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.commit(notice("g1", "said"))
		wait(2 * time.Second)
		c.give("nobody", "g1")
		c.replicas["a"].out.Settle(outbox.Result{PlatformID: "p1", Fingerprint: "said", Success: true, Proof: "callback"})
		wait(2 * time.Second)
		require.Equal(t, isSent, c.state("said"))
		c.rows["said"].command.PlatformMessage = "p1"
		c.give("b", "g1")
		wait(20 * time.Millisecond)
		require.Equal(t, isCompleted, c.state("said"))
	})
}

// Invariant 5 and promise A6: what a frozen replica had in hand is not written when it wakes up, and its new owner sends it once.
func TestAFrozenReplicaWritesNothingWhenItWakesUp(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.replicas["a"].freeze(0) // the lease ended as the command was committed as sending
		c.rows["said"] = &row{command: notice("g1", "said"), state: isQueued}
		c.replicas["a"].freeze(time.Hour)
		first := notice("g1", "said")
		c.replicas["a"].out.Claim(first)
		require.Equal(t, isSending, first.GetState())
		c.rows["said"] = &row{command: first, state: isSending, attempts: 1, robot: "day"}
		c.replicas["a"].freeze(0)
		c.replicas["a"].out.Add(first)
		wait(100 * time.Millisecond)
		require.Zero(t, c.count(), "its lease is over")
		c.give("b", "g1")
		wait(2 * time.Minute)
		require.Equal(t, 1, c.times("said"))
		require.LessOrEqual(t, c.row("said").attempts, int32(2))
	})
}

// A request whose lease ends under way is given up. The platform takes it all the same, long after: the new owner must not send it again.
func TestARequestThatWasGivenUpMayBeTakenLater(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.replicas["a"].freeze(3 * time.Second)
		var accepted time.Time
		c.hang = func(ctx context.Context) {
			if c.count() > 0 {
				return
			}
			go func() {
				wait(15 * time.Second) // it stands in the platform's queue
				c.platform.mu.Lock()
				defer c.platform.mu.Unlock()
				c.took["said"], accepted = "late", time.Now()
			}()
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
		}
		c.answer = func(int) error { return outbox.ErrUnknown }
		c.commit(notice("g1", "said"))
		wait(time.Second)
		began := time.Now()
		c.replicas["a"].freeze(0)
		wait(3 * time.Second)
		require.Len(t, c.said(), 1, "the request ended with the lease")
		require.Less(t, time.Since(began), sendLimit)
		c.give("b", "g1")
		wait(3 * time.Minute)
		require.Len(t, c.said(), 1, "it was accepted at %s", accepted)
		require.Contains(t, []flowdeskv1.CommandState{isSending, isSent, isCompleted}, c.state("said"))
	})
}

const sendLimit = 20 * time.Second

// A lease that comes back before anybody took it goes on: what waited is sent.
func TestALeaseThatComesBackInTimeGoesOn(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.replicas["a"].freeze(0)
		c.commit(notice("g1", "said"))
		wait(3 * time.Second)
		require.Zero(t, c.count())
		c.replicas["a"].freeze(time.Hour)
		wait(30 * time.Second)
		require.Equal(t, 1, c.times("said"))
	})
}

// randomBelow draws numbers from 0 up to, but not including, a limit. Sends under way draw at the same time as the test.
func randomBelow(seed uint64) func(limit int) int {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 1))
	return func(limit int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(limit)
	}
}

func TestCommandsThatChangeHandsUnderLoadAreSaidOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		inCluster(t, func(t *testing.T, c *cluster) {
			below := randomBelow(seed)
			settings := c.Env().GetSettings()
			settings.MaxUnconfirmed = 10_000
			unlimited := int32(0)
			settings.RequestsPerMinute = &unlimited
			c.settle(settings, robots()...)
			sessions := make([]string, 20)
			for i := range sessions {
				sessions[i] = fmt.Sprint("g", i)
				c.give("a", sessions[i])
			}
			c.hang = func(ctx context.Context) {
				select {
				case <-time.After(time.Duration(below(400)) * time.Millisecond):
				case <-ctx.Done():
				}
			}
			c.sending = func(_, text string) {
				require.NoError(t, c.mayLeave(text))
				c.took[text] = "p-" + text
			}
			total := 0
			for range 40 {
				for range 5 {
					total++
					c.commit(notice(sessions[below(len(sessions))], fmt.Sprint("n", total)))
				}
				c.give([]string{"a", "b"}[below(2)], sessions[below(len(sessions))])
				wait(time.Duration(below(300)) * time.Millisecond)
				for _, said := range c.said() { // the phones report to anybody
					text := said[len("day:"):]
					if c.state(text) == isSent && below(2) == 0 {
						c.replicas[[]string{"a", "b"}[below(2)]].out.Settle(outbox.Result{PlatformID: "p-" + text, Fingerprint: text, Success: true})
					}
				}
			}
			wait(2 * time.Minute)
			for n := range total {
				require.Equal(t, 1, c.times(fmt.Sprint("n", n+1)), "seed %d, command n%d, which is %s", seed, n+1, c.state(fmt.Sprint("n", n+1)))
			}
			synctest.Wait()
		})
	}
}

func TestAnOrderByHandReachesTheOwner(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		held := notice("g1", "held")
		held.SendTime, held.State = later(time.Hour), isDelayed
		c.commit(held)
		wait(time.Second)
		require.Zero(t, c.count())
		require.NoError(t, c.replicas["b"].out.ByHand(t.Context(), &flowdeskv1.CommandOrder{Command: "held", Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW}))
		wait(3 * time.Second)
		require.Equal(t, []string{"day:held"}, c.said())
	})
}

func TestALookUpByHandReachesTheOwner(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.commit(notice("g1", "said"))
		wait(5 * time.Second)
		c.finds(outbox.Result{PlatformID: "p1", Fingerprint: "said", Success: true})
		require.NoError(t, c.replicas["b"].out.LookUp(t.Context(), "said"))
		wait(4 * time.Second)
		require.Equal(t, isCompleted, c.state("said"))
	})
}

// A message is heard in the group that it was said in; who has the command may be another replica, because another session wanted it.
func TestAnEchoReachesTheOwner(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.answer = func(int) error { return outbox.ErrUnknown }
		c.commit(notice("g1", "said"))
		wait(2 * time.Second)
		require.Equal(t, isSending, c.state("said"), "nobody knows whether the platform took it")
		c.replicas["b"].out.Prove(&flowdeskv1.EchoHeard{Command: "said", HeardBy: "monitor"})
		wait(20 * time.Millisecond)
		require.Equal(t, isCompleted, c.state("said"))
		stored := c.noted()
		c.replicas["b"].out.Prove(&flowdeskv1.EchoHeard{Command: "said", HeardBy: "monitor"})
		wait(20 * time.Millisecond)
		require.Equal(t, stored, c.noted(), "what is settled needs no note")
	})
}

func TestLoadsAreThoseOfAllReplicas(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1")
		c.give("b", "g2")
		for i, session := range []string{"g1", "g1", "g2"} {
			held := notice(session, fmt.Sprint("held", i))
			held.SendTime, held.State = later(time.Hour), isDelayed
			c.commit(held)
		}
		c.commit(notice("g1", "said"))
		wait(5 * time.Second)
		want := outbox.Load{Waiting: 3, Unconfirmed: 1}
		require.Equal(t, want, c.replicas["a"].out.Loads()["day"])
		require.Equal(t, want, c.replicas["b"].out.Loads()["day"])
		c.replicas["a"].out.Close() // it dies, and nobody takes its work over
		wait(10 * time.Second)
		require.Equal(t, outbox.Load{Waiting: 1}, c.replicas["b"].out.Loads()["day"], "what it said last is forgotten")
		c.give("b", "g1")
		wait(time.Second)
		require.Equal(t, want, c.replicas["b"].out.Loads()["day"])
	})
}

// A change that was on its way to the store when a partition was lost may be stored after it was gained again. Whoever has the command finds it
// other than it believes, and must not leave it to nobody.
func TestWhatIsStoredLateIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]func(r *row){
		"queued once more": func(r *row) {
			r.attempts, r.log = 1, []*flowdeskv1.CommandAttempt{{Number: 1, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Proof: "refused"}}
		},
		"as sending": func(r *row) { r.state, r.attempts, r.robot = isSending, 1, "day" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inCluster(t, func(t *testing.T, c *cluster) {
				c.give("a", "g1")
				held := notice("g1", "held")
				held.SendTime, held.State = later(time.Minute), isDelayed
				c.commit(held)
				wait(time.Second)
				c.shell.mu.Lock()
				late(c.rows["held"])
				c.shell.mu.Unlock()
				c.reading = 10 * time.Second
				next := notice("g1", "next")
				next.SendTime, next.State, next.TargetUser = later(time.Minute), isDelayed, held.GetTargetUser()
				c.commit(next)
				wait(5 * time.Minute)
				require.Equal(t, []string{"day:held", "day:next"}, c.said(), "nothing passes what is being read again")
			})
		})
	}
}

// A lease that was lost and is back before a commit under it was done: what was taken up with it did not have that commit's commands yet.
func TestWhatIsCommittedAfterItsPartitionCameBackIsSent(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]bool{"bound ahead": true, "waiting": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inCluster(t, func(t *testing.T, c *cluster) {
				c.give("a", "g1")
				first, next := notice("g1", "first"), notice("g1", "next")
				next.TargetUser = first.GetTargetUser()
				if !bound {
					c.settle(c.Env().GetSettings())
				}
				c.replicas["a"].out.Claim(first)
				require.Equal(t, bound, first.GetState() == isSending)
				c.settle(c.Env().GetSettings(), robots()...)
				c.give("a", "g1")
				c.replicas["a"].out.Claim(next)
				for _, command := range []*flowdeskv1.Command{first, next} {
					c.shell.mu.Lock()
					c.rows[command.GetId()] = &row{command: proto.CloneOf(command), state: command.GetState(), attempts: command.GetAttempts()}
					c.shell.mu.Unlock()
					c.replicas["a"].out.Add(command)
				}
				wait(5 * time.Minute)
				require.Equal(t, []string{"day:first", "day:next"}, c.said())
			})
		})
	}
}

// What a replica stored as sending, and let go of before it was in any request, needs no look-up when its partition comes back: it is said within
// seconds, once, whoever had the partition in between.
func TestWhatWasNeverWrittenNeedsNoLookUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		between time.Duration // in which b has the partition; 0 for not at all
		soon    bool
	}{
		"nobody had it in between":                       {soon: true},
		"another had it for a moment":                    {between: time.Second, soon: true},
		"another had it, and found that it was not said": {between: 2 * time.Minute},
	} {
		for when, added := range map[string]bool{"before it was handed over": true, "before it was committed": false} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				inCluster(t, func(t *testing.T, w *cluster) {
					w.give("a", "g1", "g2")
					var hung atomic.Bool
					w.platform.hang = func(context.Context) { // so that what follows stands behind it
						if hung.CompareAndSwap(false, true) {
							wait(2 * time.Second)
						}
					}
					w.commit(notice("g2", "other"))
					wait(time.Millisecond)
					first := notice("g1", "first")
					a := w.replicas["a"].out
					a.Claim(first)
					require.Equal(t, isSending, first.GetState())
					w.shell.mu.Lock()
					w.rows["first"] = &row{command: proto.CloneOf(first), state: first.GetState(), attempts: first.GetAttempts(), robot: first.GetRobot()}
					w.shell.mu.Unlock()
					if added {
						a.Add(proto.CloneOf(first))
					}
					if c.between > 0 {
						w.give("b", "g1")
						wait(c.between)
					}
					if !added && c.between > time.Minute {
						a.Add(proto.CloneOf(first))
					}
					w.give("a", "g1")
					if !added && c.between <= time.Minute {
						a.Add(proto.CloneOf(first))
					}
					wait(5 * time.Second)
					if c.soon {
						require.Equal(t, 1, w.times("first"), "said soon")
					}
					wait(10 * time.Minute)
					require.Equal(t, 1, w.times("first"))
				})
			})
		}
	}
}

// What another replica went on with is another attempt, of which the one before knows nothing.
func TestWhatAnotherReplicaWentOnWithIsLookedUp(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.give("a", "g1", "g2")
		c.platform.hang = func(context.Context) {
			first := c.count() > 0
			wait(2 * time.Second)
			if first { // it takes the request whether anybody waits for the answer or not
				c.platform.mu.Lock()
				defer c.platform.mu.Unlock()
				c.platform.took["first"] = "taken"
			}
		}
		c.commit(notice("g2", "other"))
		wait(time.Millisecond)
		c.commit(notice("g1", "first"))
		c.give("b", "g1")
		for range 1800 {
			if row := c.row("first"); row.attempts == 2 && row.state == isSending {
				break
			}
			wait(100 * time.Millisecond)
		}
		require.Equal(t, int32(2), c.row("first").attempts)
		c.give("a", "g1")
		wait(10 * time.Minute)
		require.Equal(t, 1, c.times("first"))
	})
}
