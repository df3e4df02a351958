package runner_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Whoever submits while the runner ends gets an answer, and what was acknowledged is stored. Leaks are found by TestMain.
func TestEveryEventIsAnsweredWhileTheRunnerEnds(t *testing.T) {
	t.Parallel()
	for round := range 10 {
		w := newWorld(t, runner.Options{BatchLimit: 4})
		w.sends("a")
		w.start()
		var all sync.WaitGroup
		acknowledged := make([]int, 8)
		begun := make(chan struct{})
		begin := sync.OnceFunc(func() { close(begun) })
		for g := range acknowledged {
			all.Go(func() {
				for {
					err := w.send(fmt.Sprint("s", g%3), "a")
					if err != nil {
						if !errors.Is(err, runner.ErrStopping) {
							panic(err)
						}
						return
					}
					acknowledged[g]++
					begin()
				}
			})
		}
		<-begun // on a busy machine that may take a while
		<-time.After(time.Duration(20+round) * time.Millisecond)
		w.Close()
		all.Wait()
		want, got := 0, 0
		for _, n := range acknowledged {
			want += n
		}
		for s := range 3 {
			got += len(w.stored(fmt.Sprint("s", s)))
		}
		require.Positive(t, want)
		require.Equal(t, want, got)
		require.Len(t, w.stored("other"), want, "what was begun is ended")
		require.ErrorIs(t, w.send("s", "late"), runner.ErrStopping)
		require.NoError(t, w.store.Close())
	}
}

// A store that hangs must not keep the runner from ending, nor leave anybody without an answer.
func TestTheEndIsBounded(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		hold := make(chan struct{})
		w.store.set(func(s *store) {
			s.spoil = func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				<-hold
				return commit()
			}
		})
		var ends []error
		for n := range 3 {
			require.NoError(w.t, w.SubmitWith(signal("s", fmt.Sprint(n)), nil, func(_ *flowdeskv1.Turn, err error) { ends = append(ends, err) }))
		}
		time.AfterFunc(20*time.Second, func() { close(hold) })
		w.Close()
		require.Len(w.t, ends, 3)
		w.Deliver(&storage.Delivery{}, func(_ bool, err error) { ends = append(ends, err) })
		wait(time.Second)
		require.Len(w.t, ends, 4)
		require.ErrorIs(w.t, ends[3], runner.ErrStopping)
	})
}

// A turn that takes long while the runner ends is refused, not lost in between.
func TestATurnThatEndsTooLateIsRefused(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.on("slow", func(*engine.Run) { <-time.After(15 * time.Second) })
		end := make(chan error, 2)
		go func() { end <- w.send("s", "slow") }()
		wait(time.Second)
		go func() { end <- w.send("s", "behind") }()
		wait(time.Second)
		w.Close()
		wait(time.Minute)
		require.ErrorIs(w.t, <-end, runner.ErrStopping)
		require.ErrorIs(w.t, <-end, runner.ErrStopping)
		require.Empty(w.t, w.stored("s"))
	})
}
