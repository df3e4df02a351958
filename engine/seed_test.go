package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Without a seed of its own a turn is seeded by its event: run again it gives the same ids, and the turn of another event other ones.
func TestAnEventSeedsItsTurn(t *testing.T) {
	t.Parallel()
	catalog := engine.NewCatalog(engine.Rules{Handle: func(run *engine.Run) {
		run.SessionTimer("purpose", run.NewID(), run.Now().Add(time.Hour))
	}})
	env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: &flowdeskv1.Settings{TimeZone: "UTC"}}, "env", catalog.Rules)
	require.NoError(t, err)
	timer := func(event string, seed uint64) string {
		turn, err := catalog.Turn(engine.Input{
			Event: &flowdeskv1.Event{Id: event, Session: "s", Payload: &flowdeskv1.Event_Manual{Manual: &flowdeskv1.ManualStart{}}},
			Now:   time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC), State: engine.NewState("s"), Env: env, Seed: seed,
		})
		require.NoError(t, err)
		require.Equal(t, seed, turn.GetSeed(), "what the event gives needs no room")
		return turn.GetEffects()[0].GetSetTimer().GetSubject()
	}
	first, again := timer("e1", 0), timer("e1", 0)
	require.Equal(t, first, again)
	require.NotEqual(t, first, timer("e2", 0))
	require.NotEqual(t, first, timer("e1", 7))
}
