package outbox_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
)

// split gives half of the sessions s0 to s19 to each replica.
func (c *cluster) split() (sessions []string) {
	for i := range 20 {
		sessions = append(sessions, fmt.Sprint("s", i))
		c.give([]string{"a", "b"}[i%2], sessions[i])
	}
	return sessions
}

// pour commits commands of equal words, each of which needs a request of its own.
func (c *cluster) pour(sessions []string, from, n int) {
	for i := from; i < from+n; i++ {
		command := notice(sessions[i%len(sessions)], fmt.Sprint("pour", i))
		command.Text = "same"
		c.commit(command)
	}
}

// Promise C2: sends and look-ups of two replicas, one of which starts anew again and again.
func TestReplicasShareTheLimitOverRestarts(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		c.limits(0, 0) // the setting's 60
		sessions := c.split()
		c.pour(sessions, 0, 600)
		for n := range 10 {
			wait(time.Minute)
			c.replicas["b"].end()
			c.start("b")
			for i, session := range sessions {
				if i%2 == 1 {
					c.give("b", session)
				}
			}
			c.pour(sessions, 600+30*n, 30)
		}
		wait(time.Minute)
		require.LessOrEqual(t, c.most(), 60)
		require.Greater(t, c.count(), 11*50, "what is allowed is used")
	})
}

// Promise C3.
func TestAPauseHoldsForAllReplicasAndAfterARestart(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		sessions := c.split()
		began := time.Now()
		c.pause = 100 * time.Second
		c.answer = func(int) error {
			if time.Since(began) < time.Second {
				return outbox.ErrLimited
			}
			return nil
		}
		c.pour(sessions[:1], 0, 1) // of a
		wait(time.Second)
		require.Equal(t, 1, c.count())
		c.pour(sessions, 1, 20)
		wait(30 * time.Second)
		c.replicas["b"].end()
		b := c.start("b")
		b.hold(0, true)
		for i, session := range sessions {
			if i%2 == 1 {
				c.give("b", session)
			}
		}
		wait(68 * time.Second)
		require.Equal(t, 1, c.count(), "nobody calls before its end")
		wait(2 * time.Minute)
		require.GreaterOrEqual(t, c.count(), 22, "what waited is sent")
		for i := range 21 {
			require.LessOrEqual(t, c.row(fmt.Sprint("pour", i)).attempts, int32(3))
		}
	})
}

// Promise C5: of all replicas one probes, once in a pause, and all go on when it comes through.
func TestReplicasProbeOnceTogether(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		sessions := c.split()
		var down atomic.Bool
		down.Store(true)
		c.answer = func(int) error {
			if down.Load() {
				return outbox.ErrRefused
			}
			return nil
		}
		day := robots()[0]
		day.RequestsPerMinute, day.MaxUnconfirmed = 600, 1000
		c.settle(c.Env().GetSettings(), day)
		c.pour(sessions, 0, 40)
		wait(time.Minute)
		for _, r := range c.replicas {
			_, tripped := r.out.Load("day")
			require.True(t, tripped, r.name)
		}
		before := c.count()
		wait(10 * time.Minute)
		require.LessOrEqual(t, c.count()-before, 20, "one probe a pause")
		require.GreaterOrEqual(t, c.count()-before, 10, "it is tried")
		down.Store(false)
		wait(40 * time.Second)
		for _, r := range c.replicas {
			_, tripped := r.out.Load("day")
			require.False(t, tripped, r.name)
		}
		wait(time.Minute)
		for i := range 40 {
			require.NotEqual(t, isQueued, c.state(fmt.Sprint("pour", i)), "the queues drain")
		}
	})
}

// Without a limit and without a pause nothing is asked of the store: it stands before every send.
func TestRequestsWithoutALimitAskNobody(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		unlimited := int32(0)
		settings := c.Env().GetSettings()
		settings.RequestsPerMinute = &unlimited
		c.settle(settings, robots()...)
		sessions := c.split()
		c.pour(sessions, 0, 20)
		wait(time.Second)
		require.GreaterOrEqual(t, c.count(), 5)
		require.Zero(t, c.asked)
	})
}

func TestAPhoneIsSharedByAllReplicas(t *testing.T) {
	t.Parallel()
	inCluster(t, func(t *testing.T, c *cluster) {
		sessions := c.split()
		for i := range 60 {
			c.commit(notice(sessions[i%len(sessions)], fmt.Sprint("n", i)))
		}
		wait(30 * time.Second)
		stand := make(map[byte]int)
		for _, said := range c.said() {
			stand[said[0]]++
		}
		require.Equal(t, map[byte]int{'d': 10, 'n': 10}, stand, "so many may stand unconfirmed at a phone")
	})
}
