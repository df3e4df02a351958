package runner_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Invariant 1.
func TestAnEventIsAcknowledgedWhenItsTurnIsStored(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		hold := make(chan struct{})
		w.store.set(func(s *store) {
			s.spoil = func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				<-hold
				return commit()
			}
		})
		answered := false
		go func() {
			_ = w.send("s", "a")
			answered = true
		}()
		synctest.Wait()
		require.Equal(w.t, 1, w.ran("s a"), "its turn ran")
		require.False(w.t, answered)
		close(hold)
		wait(time.Second)
		require.True(w.t, answered)
		require.Equal(w.t, []string{"a"}, w.stored("s"))
	})
}

// Invariants 2 and 3: two runners on one store, as when a lease is lost. Each event is applied once; those of one runner in their order.
func TestTwoRunnersApplyEachEventOnceAndInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, runner.Options{BatchLimit: 7})
	w.start()
	other := w.runner(runner.Options{BatchLimit: 5})
	require.NoError(t, other.Start(t.Context()))
	const events, sessions = 300, 5
	var all sync.WaitGroup
	for name, r := range map[string]*runner.Runner{"a": w.Runner, "b": other} {
		for n := range events {
			all.Add(1)
			require.NoError(t, r.SubmitWith(signal(fmt.Sprint("s", n%sessions), fmt.Sprint(name, n)), nil, func(_ *flowdeskv1.Turn, err error) {
				defer all.Done()
				require.NoError(t, err)
			}))
		}
	}
	all.Wait()
	for s := range sessions {
		stored := w.stored(fmt.Sprint("s", s))
		require.Len(t, stored, 2*events/sessions)
		for _, name := range []string{"a", "b"} {
			last := -1
			for _, signal := range stored {
				if signal[:1] == name {
					n, err := strconv.Atoi(signal[1:])
					require.NoError(t, err)
					require.Greater(t, n, last)
					last = n
				}
			}
		}
	}
	other.Close()
	w.close()
}

// Invariant 3: a turn that loses takes none of its neighbours with it, and none of them runs again.
func TestAStaleSessionLosesAlone(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		require.NoError(w.t, w.send("stale", "first"))
		other := w.runner(runner.Options{})
		require.NoError(w.t, other.Start(w.t.Context()))
		defer other.Close()
		_, err := other.Submit(w.t.Context(), signal("stale", "elsewhere"))
		require.NoError(w.t, err)
		hold := make(chan struct{})
		w.store.set(func(s *store) {
			s.spoil = func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				<-hold
				return commit()
			}
		})
		for _, e := range [][2]string{{"x", "1"}, {"stale", "2"}, {"stale", "3"}, {"y", "4"}} {
			require.NoError(w.t, w.SubmitWith(signal(e[0], e[1]), nil, func(_ *flowdeskv1.Turn, err error) { require.NoError(w.t, err) }))
		}
		synctest.Wait()
		close(hold)
		wait(time.Second)
		require.Equal(w.t, []string{"first", "elsewhere", "2", "3"}, w.stored("stale"))
		require.Equal(w.t, 2, w.ran("stale 2"))
		require.Equal(w.t, 2, w.ran("stale 3"))
		require.Equal(w.t, 1, w.ran("x 1"))
		require.Equal(w.t, 1, w.ran("y 4"))
	})
}

// Invariant 8.
func TestAPoisonedEventIsQuarantinedAfterFiveTriesAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.on("poison", func(*engine.Run) { panic("boom") })
		var ends []string
		for _, e := range [][2]string{{"s", "a"}, {"s", "poison"}, {"s", "b"}, {"other", "c"}} {
			require.NoError(w.t, w.SubmitWith(signal(e[0], e[1]), nil, func(_ *flowdeskv1.Turn, err error) {
				if err != nil {
					require.ErrorIs(w.t, err, runner.ErrQuarantined)
				}
				ends = append(ends, e[1])
			}))
		}
		wait(time.Second)
		require.ElementsMatch(w.t, []string{"a", "poison", "b", "c"}, ends)
		require.Equal(w.t, 5, w.ran("s poison"))
		require.Equal(w.t, []string{"a", "b"}, w.stored("s"))
		require.Equal(w.t, []string{"c"}, w.stored("other"))
		aside, _, err := w.store.ListQuarantine(w.t.Context(), storage.QuarantineFilter{}, storage.Page{})
		require.NoError(w.t, err)
		require.Len(w.t, aside, 1)
		require.Equal(w.t, "poison", aside[0].Event.GetSignal().GetName())
		require.Contains(w.t, aside[0].Reason, "boom")
		require.EqualValues(w.t, 5, aside[0].Tries)
	})
}

