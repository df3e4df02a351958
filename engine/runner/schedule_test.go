package runner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/nodes"
)

// scheduled lets a story happen with flows that are due every minute.
func scheduled(t *testing.T, story func(w *world), flows ...string) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{})
		w.catalog = nodes.Builtin()
		handle := w.catalog.Rules.Handle
		w.catalog.Rules.Handle = func(run *engine.Run) {
			w.handle(run)
			handle(run)
		}
		w.Runner = w.runner(runner.Options{})
		for _, flow := range flows {
			w.publish(flow, "* * * * *")
		}
		w.start()
		defer w.close()
		story(w)
	})
}

// publish activates a flow with a schedule.
func (w *world) publish(flow, cron string) {
	w.t.Helper()
	definition, err := flowfile.Read([]byte(`
title: on time
nodes:
  - {id: clock, trigger_schedule: {cron: "` + cron + `"}}
  - {id: tell, notify: {text: now, targets: [{staff_group: true}]}}
edges: [{from: clock, to: tell}]
`))
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.CreateFlow(w.t.Context(), &flowdeskv1.Flow{Id: flow, Definition: definition}))
	_, err = w.store.PublishVersion(w.t.Context(), &flowdeskv1.FlowVersion{Flow: flow, Definition: definition}, true)
	require.NoError(w.t, err)
}

func TestAScheduleThatFailsHoldsUpNoOtherAndIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	scheduled(t, func(w *world) {
		w.on("schedule bad", func(*engine.Run) { panic("boom") })
		wait(10*time.Minute + time.Second)
		require.Equal(w.t, 10, w.ran("schedule.good schedule good"))
		require.Equal(w.t, 50, w.ran("schedule.bad schedule bad"), "five tries for each time")
	}, "good", "bad")
}

func TestAScheduleThatCannotBeReadIsTakenInLater(t *testing.T) {
	t.Parallel()
	scheduled(t, func(w *world) {
		w.store.set(func(s *store) { s.unread["schedule.late"] = errAway })
		w.publish("late", "* * * * *")
		require.NoError(w.t, w.Reload(w.t.Context()))
		wait(90 * time.Second)
		require.Zero(w.t, w.ran("schedule.late schedule late"))
		w.store.set(func(s *store) { s.unread = nil })
		wait(61 * time.Second)
		require.Equal(w.t, 1, w.ran("schedule.late schedule late"))
	}, "good")
}

func TestADueTimeIsRunOnceWhateverTheStoreAndTheClockDo(t *testing.T) {
	t.Parallel()
	scheduled(t, func(w *world) {
		w.store.set(func(s *store) { s.spoil = refuse })
		wait(61 * time.Second)
		w.store.set(func(s *store) { s.spoil = nil })
		wait(2 * time.Second)
		require.Len(w.t, w.times("schedule.good"), 1)
		w.jump(-30 * time.Minute)
		wait(29 * time.Minute)
		require.Len(w.t, w.times("schedule.good"), 1, "what was due has been")
		w.jump(2 * time.Hour)
		wait(5 * time.Second)
		require.LessOrEqual(w.t, len(w.times("schedule.good")), 3, "of the times that were jumped over only the latest counts")
		times := w.times("schedule.good")
		for i := 1; i < len(times); i++ {
			require.True(w.t, times[i].After(times[i-1]))
		}
	}, "good")
}
