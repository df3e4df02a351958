package simulator_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/simulator"
)

// newManager is a manager without a store of flows.
func newManager(t *testing.T, change ...func(*simulator.Options)) *simulator.Manager {
	t.Helper()
	options := simulator.Options{Dir: t.TempDir() + "/simulations", Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&options)
	}
	m, err := simulator.New(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	scenarios, err := simulator.Scenarios()
	require.NoError(t, err)
	require.Len(t, scenarios, 12)
	for _, scenario := range scenarios {
		t.Run(scenario.GetId(), func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, scenario.GetTitle().GetZh())
			require.NotEmpty(t, scenario.GetTitle().GetEn())
			require.NotEmpty(t, scenario.GetDescription().GetZh())
			require.NotEmpty(t, scenario.GetDescription().GetEn())
			result, err := newManager(t).Run(t.Context(), nil, scenario)
			require.NoError(t, err)
			require.Empty(t, result.GetError())
			require.NotEmpty(t, result.GetExpectations())
			for _, e := range result.GetExpectations() {
				require.Truef(t, e.GetPassed(), "step %d: expected %s; got %s", e.GetStep(), e.GetExpected(), e.GetGot())
			}
			require.True(t, result.GetPassed())
			t.Log(result.GetDuration().AsDuration().Round(time.Millisecond), result.GetTurns(), "turns")
		})
	}
}
