//go:build faults

package promises

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

const (
	// healsWithin is how long it may take after a single fault until everything goes on: a lease's time to live and some tries, on a busy machine.
	healsWithin = 30 * time.Second
	// passesWithin is how long a failpoint is waited for.
	passesWithin = 1500 * time.Millisecond
)

// single is a fault that happens once.
type single struct {
	name failpoint.Name
	at   time.Time
}

// A3, one at a time: one call fails once, at every failpoint in turn, and nobody starts anything again. What tries it again is the product alone:
// every partition is held by one of those that live, every message has its reply, every command its end, and the inbox is empty.
func TestEverySingleFaultHealsByItself(t *testing.T) {
	beside(t)
	promise(t, "A3, single faults, 2 servers", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{Database: pgtest.URL(t), Servers: 2, Delay: time.Second})
		// One robot's answers are lost, one's phone fails each command once, one's results are not told.
		require.NoError(t, r.RobotMode(1, standin.Mode{Share: 0.1, Drop: true, SendsOnly: true}))
		require.NoError(t, r.RobotMode(2, standin.Mode{Share: 0.1, FailCode: 201102, FailTimes: 1}))
		require.NoError(t, r.RobotMode(3, standin.Mode{Share: 0.1, CallbackLost: true}))
		load := r.Begin(t.Context(), rig.Load{Kind: mixed, Rate: scaled(t, 60.0, 100, 100)})
		var struck []single
		var missed []string
		for round := range scaled(t, 1, 20, 60) {
			action := []string{"error@1", "error@2", "sleep(1s)@1", "error@1-2"}[round%4]
			for i, point := range failpoint.Table() {
				if strings.HasPrefix(string(point.Name), "sqlite.") || point.Kind == failpoint.Migration || passedElsewhere(point.Name) {
					continue
				}
				at := time.Now()
				if strikeOnce(t, r, (round+i)%2, point.Name, action) {
					struck = append(struck, single{point.Name, at})
				} else if !slices.Contains(missed, string(point.Name)) {
					missed = append(missed, string(point.Name))
				}
				held(t, r, point.Name)
			}
		}
		load.Stop()
		row.Trials = len(struck)
		answered(t, r, struck)
		judge(t, r, row, func(in *check.Input) { in.Unordered, in.Repeats = true, true })
		row.Note = fmt.Sprintf("%d faults, not passed: %s", len(struck), strings.Join(missed, " "))
		require.GreaterOrEqual(t, len(struck), 40)
	})
}

// passedElsewhere are failpoints that two servers under load do not pass, or only at their start.
func passedElsewhere(name failpoint.Name) bool {
	if strings.HasPrefix(string(name), "lease.") {
		return false
	}
	for _, prefix := range []string{"postgres.connect", "postgres.sole", "runner.recover.inbox", "runner.group", "spill."} {
		if strings.HasPrefix(string(name), prefix) { // with shares the inbox is taken up otherwise; the others have rows of their own
			return true
		}
	}
	return elsewhereIs(name)
}

// metRooms counts the chats that were met for a fault.
var metRooms atomic.Int64

