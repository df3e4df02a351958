//go:build faults

package promises

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/internal/fault/sim"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

// failed seeds of the past; each is played again with every change.
var failedSeeds = []uint64{0}

// G3: the simulation, seed by seed. -seed plays one.
func TestSimulation(t *testing.T) {
	beside(t)
	promise(t, "G3", func(t *testing.T, row *figures.Row) {
		seeds := failedSeeds
		for n := range scaled(t, uint64(200), 100_000, 300_000) {
			seeds = append(seeds, n+1)
		}
		if *seedFlag != 0 {
			seeds = []uint64{*seedFlag}
		}
		var kills, acknowledged atomic.Int64
		t.Run("seeds", func(t *testing.T) {
			for _, seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					bubble.Test(t, func(t *testing.T) {
						result := play(t, seed)
						kills.Add(int64(result.Crashes))
						acknowledged.Add(int64(result.Report.Acknowledged))
						require.NoError(t, result.Report.Err(), "replay it with -seed %d: %v", seed, result.Story)
					})
				})
			}
		})
		row.Seeds, row.Trials, row.Kills, row.Acknowledged = len(seeds), len(seeds), int(kills.Load()), int(acknowledged.Load())
	})
}

func play(t *testing.T, seed uint64) *sim.Result {
	t.Helper()
	validator, err := validate.New()
	require.NoError(t, err)
	catalog := nodes.Builtin()
	catalog.Validate = validator
	flow, err := rig.Flow("http://service.example", "3s")
	require.NoError(t, err)
	result, err := sim.Run(t.Context(), sim.Options{Seed: seed, Dir: t.TempDir(), Catalog: catalog, Flow: flow})
	require.NoError(t, err)
	return result
}
