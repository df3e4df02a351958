package bench_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bench"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// build makes the program as it is shipped.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "flowdesk")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/flowdesk/flowdesk/cmd/flowdesk").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return binary
}

// Every acknowledged question gets its reply once, wherever kill -9 strikes: before a turn, in a commit, between commit and send, between
// send and its answer, before the result (invariants 1 to 3). FLOWDESK_TEST_KILLS makes it longer.
func TestKilledUnderLoadNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	killed(t, "")
}

func TestKilledUnderLoadOnPostgreSQL(t *testing.T) {
	t.Parallel()
	killed(t, pgtest.URL(t))
}

func killed(t *testing.T, database string) {
	t.Helper()
	kills := 4
	if more := os.Getenv("FLOWDESK_TEST_KILLS"); more != "" {
		var err error
		kills, err = strconv.Atoi(more)
		require.NoError(t, err)
	}
	var report bytes.Buffer
	err := bench.Run(t.Context(), bench.Options{
		Binary: build(t), Database: database, Groups: 60, InFlight: 16, Kills: kills, Duration: time.Duration(kills+1) * time.Second,
		Scenarios: []string{"kill"}, Out: &report,
	})
	require.NoError(t, err, "%s", report.String())
}

// Two servers share one database: one of them is killed, stopped and frozen for longer than its leases, again and again, under load.
func TestReplicasInTroubleLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	binary := build(t)
	for _, trouble := range []string{"kill", "stop", "freeze"} {
		t.Run(trouble, func(t *testing.T) {
			t.Parallel()
			var report bytes.Buffer
			err := bench.Run(t.Context(), bench.Options{
				Binary: binary, Database: database, Replicas: 2, Groups: 60, InFlight: 8, Kills: 2, Duration: 9 * time.Second,
				Scenarios: []string{trouble}, Out: &report,
			})
			require.NoError(t, err, "%s", report.String())
			t.Log(report.String())
		})
	}
}
