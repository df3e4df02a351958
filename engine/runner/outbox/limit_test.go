package outbox_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// most is the greatest number of requests in any sliding minute.
func (p *platform) most() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	most, first := 0, 0
	for i, at := range p.requests {
		for at.Sub(p.requests[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// flood commits commands of equal words, each of which needs a request of its own.
func (w *world) flood(n int, duty flowdeskv1.Duty) {
	for i := range n {
		c := to(fmt.Sprint("u", i), fmt.Sprint("flood ", duty, i))
		c.Text, c.Duty = "same", duty
		w.claim(c)
	}
}

func (w *world) limits(day, night int32) {
	settings := w.Env().GetSettings()
	settings.MaxUnconfirmed = 10_000
	both := robots()
	both[0].RequestsPerMinute, both[1].RequestsPerMinute = day, night
	w.settle(settings, both...)
}

func TestNoSlidingMinuteHasMoreRequestsThanTheLimit(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.limits(0, 0) // the setting's 60
		w.flood(150, flowdeskv1.Duty_DUTY_DAY_REPLY)
		w.flood(150, flowdeskv1.Duty_DUTY_NIGHT_REPLY)
		wait(4 * time.Minute) // and results are looked up
		require.LessOrEqual(w.t, w.most(), 60)
		require.Greater(w.t, w.count(), 4*50, "what is allowed is used")
	})
}

func TestTheLimitHoldsOverARestart(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.limits(0, 0)
		w.flood(100, flowdeskv1.Duty_DUTY_DAY_REPLY)
		wait(time.Minute)
		for range 8 {
			w.out.Close()
			w.out = outbox.New(w.shell, commands(nil), w.platform, choose, slog.New(slog.DiscardHandler))
			require.NoError(w.t, w.out.Start(w.t.Context()))
			w.flood(20, flowdeskv1.Duty_DUTY_NIGHT_REPLY)
			wait(5 * time.Second)
		}
		w.out.Close()
		require.LessOrEqual(w.t, w.most(), 60)
	})
}

func TestRobotsOfOneAddressShareTheSmallestLimit(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.limits(60, 30)
		w.flood(60, flowdeskv1.Duty_DUTY_DAY_REPLY)
		w.flood(60, flowdeskv1.Duty_DUTY_NIGHT_REPLY)
		wait(3 * time.Minute)
		require.LessOrEqual(w.t, w.most(), 30)
		require.Greater(w.t, w.count(), 3*25)
	})
}

func TestNobodyOfAnAddressCallsBeforeTheEndOfItsPause(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		begin := time.Now()
		w.pause = 40 * time.Second
		w.answer = func(n int) error {
			if time.Since(begin) < time.Second {
				return outbox.ErrLimited
			}
			return nil
		}
		for _, user := range []string{"u1", "u2", "u3"} {
			c := to(user, user)
			c.Text = "same" // one request each, so that some stand behind the one that is refused
			w.claim(c)
		}
		night := to("u4", "night")
		night.Duty = flowdeskv1.Duty_DUTY_NIGHT_REPLY
		wait(500 * time.Millisecond)
		w.claim(night)
		wait(39 * time.Second)
		require.Equal(w.t, 1, w.count())
		wait(20 * time.Second)
		require.Len(w.t, w.said(), 1+4)
		require.EqualValues(w.t, 1, w.row("night").attempts, "what comes in a pause waits for its end")
	})
}

func TestPausesUseUpNoTries(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		refusals := 6
		w.answer = func(int) error {
			if refusals > 0 {
				refusals--
				return outbox.ErrLimited
			}
			return nil
		}
		w.add("a", 0)
		wait(time.Minute)
		require.Len(w.t, w.said(), 7)
		for n := 7; n <= 9; n++ {
			w.report(n, "a", false)
			wait(2 * time.Minute)
			require.Len(w.t, w.said(), n+1, "a reported failure is tried again, three times")
		}
		w.report(10, "a", false)
		wait(10 * time.Minute)
		require.Len(w.t, w.said(), 10)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_FAILED, w.last().GetState())
	})
}

func TestABreakerTripsProbesAndCloses(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.alone(0)
		down := true
		w.answer = func(int) error {
			if down {
				return outbox.ErrRefused
			}
			return nil
		}
		for _, id := range []string{"a", "b", "c"} {
			w.add(id, 0)
		}
		wait(time.Minute)
		w.commit(to("u2", "other")) // a probe is one command
		_, tripped := w.out.Load("day")
		require.True(w.t, tripped)
		before, saidBefore := w.count(), len(w.said())
		wait(10 * time.Minute)
		require.Equal(w.t, w.count()-before, len(w.said())-saidBefore)
		require.LessOrEqual(w.t, w.count()-before, 20, "one probe a pause")
		require.GreaterOrEqual(w.t, w.count()-before, 10, "it is tried")
		down = false
		said := len(w.said())
		wait(40 * time.Second)
		drained := slices.DeleteFunc(w.said()[said:], func(s string) bool { return s == "day:other" })
		require.Equal(w.t, []string{"day:a", "day:b", "day:c"}, drained, "the queue drains in order")
		_, tripped = w.out.Load("day")
		require.False(w.t, tripped)
		w.shell.mu.Lock()
		defer w.shell.mu.Unlock()
		require.Equal(w.t, []string{"day true", "day false"}, w.trips)
	})
}
