package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/internal/fault/sim"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

func options(t *testing.T, seed uint64) sim.Options {
	t.Helper()
	validator, err := validate.New()
	require.NoError(t, err)
	catalog := nodes.Builtin()
	catalog.Validate = validator
	flow, err := rig.Flow("http://service.example", "3s")
	require.NoError(t, err)
	return sim.Options{Seed: seed, Dir: t.TempDir(), Catalog: catalog, Flow: flow}
}

// A handful of seeds; make fault plays a thousand.
func TestSeeds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		bubble.Test(t, func(t *testing.T) {
			result, err := sim.Run(t.Context(), options(t, seed))
			require.NoError(t, err)
			require.NoError(t, result.Report.Err(), "seed %d: %v", seed, result.Story)
		})
	}
}

func TestASeedTellsTheSameStory(t *testing.T) {
	t.Parallel()
	var stories [2][]string
	for i := range stories {
		bubble.Test(t, func(t *testing.T) {
			result, err := sim.Run(t.Context(), options(t, 7))
			require.NoError(t, err)
			stories[i] = result.Story
		})
	}
	require.Equal(t, stories[0], stories[1])
}
