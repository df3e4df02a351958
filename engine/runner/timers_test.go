package runner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
)

// arm lets a session arm a timer of its own.
func (w *world) arm(session, subject string, after time.Duration) {
	w.t.Helper()
	w.on("arm", func(run *engine.Run) { run.SessionTimer("test", subject, run.Now().Add(after)) })
	require.NoError(w.t, w.send(session, "arm"))
}

func TestATimerRingsWhenItIsDueAndOnce(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.arm("s", "bell", 20*time.Minute)
		w.arm("s", "far", 3*time.Hour)
		wait(20*time.Minute - time.Second)
		require.Zero(w.t, w.ran("s bell"))
		wait(2 * time.Second)
		require.Equal(w.t, 1, w.ran("s bell"))
		wait(3*time.Hour - 20*time.Minute)
		require.Equal(w.t, 1, w.ran("s bell"))
		require.Equal(w.t, 1, w.ran("s far"))
	})
}

func TestATimerThatChangesRingsAtItsNewTime(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		for range 100 {
			w.arm("s", "bell", 10*time.Minute)
			wait(time.Minute)
		}
		require.Zero(w.t, w.ran("s bell"))
		w.arm("s", "bell", time.Minute)
		wait(61 * time.Second)
		require.Equal(w.t, 1, w.ran("s bell"))
	})
}

func TestATimerSurvivesARestart(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.arm("s", "bell", 10*time.Minute)
		w.arm("s", "near", time.Minute)
		w.Close()
		wait(5 * time.Minute)
		next := w.runner(runner.Options{})
		require.NoError(w.t, next.Start(w.t.Context()))
		defer next.Close()
		wait(time.Second)
		require.Equal(w.t, 1, w.ran("s near"), "what was due meanwhile rings at once")
		wait(5 * time.Minute)
		require.Equal(w.t, 1, w.ran("s bell"))
	})
}

func TestATimerThatCannotActRingsAgainSoon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ spoil, mend func(s *store) }{
		"its turn cannot be stored":   {func(s *store) { s.spoil = refuse }, func(s *store) { s.spoil = nil }},
		"its session cannot be read":  {func(s *store) { s.away = errAway }, func(s *store) { s.away = nil }},
		"its session is in no memory": {func(s *store) { s.unread["s"] = errAway }, func(s *store) { s.unread = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				w.arm("s", "bell", time.Minute)
				w.Close() // the next runner has no session in memory
				next := w.runner(runner.Options{})
				require.NoError(w.t, next.Start(w.t.Context()))
				defer next.Close()
				w.store.set(c.spoil)
				wait(3 * time.Minute)
				require.Equal(w.t, []string{"arm"}, w.stored("s"))
				w.store.set(c.mend)
				wait(10 * time.Second)
				require.Equal(w.t, []string{"arm", "timer"}, w.stored("s"))
			})
		})
	}
}

func TestAPoisonedTimerDoesNotSilenceTheOthers(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.on("poison", func(*engine.Run) { panic("boom") })
		w.arm("s", "poison", time.Minute)
		w.arm("s", "bell", time.Minute)
		w.arm("s", "late", time.Hour)
		wait(2 * time.Minute)
		require.Equal(w.t, 1, w.ran("s bell"))
		wait(time.Hour)
		require.Equal(w.t, 1, w.ran("s late"))
		require.Equal(w.t, 5, w.ran("s poison"), "it is quarantined once")
	})
}

func TestAJumpOfTheClockIsSeenSoon(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.arm("s", "bell", 20*time.Minute)
		w.arm("s", "late", 40*time.Minute)
		wait(time.Minute)
		w.jump(20 * time.Minute)
		wait(2 * time.Second)
		require.Equal(w.t, 1, w.ran("s bell"))
		require.Zero(w.t, w.ran("s late"))
		w.jump(-time.Hour)
		wait(30 * time.Minute)
		require.Zero(w.t, w.ran("s late"), "never before its time")
		wait(50 * time.Minute)
		require.Equal(w.t, 1, w.ran("s late"))
		require.Equal(w.t, 1, w.ran("s bell"))
	})
}
