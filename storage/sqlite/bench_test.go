package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// BenchmarkCommit is what a run of the user's branch costs the store, both of its turns: 6 row writes in the question's turn and 6 in the
// result's. One operation is one run. batch is how many turns a commit has; sessions are visited at random. CPU time is of the whole
// process, checkpoints included; bytes/flow is the growth of the file.
func BenchmarkCommit(b *testing.B) {
	for _, sessions := range []int{1000, 20_000} {
		for _, batch := range []int{1, 16, 64, 256} {
			b.Run(fmt.Sprintf("sessions=%d/batch=%d", sessions, batch), func(b *testing.B) { benchmarkCommit(b, sessions, batch) })
		}
	}
}

func benchmarkCommit(b *testing.B, sessionCount, batch int) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bench.db")
	store, err := sqlite.Open(b.Context(), path)
	require.NoError(b, err)
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	sessions := make([]*benchSession, sessionCount)
	for i := range sessions {
		sessions[i] = &benchSession{id: benchID(now.Add(-time.Duration(random.IntN(1e9))*time.Second), random), title: fmt.Sprintf("星河直播运营服务%d群", i)}
	}
	writer, err := store.NewWriter(b.Context(), "bench")
	require.NoError(b, err)
	number := int64(0)
	var cpu, wall time.Duration
	commit := func(turns []*storage.TurnWrite) {
		number++
		before, begin := processTime(), time.Now()
		b.StartTimer()
		result, err := store.Commit(b.Context(), &storage.Batch{Turns: turns, Log: &storage.LogMark{Writer: writer, Number: number}})
		b.StopTimer()
		cpu += processTime() - before
		wall += time.Since(begin)
		require.NoError(b, err)
		require.Empty(b, result.LostTurns)
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	flows := 0
	for flows < b.N {
		n := min(batch, b.N-flows)
		var asks, settles []*storage.TurnWrite
		running := make([]*benchFlow, n)
		for i := range running {
			now = now.Add(200 * time.Microsecond)
			running[i] = newBenchFlow(sessions[random.IntN(len(sessions))], now, random)
			asks = append(asks, running[i].ask(random))
		}
		for _, f := range running {
			settles = append(settles, f.settle(random))
		}
		commit(asks)
		commit(settles)
		flows += n
	}
	before := processTime()
	require.NoError(b, store.Close()) // the last checkpoint is part of the price
	cpu += processTime() - before
	info, err := os.Stat(path)
	require.NoError(b, err)
	b.ReportMetric(float64(cpu.Microseconds())/float64(flows), "cpu-µs/flow")
	b.ReportMetric(float64(wall.Microseconds())/float64(2*flows), "µs/turn")
	b.ReportMetric(float64(info.Size())/float64(flows), "bytes/flow")
	b.ReportMetric(0, "ns/op")
}

func processTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
