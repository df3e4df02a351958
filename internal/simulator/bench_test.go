package simulator_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/simulator"
)

func benchmarked(b *testing.B) *simulator.Manager {
	b.Helper()
	m, err := simulator.New(simulator.Options{Dir: b.TempDir() + "/simulations", Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, m.Close()) })
	return m
}

// BenchmarkSay is one message of a customer with all that follows at once, and the state after it.
func BenchmarkSay(b *testing.B) {
	m := benchmarked(b)
	r, err := m.CreateSimulation(b.Context(), &flowdeskv1.CreateSimulationRequest{Setup: setup("10:00")})
	require.NoError(b, err)
	for i := range b.N {
		if i%20 == 0 { // a chat as people have it
			_, err := m.ResetSimulation(b.Context(), &flowdeskv1.ResetSimulationRequest{Name: r.GetState().GetSimulation().GetName()})
			require.NoError(b, err)
		}
		_, err := m.PlaySimulation(b.Context(), &flowdeskv1.PlaySimulationRequest{
			Name: r.GetState().GetSimulation().GetName(), Steps: []*flowdeskv1.CaseStep{say("张三", "发票怎么开"), next(1)},
		})
		require.NoError(b, err)
	}
}

// BenchmarkCreate is a simulation from its beginning to its end.
func BenchmarkCreate(b *testing.B) {
	m := benchmarked(b)
	for b.Loop() {
		r, err := m.CreateSimulation(b.Context(), &flowdeskv1.CreateSimulationRequest{Setup: setup("10:00")})
		require.NoError(b, err)
		_, err = m.DeleteSimulation(b.Context(), &flowdeskv1.DeleteSimulationRequest{Name: r.GetState().GetSimulation().GetName()})
		require.NoError(b, err)
	}
}

// BenchmarkScenario plays a scenario of some minutes with its expectations.
func BenchmarkScenario(b *testing.B) {
	m := benchmarked(b)
	scenario, err := simulator.Scenario("02-question-in-the-evening")
	require.NoError(b, err)
	for b.Loop() {
		result, err := m.Run(b.Context(), nil, scenario)
		require.NoError(b, err)
		require.True(b, result.GetPassed())
	}
}
