package runner_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
)

// performer carries out calls by their node.
type performer func(ctx context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer

func (p performer) Perform(ctx context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer {
	return p(ctx, call)
}

func ok() *flowdeskv1.CallAnswer {
	return &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK}
}

// calling lets a story happen in which signals make calls.
func calling(t *testing.T, perform performer, story func(w *world)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{Performer: perform})
		w.start()
		defer w.close()
		for name, call := range map[string]*flowdeskv1.Call{
			"ask":    {Timeout: durationpb.New(10 * time.Second)},
			"urgent": {Timeout: durationpb.New(10 * time.Second), Priority: flowdeskv1.Priority_PRIORITY_HIGH},
			"act":    {Timeout: durationpb.New(10 * time.Second), Effectful: true},
		} {
			w.on(name, func(run *engine.Run) {
				c := &flowdeskv1.Call{Timeout: call.GetTimeout(), Priority: call.GetPriority(), Effectful: call.GetEffectful()}
				run.Ask(c)
			})
		}
		story(w)
	})
}

func TestAnAnswerIsBroughtUntilItIsStoredAndItsCallMadeOnce(t *testing.T) {
	t.Parallel()
	made := 0
	calling(t, func(context.Context, *flowdeskv1.Call) *flowdeskv1.CallAnswer {
		made++
		<-time.After(5 * time.Second)
		return ok()
	}, func(w *world) {
		require.NoError(w.t, w.send("s", "act"))
		w.store.set(func(s *store) { s.spoil = refuse })
		wait(time.Minute)
		require.Equal(w.t, []string{"act"}, w.stored("s"))
		w.store.set(func(s *store) { s.spoil = nil })
		wait(5 * time.Second)
		require.Equal(w.t, []string{"act", "CALL_OUTCOME_OK"}, w.stored("s"))
		require.Equal(w.t, 1, made)
		require.True(w.t, w.Idle())
	})
}

func TestAPanicIsTheAnswerOfItsCall(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]string{"ask": "CALL_OUTCOME_FAILED", "act": "CALL_OUTCOME_UNKNOWN"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calling(t, func(context.Context, *flowdeskv1.Call) *flowdeskv1.CallAnswer { panic("boom") }, func(w *world) {
				require.NoError(w.t, w.send("s", name))
				wait(time.Second)
				require.Equal(w.t, []string{name, outcome}, w.stored("s"))
			})
		})
	}
}

// Invariant 8: a slow model holds up neither turns nor the first lane.
func TestSlowCallsHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	calling(t, func(ctx context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer {
		if call.GetPriority() != flowdeskv1.Priority_PRIORITY_HIGH {
			<-ctx.Done()
		}
		return ok()
	}, func(w *world) {
		for range 100 {
			require.NoError(w.t, w.send("slow", "ask"))
		}
		begin := time.Now()
		require.NoError(w.t, w.send("slow", "turn"))
		require.NoError(w.t, w.send("s", "urgent"))
		synctest.Wait()
		require.Equal(w.t, []string{"urgent", "CALL_OUTCOME_OK"}, w.stored("s"))
		require.Zero(w.t, time.Since(begin))
		wait(100 * time.Second) // each is bounded by its timeout
		require.Len(w.t, w.stored("slow"), 201)
	})
}

// What an earlier process left: a call that changes nothing is made again; of one that does it cannot be known.
func TestCallsThatAnEarlierProcessLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		made    int
		outcome string
	}{"ask": {2, "CALL_OUTCOME_OK"}, "act": {1, "CALL_OUTCOME_UNKNOWN"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := 0
			calling(t, func(ctx context.Context, _ *flowdeskv1.Call) *flowdeskv1.CallAnswer {
				if made++; made == 1 {
					<-ctx.Done() // until the process ends
				}
				return ok()
			}, func(w *world) {
				require.NoError(w.t, w.send("s", name))
				synctest.Wait()
				w.Close()
				next := w.runner(runner.Options{Performer: performer(func(context.Context, *flowdeskv1.Call) *flowdeskv1.CallAnswer {
					made++
					return ok()
				})})
				require.NoError(w.t, next.Start(w.t.Context()))
				defer next.Close()
				wait(time.Second)
				require.Equal(w.t, []string{name, c.outcome}, w.stored("s"))
				require.Equal(w.t, c.made, made)
			})
		})
	}
}
