//go:build faults

package promises

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// leaseStrikes are what befalls a step of a lease. The sleep is longer than a lease lasts.
var leaseStrikes = []string{"exit", "panic", "error@1-2", "sleep(4s)@1"}

// A3 with two servers: at every step of a lease a server dies, panics, fails or stands still, and the other does its work.
func TestFailpointsOfLeases(t *testing.T) {
	beside(t)
	promise(t, "A3 of leases, 2 servers", func(t *testing.T, row *figures.Row) {
		r, load := two(t)
		var moments []time.Time
		struck := make(map[failpoint.Name]int64)
		for round := range scaled(t, 1, len(leaseStrikes)*5, len(leaseStrikes)*15) {
			for i, point := range failpoint.Table() {
				if point.Kind != failpoint.Lease || strings.HasPrefix(string(point.Name), "postgres.") {
					continue
				}
				action := leaseStrikes[(round+i)%len(leaseStrikes)]
				s, other := r.Servers[i%2], r.Servers[1-i%2]
				moments = append(moments, time.Now())
				struck[point.Name] += strikeLease(t, s, other, point.Name, action, row)
				row.Trials++
			}
		}
		load.Stop()
		for name, n := range struck {
			require.Positive(t, n, "%s was not passed", name)
		}
		report := judge(t, r, row, kept)
		row.Note = fmt.Sprintf("%d steps, work moved within %s, %d messages of a spill behind later ones", len(struck),
			moved(t, r, moments).Round(10*time.Millisecond), report.Inversions)
	})
}

// strikeLease brings a server to one step of a lease, lets it be struck there, and makes it whole. It gives how often the step was passed.
func strikeLease(t *testing.T, s, other *rig.Server, name failpoint.Name, action string, row *figures.Row) (passed int64) {
	t.Helper()
	restart := func(s *rig.Server, failpoints string) {
		require.NoError(t, s.Begin(failpoints))
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		_ = s.Ready(ctx) // it may die before
	}
	switch {
	case strings.HasPrefix(string(name), "lease.take"): // when it comes
		s.Kill()
		row.Kills++
		restart(s, string(name)+"="+action)
	case strings.HasPrefix(string(name), "lease.release"): // when another comes
		other.Kill()
		row.Kills++
		rig.Pause(t.Context(), 4*time.Second) // until all of its leases are this one's
		require.NoError(t, s.Fail(t.Context(), name, action))
		restart(other, "")
	case strings.HasPrefix(string(name), "lease.leave"): // when it goes
		require.NoError(t, s.Fail(t.Context(), name, action))
		_, err := s.Stop(t.Context())
		if err == nil {
			passed = 1 // nothing is asked of a process that has ended; a step that was struck says so in its log
			require.True(t, action == "sleep(4s)@1" || strings.HasPrefix(action, "error"), "%s is passed by a server that leaves", name)
		}
	default: // every second
		require.NoError(t, s.Fail(t.Context(), name, action))
	}
	for limit := time.After(3 * time.Second); s.Running() && passed < 3; {
		now, err := s.Passes(t.Context())
		if err == nil {
			passed = max(passed, now[name])
		}
		select {
		case <-limit:
			limit = nil
			if passed > 0 {
				passed = max(passed, 3)
			} else {
				return 0
			}
		case <-s.Ended():
		case <-time.After(20 * time.Millisecond):
		}
	}
	if s.Running() {
		require.NoError(t, s.Heal(t.Context()))
		return passed
	}
	if code := s.ExitCode(); code != 0 {
		require.Contains(t, []int{86, 2}, code, "%s=%s: %s", name, action, tail(s.LastLog(), 2000))
		row.Kills++
		passed = max(passed, 1)
	}
	require.NoError(t, s.Start(t.Context(), ""))
	return passed
}