// Invariant 8: what the store refuses for good fails alone.
func TestATurnThatTheStoreRefusesForGoodFailsAlone(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		hold := make(chan struct{})
		w.store.set(func(s *store) {
			s.spoil = func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				<-hold
				if slices.ContainsFunc(batch.Turns, func(turn *storage.TurnWrite) bool { return turn.Session == "bad" }) {
					return nil, storage.ErrExists
				}
				return commit()
			}
		})
		var failed []string
		for _, e := range [][2]string{{"x", "1"}, {"bad", "2"}, {"y", "3"}, {"y", "4"}, {"z", "5"}} {
			require.NoError(w.t, w.SubmitWith(signal(e[0], e[1]), nil, func(_ *flowdeskv1.Turn, err error) {
				if err != nil {
					require.ErrorIs(w.t, err, runner.ErrQuarantined)
					failed = append(failed, e[1])
				}
			}))
		}
		delivered := false
		w.Deliver(&storage.Delivery{Command: "none"}, func(lost bool, err error) { delivered = lost && err == nil })
		synctest.Wait()
		close(hold)
		wait(time.Second)
		require.Equal(w.t, []string{"2"}, failed)
		require.Equal(w.t, []string{"1"}, w.stored("x"))
		require.Equal(w.t, []string{"3", "4"}, w.stored("y"))
		require.Equal(w.t, []string{"5"}, w.stored("z"))
		require.True(w.t, delivered)
	})
}

// A session that cannot be read keeps its events for a person.
func TestEventsOfABrokenSessionAreKept(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		_, err := w.store.Store.Commit(w.t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{{Session: "s", Event: "e", Data: []byte{0xff}, Time: time.Now()}}})
		require.NoError(w.t, err)
		require.ErrorIs(w.t, w.send("s", "a"), runner.ErrQuarantined)
		aside, _, err := w.store.ListQuarantine(w.t.Context(), storage.QuarantineFilter{}, storage.Page{})
		require.NoError(w.t, err)
		require.Len(w.t, aside, 1)
	})
}

// Whoever brings an event works for it, and not for all who come after.
func TestNobodyWorksForOthersInABusySession(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		release := make(chan struct{})
		w.on("slow", func(*engine.Run) { <-release })
		w.on("own", func(*engine.Run) {
			require.NoError(w.t, w.SubmitWith(signal("s", "slow"), nil, func(*flowdeskv1.Turn, error) {}))
		})
		time.AfterFunc(time.Minute, func() { close(release) })
		begin := time.Now()
		require.NoError(w.t, w.send("s", "own"))
		require.Less(w.t, time.Since(begin), time.Second)
		wait(2 * time.Minute)
		require.Equal(w.t, []string{"own", "slow"}, w.stored("s"))
	})
}

// A caller that leaves does not take its event back.
func TestAnEventWhoseCallerLeavesIsApplied(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		hold := make(chan struct{})
		w.store.set(func(s *store) {
			s.spoil = func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
				<-hold
				return commit()
			}
		})
		ctx, leave := context.WithTimeout(w.t.Context(), time.Second)
		defer leave()
		_, err := w.Submit(ctx, signal("s", "a"))
		require.ErrorIs(w.t, err, context.DeadlineExceeded)
		close(hold)
		wait(time.Second)
		require.Equal(w.t, []string{"a"}, w.stored("s"))
	})
}
