//go:build faults

package promises

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/proxy"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// newPostgres starts a PostgreSQL of the test's own.
func newPostgres(t *testing.T) *rig.Postgres {
	t.Helper()
	dir, err := os.MkdirTemp("", "flowdesk-pg-") //nolint:usetesting // another user must reach it, who may not enter t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o711))
	p, err := rig.NewPostgres(t.Context(), filepath.Join(dir, "pg"))
	if err != nil && strings.Contains(err.Error(), rig.ErrNoPostgres.Error()) {
		t.Skip("NOT TESTED: PostgreSQL is not on this machine")
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.End(rig.Immediate) })
	return p
}

// recovers waits until messages are acknowledged again, and gives how long that took.
func recovers(t *testing.T, good *atomic.Int64, within time.Duration) time.Duration {
	t.Helper()
	began, before := time.Now(), good.Load()
	require.Eventually(t, func() bool { return good.Load() >= before+20 }, within, 10*time.Millisecond, "messages are taken again")
	return time.Since(began)
}

// B1: PostgreSQL ends fast, immediately or by kill -9 under load, and comes back.
func TestDatabaseRestarts(t *testing.T) {
	beside(t)
	promise(t, "B1", func(t *testing.T, row *figures.Row) {
		pg := newPostgres(t)
		r := newRig(t, rig.Options{Database: pg.URL()})
		var good atomic.Int64
		load := r.Begin(t.Context(), rig.Load{Kind: mixed, Late: func(_ time.Duration, status int) {
			if status == http.StatusOK {
				good.Add(1)
			}
		}})
		recovers(t, &good, 10*time.Second)
		slowest := time.Duration(0)
		for n := range scaled(t, 6, 100, 300) {
			require.NoError(t, pg.End([]syscall.Signal{rig.Fast, rig.Immediate, rig.Killed}[n%3]))
			row.Kills++
			rig.Pause(t.Context(), time.Duration(n%3)*500*time.Millisecond)
			require.NoError(t, pg.Start(t.Context()))
			slowest = max(slowest, recovers(t, &good, 10*time.Second))
			rig.Pause(t.Context(), time.Second)
		}
		load.Stop()
		row.Trials, row.Note = row.Kills, fmt.Sprintf("back within %s", slowest.Round(10*time.Millisecond))
		judge(t, r, row, nil)
	})
}

// B2: PostgreSQL is cut off, black-holed or half open, and comes back. Callbacks get 503 in time, never a false success.
func TestDatabaseUnreachable(t *testing.T) {
	promise(t, "B2", func(t *testing.T, row *figures.Row) {
		pg := newPostgres(t)
		p, err := proxy.New(pg.Addr(), 1)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Close()) })
		r := newRig(t, rig.Options{Database: pg.Through(p.Addr())})
		var good, refused, late atomic.Int64
		load := r.Begin(t.Context(), rig.Load{Kind: mixed, Late: func(took time.Duration, status int) {
			switch status {
			case http.StatusOK:
				good.Add(1)
			default:
				refused.Add(1)
			}
			if took >= 3*time.Second { // the platform has given up by then
				late.Add(1)
			}
		}})
		recovers(t, &good, 10*time.Second)
		slowest := time.Duration(0)
		for _, length := range scaled(t, []time.Duration{time.Second, 6 * time.Second}, []time.Duration{time.Second, 10 * time.Second, time.Minute}, []time.Duration{time.Second, 10 * time.Second, time.Minute}) {
			for name, f := range map[string]proxy.Faults{
				"cut": {Refuse: true}, "hole": {Hole: true}, "half up": {HalfUp: true}, "half down": {HalfDown: true},
			} {
				row.Trials++
				p.Set(f)
				if f.Refuse {
					p.Cut()
				}
				rig.Pause(t.Context(), length)
				p.Heal()
				took := recovers(t, &good, 20*time.Second)
				t.Logf("%s for %s: back in %s", name, length, took)
				slowest = max(slowest, took)
			}
		}
		load.Stop()
		open := p.Open()
		row.Note = fmt.Sprintf("back within %s, %d refused, %d later than 3 s, %d connections", slowest.Round(10*time.Millisecond), refused.Load(), late.Load(), open)
		// The machine of a change run has other work, and the answer is due 0.5 s before the platform gives up.
		require.LessOrEqual(t, late.Load(), scaled(t, load.Sent()/1000, 0, 0))
		require.LessOrEqual(t, open, 40)
		judge(t, r, row, nil)
	})
}

// B3: the answer to COMMIT is lost.
func TestCommitAnswersLost(t *testing.T) {
	beside(t)
	promise(t, "B3", func(t *testing.T, row *figures.Row) {
		pg := newPostgres(t)
		p, err := proxy.New(pg.Addr(), 1)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Close()) })
		r := newRig(t, rig.Options{Database: pg.Through(p.Addr())})
		p.Set(proxy.Faults{After: true, Marker: "\x00commit\x00", Share: scaled(t, 0.05, 0.01, 0.01)})
		load := r.Begin(t.Context(), rig.Load{Kind: mixed, Rate: 200})
		rig.Pause(t.Context(), scaled(t, 15*time.Second, 10*time.Minute, 30*time.Minute))
		p.Set(proxy.Faults{Before: true, Marker: "\x00commit\x00", Share: scaled(t, 0.05, 0.01, 0.01)})
		rig.Pause(t.Context(), scaled(t, 5*time.Second, time.Minute, 10*time.Minute))
		load.Stop()
		p.Heal()
		require.Positive(t, p.Struck())
		row.Trials = int(p.Struck())
		row.Note = fmt.Sprintf("%d COMMITs without an answer", p.Struck())
		judge(t, r, row, nil)
	})
}
