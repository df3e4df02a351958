package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A small desk stays small: below smallHeap the collector runs as often as it must, for a few hundredths of a processor. A larger one gets
// room in proportion to what it keeps.
const (
	smallHeap   = 124 << 20
	growth      = 200 // percent of what lives: the limit, not this, is what bounds a busy desk
	heapRoom    = 1.5
	lookAtHeap  = 2 * time.Second
	liveHeapKey = "/gc/heap/live:bytes"
)

// boundMemory keeps the memory limit of the Go runtime in step with what the process keeps, unless GOMEMLIMIT says what it is. Unless GOGC says so,
// the collector runs no oftener than the limit asks for.
func boundMemory(ctx context.Context) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(smallHeap)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	go func() {
		ticks := time.NewTicker(lookAtHeap)
		defer ticks.Stop()
		live := []metrics.Sample{{Name: liveHeapKey}}
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
			metrics.Read(live)
			if live[0].Value.Kind() == metrics.KindUint64 {
				debug.SetMemoryLimit(max(smallHeap, int64(float64(live[0].Value.Uint64())*heapRoom)))
			}
		}
	}()
}
