//go:build faults

package promises

import (
	"context"
	"flag"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// build makes the program with its failpoints.
func build(binary string) ([]byte, error) {
	return exec.CommandContext(context.Background(), "go", "build", "-tags", "faults", "-o", binary, "github.com/flowdesk/flowdesk/cmd/flowdesk").CombinedOutput()
}

// beside lets a promise be shown beside others in a change run, which has little time. Promises about times have the whole machine, and nightly
// every promise has.
func beside(t *testing.T) {
	t.Helper()
	if *scaleFlag == "change" {
		t.Parallel()
	}
}

// promise runs the test of a promise, and prints its row.
func promise(t *testing.T, names string, test func(t *testing.T, row *figures.Row)) {
	t.Helper()
	row := &figures.Row{Promise: names, Test: t.Name(), Scale: *scaleFlag}
	began := time.Now()
	defer func() {
		row.Seconds, row.Kept = time.Since(began).Seconds(), !t.Failed()
		if !t.Skipped() {
			row.Print()
		}
	}()
	test(t, row)
}

// both are the tests that every change runs on both databases; the others run on PostgreSQL when they are named, and nightly.
var both = []string{"TestEveryFailpointUnderLoad"}

// databases runs a test on each database, beside others.
func databases(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	onEach(t, beside, test)
}

// databasesAlone is databases for promises about times.
func databasesAlone(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	onEach(t, func(*testing.T) {}, test)
}

func onEach(t *testing.T, beside func(*testing.T), test func(t *testing.T, url string)) {
	t.Helper()
	beside(t)
	t.Run("sqlite", func(t *testing.T) {
		beside(t)
		test(t, "")
	})
	t.Run("postgres", func(t *testing.T) {
		beside(t)
		named := strings.Contains(flag.Lookup("test.run").Value.String(), "postgres")
		if *scaleFlag == "change" && !named && !slices.Contains(both, strings.TrimSuffix(t.Name(), "/postgres")) {
			t.Skip("nightly on PostgreSQL")
		}
		test(t, pgtest.URL(t))
	})
}

// newRig starts servers with their platform. When the test fails, the end of their logs is shown.
func newRig(t *testing.T, o rig.Options) *rig.Rig {
	t.Helper()
	o.Binary, o.Dir = *binaryFlag, filepath.Join(t.TempDir(), "rig")
	r, err := rig.New(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			for _, s := range r.Servers {
				t.Log(tail(s.LastLog(), 3000))
			}
		}
		require.NoError(t, r.Close())
	})
	return r
}

func tail(text string, n int) string { return strings.ToValidUTF8(text[max(0, len(text)-n):], "") }

// settleWithin is how long a test waits for what is under way after its load.
const settleWithin = 60 * time.Second

// judge stops the servers in good order and compares the ledgers with the database.
func judge(t *testing.T, r *rig.Rig, row *figures.Row, change func(*check.Input)) *check.Report {
	t.Helper()
	settled, left := r.Settle(t.Context(), settleWithin), r.Left(t.Context())
	for _, s := range r.Servers {
		if s.Running() {
			_, err := s.Stop(t.Context())
			require.NoError(t, err)
		}
	}
	in := check.Input{Setting: r.Servers[0].Setting(), Asked: r.Ledger.Asked(), Calls: r.Ledger.Calls(), Drained: true}
	if change != nil {
		change(&in)
	}
	report, err := check.Run(t.Context(), in)
	require.NoError(t, err)
	row.Add(report)
	require.NoError(t, report.Err())
	require.True(t, settled, "everything is settled within %s; left were %s", settleWithin, left)
	return report
}
