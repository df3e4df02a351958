//go:build faults

package promises

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// send sends so many messages at a rate and waits for the last callback.
func send(t *testing.T, r *rig.Rig, load rig.Load, n int) {
	t.Helper()
	l := r.Begin(t.Context(), load)
	for l.Sent() < int64(n) {
		rig.Pause(t.Context(), 10*time.Millisecond)
	}
	l.Stop()
}

// A4a: the platform takes a send and its answer is lost; looked up, it is found.
func TestUnknownOutcomesAreLookedUp(t *testing.T) {
	beside(t)
	promise(t, "A4", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{})
		require.NoError(t, r.Mode(standin.Mode{Drop: true, SendsOnly: true, Share: 0.05}))
		send(t, r, rig.Load{Rate: 200}, scaled(t, 2000, 10_000, 30_000))
		rig.Pause(t.Context(), 3*time.Second)
		require.NoError(t, r.Mode(standin.Mode{}))
		report := judge(t, r, row, nil)
		row.Trials = report.Commands
		require.Zero(t, report.Unknown)
	})
}

// A4b: nothing can be learnt about a send: it is a person's, and is not repeated.
func TestUnknownOutcomesThatCannotBeLookedUpFallToAPerson(t *testing.T) {
	beside(t)
	promise(t, "A4", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{Settings: func(s *flowdeskv1.Settings) { s.ResultDeadline = durationpb.New(10 * time.Second) }})
		s := r.Servers[0]
		require.NoError(t, s.Fail(t.Context(), "outbox.accepted.before", "error"))
		require.NoError(t, s.Fail(t.Context(), "outbox.results.before", "error"))
		require.NoError(t, r.Mode(standin.Mode{Drop: true, SendsOnly: true, Share: 0.05}))
		// A result may take 5 s longer for each command that stands before it at the phone.
		send(t, r, rig.Load{Rate: scaled(t, 40.0, 100, 100)}, scaled(t, 400, 10_000, 30_000))
		rig.Pause(t.Context(), scaled(t, 30*time.Second, 5*time.Minute, 5*time.Minute))
		_, err := s.Stop(t.Context())
		require.NoError(t, err)
		report, err := check.Run(t.Context(), check.Input{Setting: s.Setting(), Asked: r.Ledger.Asked(), Calls: r.Ledger.Calls()})
		require.NoError(t, err)
		row.Add(report)
		row.Trials, row.Note = report.Commands, fmt.Sprintf("%d of unknown outcome, each at a person", report.Unknown)
		require.NoError(t, report.Err())
		require.Positive(t, report.Unknown)
	})
}

// A8: commands that are due later survive a server that is down when their time comes.
func TestDelayedCommandsSurviveAnOutage(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "A8", func(t *testing.T, row *figures.Row) {
			delay, outage := scaled(t, 8*time.Second, 5*time.Minute, 5*time.Minute), scaled(t, 5*time.Second, 5*time.Minute, 5*time.Minute)
			r := newRig(t, rig.Options{Database: url, Delay: delay})
			send(t, r, rig.Load{Rate: 100, Kind: func(int, int) string { return "等" }}, scaled(t, 600, 10_000, 10_000))
			rig.Pause(t.Context(), delay/3)
			s := r.Servers[0]
			s.Kill()
			row.Kills++
			rig.Pause(t.Context(), outage)
			require.NoError(t, s.Start(t.Context(), ""))
			back := time.Now()
			report := judge(t, r, row, nil)
			row.Trials = report.Commands
			due := make(map[ledger.Token]time.Time)
			for _, a := range r.Ledger.Asked() {
				due[a.Token] = a.Due
			}
			var late []time.Duration
			for _, c := range r.Ledger.Calls() {
				for _, token := range c.Tokens {
					require.False(t, c.Heard.Before(due[token].Add(-time.Second)), "%s was said %s early", token, due[token].Sub(c.Heard))
					from := due[token]
					if from.Before(back) {
						from = back
					}
					late = append(late, c.Heard.Sub(from))
				}
			}
			slices.Sort(late)
			p99 := late[len(late)*99/100]
			row.Note = fmt.Sprintf("late p99 %s", p99.Round(time.Millisecond))
			require.LessOrEqual(t, p99, 5*time.Second)
		})
	})
}

// A9: a send that fails is repeated three times at most, then it is a person's.
func TestFailedSendsAreRepeatedThreeTimes(t *testing.T) {
	beside(t)
	promise(t, "A9", func(t *testing.T, row *figures.Row) {
		const kinds = 6 // robot i fails each command i times
		r := newRig(t, rig.Options{Robots: kinds, Rooms: 60})
		for i := range kinds {
			mode := standin.Mode{FailCode: 201102, FailTimes: i}
			if i == 0 {
				mode = standin.Mode{}
			}
			require.NoError(t, r.RobotMode(i, mode))
		}
		send(t, r, rig.Load{Rate: 100}, scaled(t, 300, 1000, 10_000))
		rig.Pause(t.Context(), 15*time.Second)
		report := judge(t, r, row, func(in *check.Input) { in.Repeats = true })
		row.Trials = report.Commands
		tries := make(map[ledger.Token]int)
		for _, c := range r.Ledger.Calls() {
			for _, token := range c.Tokens {
				tries[token]++
			}
		}
		for _, a := range r.Ledger.Asked() {
			if !a.Acknowledged.IsZero() {
				require.Equal(t, min(a.Room%kinds+1, 4), tries[a.Token], "%s of a robot that fails %d times", a.Token, a.Room%kinds)
			}
		}
	})
}

// A10: SIGTERM under load: what was acknowledged is stored, nothing is repeated, and it does not take long.
func TestOrderlyStopUnderLoad(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "A10", func(t *testing.T, row *figures.Row) {
			r := newRig(t, rig.Options{Database: url, Delay: time.Second})
			load := r.Begin(t.Context(), rig.Load{Kind: mixed})
			slowest := time.Duration(0)
			for range scaled(t, 8, 100, 300) {
				rig.Pause(t.Context(), 700*time.Millisecond)
				took, err := r.Servers[0].Stop(t.Context())
				require.NoError(t, err)
				slowest = max(slowest, took)
				row.Trials++
				require.NoError(t, r.Servers[0].Start(t.Context(), ""))
			}
			load.Stop()
			row.Note = fmt.Sprintf("slowest stop %s", slowest.Round(time.Millisecond))
			require.LessOrEqual(t, slowest, 10*time.Second)
			judge(t, r, row, nil)
		})
	})
}

// mode loses the answers of a share of the sends.
func mode(share float64) standin.Mode {
	if share == 0 {
		return standin.Mode{}
	}
	return standin.Mode{Drop: true, SendsOnly: true, Share: share}
}
