//go:build faults

package promises

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// elsewhere are failpoints that the load of one server does not pass, with where they are.
var elsewhere = map[string]string{
	"lease.":                 "storage: TestFailpointsOfLeases",
	"migration.":             "TestInterruptedMigrations",
	"models.":                "no model in the load",
	"notify.":                "no channel in the load",
	"store.derive":           "derived rows are made when somebody asks",
	"runner.schedule":        "no schedule in the load",
	"outbox.order":           "nobody orders by hand in the load",
	"outbox.expire":          "results come before their deadline",
	"runner.quarantine":      "no event fails five times",
	"runner.recover.backlog": "memory holds the load",
	"runner.timer":           "timers are due after minutes",
	"sqlite.checkpoint":      "the load is smaller than a checkpoint",
	"postgres.resolve":       "TestCommitAnswersLost",
	"postgres.partition":     "at the first start alone",
}

func elsewhereIs(name failpoint.Name) bool {
	for prefix := range elsewhere {
		if strings.HasPrefix(string(name), prefix) {
			return true
		}
	}
	return false
}

// strikes are what a failpoint is set to, one after the other: on the first, second and seventh pass.
var strikes = []string{"exit@1", "panic@2", "error@1-3", "exit@7", "panic@1", "error@7", "exit@2", "sleep(300ms)@1-2", "panic@7"}

// atStart are failpoints that are passed when a process begins.
func atStart(name failpoint.Name) bool {
	for _, prefix := range []string{"runner.recover", "runner.reload", "outbox.takeup", "postgres.connect", "postgres.sole"} {
		if strings.HasPrefix(string(name), prefix) {
			return true
		}
	}
	return false
}

// A3 and A5: at every failpoint of the load a process dies, panics, fails or waits, and nothing is lost, doubled, half done or stuck.
func TestEveryFailpointUnderLoad(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "A3 A5", func(t *testing.T, row *figures.Row) {
			other := "postgres."
			if url != "" {
				other = "sqlite."
			}
			var names []failpoint.Name
			for _, n := range failpoint.Names() {
				if !strings.HasPrefix(string(n), other) && !elsewhereIs(n) {
					names = append(names, n)
				}
			}
			r := newRig(t, rig.Options{Database: url, Delay: time.Second, Settings: func(s *flowdeskv1.Settings) {
				s.ResultDeadline = durationpb.New(time.Minute)
			}})
			// One robot's answers are lost, one's phone fails each command once, one's results are not told.
			require.NoError(t, r.RobotMode(1, standin.Mode{Share: 0.1, Drop: true, SendsOnly: true}))
			require.NoError(t, r.RobotMode(2, standin.Mode{Share: 0.1, FailCode: 201102, FailTimes: 1}))
			require.NoError(t, r.RobotMode(3, standin.Mode{Share: 0.1, CallbackLost: true}))
			load := r.Begin(t.Context(), rig.Load{Kind: mixed})
			s, passed := r.Servers[0], make(map[failpoint.Name]int64)
			for round := range scaled(t, 1, 20, 60) {
				for i, name := range names {
					strike(t, r, s, name, strikes[(round*7+i)%len(strikes)], passed, row)
				}
			}
			load.Stop()
			require.NoError(t, s.Heal(t.Context()))
			var missed []string
			for _, name := range names {
				if passed[name] == 0 {
					missed = append(missed, string(name))
				}
			}
			row.Note = fmt.Sprintf("%d failpoints, not passed: %s", len(names)-len(missed), strings.Join(missed, " "))
			require.GreaterOrEqual(t, len(names)-len(missed), 40)
			judge(t, r, row, func(in *check.Input) { in.Repeats = true })
		})
	})
}

// strike sets one failpoint and waits until it has struck or the time is over; then the server is whole again.
func strike(t *testing.T, r *rig.Rig, s *rig.Server, name failpoint.Name, action string, passed map[failpoint.Name]int64, row *figures.Row) {
	t.Helper()
	row.Trials++
	if atStart(name) {
		s.Kill()
		row.Kills++
		require.NoError(t, s.Begin(string(name)+"="+action))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if s.Ready(ctx) == nil {
			rig.Pause(ctx, 200*time.Millisecond)
		}
		cancel()
		note(t, s, passed)
		if code := code(s); code == 86 || code == 2 {
			passed[name]++
		}
		s.Kill()
		require.NoError(t, s.Start(t.Context(), ""))
		return
	}
	before, err := s.Passes(t.Context())
	require.NoError(t, err)
	if err := s.Fail(t.Context(), name, action); err != nil { // it may strike before the answer is out
		select {
		case <-s.Ended():
		case <-time.After(time.Second):
			require.NoError(t, err)
		}
	}
	if strings.HasPrefix(string(name), "runner.clearup") { // there must be something to clear up
		require.NoError(t, s.Fail(t.Context(), "runner.commit.after", "error@1-8%0.5:1"))
	}
	limit := time.After(time.Second)
	for waiting := true; waiting; {
		select {
		case <-s.Ended():
			waiting = false
		case <-limit:
			waiting = false
		case <-time.After(20 * time.Millisecond):
			now, err := s.Passes(t.Context())
			if err == nil && now[name]-before[name] >= 7 {
				waiting = false
			}
		}
	}
	rig.Pause(t.Context(), 30*time.Millisecond) // what follows the failpoint
	if s.Running() {
		note(t, s, passed)
		if s.Heal(t.Context()) == nil {
			return
		}
		<-s.Ended()
	}
	passed[name]++
	row.Kills++
	require.Contains(t, []int{86, 2}, s.ExitCode(), "%s=%s: %s", name, action, tail(s.LastLog(), 2000))
	require.NoError(t, s.Start(t.Context(), ""))
}

func code(s *rig.Server) int {
	if s.Running() {
		return 0
	}
	return s.ExitCode()
}

// note adds what a server passed.
func note(t *testing.T, s *rig.Server, passed map[failpoint.Name]int64) {
	t.Helper()
	passes, err := s.Passes(t.Context())
	if err != nil {
		return // it has just ended
	}
	for _, name := range slices.Collect(maps.Keys(passes)) {
		passed[name] += passes[name]
	}
}

// A5: a process dies between each two writes of a transaction.
func TestDeathBetweenWrites(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "A5", func(t *testing.T, row *figures.Row) {
			r := newRig(t, rig.Options{Database: url, Delay: time.Second})
			load := r.Begin(t.Context(), rig.Load{Kind: mixed})
			s := r.Servers[0]
			points := []failpoint.Name{"sqlite.step.after", "sqlite.commit.before", "sqlite.commit.after"}
			if url != "" {
				points = []failpoint.Name{"postgres.steps.after", "postgres.commit.before", "postgres.commit.after"}
			}
			for n := range scaled(t, 20, 400, 1200) {
				point := points[0]
				if n%4 == 3 {
					point = points[1+n/4%2]
				}
				require.NoError(t, s.Fail(t.Context(), point, fmt.Sprintf("exit@%d", 1+n%40)))
				select {
				case <-s.Ended():
				case <-time.After(5 * time.Second):
					require.Fail(t, "the server passes no commit", "%s", point)
				}
				row.Kills++
				row.Trials++
				require.NoError(t, s.Start(t.Context(), ""))
			}
			load.Stop()
			judge(t, r, row, nil)
		})
	})
}