// strikeOnce lets one fault happen at a server, and reports whether it did. Where it needs to be brought about, the other server leaves or comes
// for it, as a server that is replaced does.
func strikeOnce(t *testing.T, r *rig.Rig, server int, name failpoint.Name, action string) bool {
	t.Helper()
	s, other := r.Servers[server], r.Servers[1-server]
	before, err := s.Passes(t.Context())
	require.NoError(t, err)
	needed := int64(1)
	struck := func(within time.Duration) bool {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		for ctx.Err() == nil {
			if now, err := s.Passes(ctx); err == nil && now[name] >= before[name]+needed {
				rig.Pause(ctx, 20*time.Millisecond) // what follows it
				return true
			}
			rig.Pause(ctx, 10*time.Millisecond)
		}
		now, err := s.Passes(t.Context())
		return err == nil && now[name] > before[name]
	}
	if action == "error@2" || action == "error@1-2" {
		needed = 2
	}
	stop := func(s *rig.Server) {
		_, err := s.Stop(t.Context())
		require.NoError(t, err)
	}
	arm := func() { require.NoError(t, s.Fail(t.Context(), name, action)) }
	is := func(prefix string) bool { return strings.HasPrefix(string(name), prefix) }
	var passed bool
	switch {
	case is("lease.take"), is("outbox.takeup"), is("runner.recover.call"): // when the other goes
		arm()
		stop(other)
		passed = struck(3 * time.Second)
		require.NoError(t, other.Start(t.Context(), ""))
	case is("lease.release"): // when the other comes
		stop(other)
		require.Eventually(t, func() bool { return partitions(t.Context(), s) == storage.Partitions }, healsWithin, 20*time.Millisecond)
		arm()
		require.NoError(t, other.Start(t.Context(), ""))
		passed = struck(3 * time.Second)
	case is("lease.leave"): // when it goes itself
		arm()
		stop(s)
		require.NoError(t, s.Start(t.Context(), ""))
		return true
	case is("store.change"), is("runner.reload"): // when a chat is met
		arm()
		for range needed {
			metRooms.Add(1)
			r.Say(t.Context(), rig.Load{Kind: mixed, Name: "met"}, 1000+2*int(metRooms.Load())+server, 0)
		}
		passed = struck(2 * passesWithin)
	case is("runner.clearup"): // there must be something to clear up
		require.NoError(t, s.Fail(t.Context(), "runner.commit.after", "error@1"))
		arm()
		passed = struck(passesWithin)
	default:
		arm()
		passed = struck(passesWithin)
	}
	require.True(t, s.Running(), "%s=%s: %s", name, action, tail(s.LastLog(), 2000))
	require.NoError(t, s.Heal(t.Context()))
	return passed
}

// partitions is how many a server holds.
func partitions(ctx context.Context, s *rig.Server) int {
	gauges, err := s.Gauges(ctx)
	if err != nil {
		return -1
	}
	return int(gauges["flowdesk_partitions"])
}

// held asserts that the servers hold all partitions, each its share, within a time.
func held(t *testing.T, r *rig.Rig, after failpoint.Name) {
	t.Helper()
	var counts []int
	all := func() bool {
		counts = counts[:0]
		sum, least := 0, storage.Partitions
		for _, s := range r.Servers {
			n := partitions(t.Context(), s)
			counts = append(counts, n)
			sum, least = sum+n, min(least, n)
		}
		return sum == storage.Partitions && least > 0
	}
	for deadline := time.Now().Add(healsWithin); !all(); {
		require.True(t, time.Now().Before(deadline), "%s after one fault at %s the servers hold %v of %d partitions", healsWithin, after, counts, storage.Partitions)
		rig.Pause(t.Context(), 20*time.Millisecond)
	}
}

// answered asserts that every message that was acknowledged is answered within a time after the last fault, or says behind which fault it stands still.
func answered(t *testing.T, r *rig.Rig, struck []single) {
	t.Helper()
	if r.Settle(t.Context(), settleWithin) {
		return
	}
	heard := make(map[ledger.Token]bool)
	for _, c := range r.Ledger.Calls() {
		for _, token := range c.Tokens {
			heard[token] = true
		}
	}
	behind := make(map[failpoint.Name]int)
	for _, a := range r.Ledger.Asked() {
		if a.Acknowledged.IsZero() || heard[a.Token] {
			continue
		}
		at, _ := slices.BinarySearchFunc(struck, a.Sent, func(s single, sent time.Time) int { return s.at.Compare(sent) })
		behind[struck[max(0, at-1)].name]++
	}
	require.Fail(t, "stands still", "%s; messages without a reply, by the fault before them: %v", r.Left(t.Context()), behind)
}
