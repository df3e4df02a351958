package simulator_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// A line leads to the step in which it was said, and keeping one step less begins again ahead of it.
func TestALineLeadsBackToItsStep(t *testing.T) {
	c := newChat(t, newManager(t), "10:00")
	c.play(say("张三", "发票怎么开"))
	c.play(advance(10 * time.Second))
	state := c.play(say("李四", "怎么退款"))
	var words []string
	for i, step := range state.GetHistory() {
		require.EqualValues(t, i+1, step.GetNumber())
		words = append(words, step.GetText().GetZh())
	}
	require.Equal(t, []string{"张三：发票怎么开", "过了 10s", "李四：怎么退款"}, words)
	require.Equal(t, "2026-01-06T02:00:10Z", state.GetHistory()[2].GetTime().AsTime().Format(time.RFC3339))

	steps := map[string]int32{}
	for _, line := range state.GetLines() {
		steps[line.GetText()] = line.GetStep()
	}
	require.EqualValues(t, 1, steps["发票怎么开"])
	require.EqualValues(t, 3, steps["怎么退款"])
	require.EqualValues(t, 0, steps[answer], "a robot's line belongs to no step")

	r, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: steps["怎么退款"] - 1})
	require.NoError(t, err)
	require.Len(t, r.GetState().GetHistory(), 2)
	for _, line := range r.GetState().GetLines() {
		require.NotEqual(t, "怎么退款", line.GetText())
	}
}

// A clock that runs is one step, and playing that step again leads to the same.
func TestARunningClockIsOneStep(t *testing.T) {
	c := newChat(t, newManager(t), "22:30")
	tick := func() *flowdeskv1.SimulationState {
		r, err := c.m.PlaySimulation(t.Context(), &flowdeskv1.PlaySimulationRequest{
			Name: c.name, Steps: []*flowdeskv1.CaseStep{advance(30 * time.Second)}, JoinTime: true,
		})
		require.NoError(t, err)
		return r.GetState()
	}
	tick() // nothing to join yet
	c.play(say("张三", "发票怎么开"))
	var state *flowdeskv1.SimulationState
	for range 12 {
		state = tick()
	}
	require.Len(t, state.GetHistory(), 3)
	require.Equal(t, "过了 6m0s", state.GetHistory()[2].GetText().GetZh())
	require.Equal(t, "2026-01-06T14:36:30Z", state.GetSimulation().GetClock().AsTime().Format(time.RFC3339))
	require.Equal(t, answer, state.GetLines()[len(state.GetLines())-1].GetText())

	again, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 3})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(state.GetLines(), again.GetState().GetLines(), protocmp.Transform()))

	// Without the wish to join, each is a step of its own.
	state = c.play(advance(time.Second), advance(time.Second))
	require.Len(t, state.GetHistory(), 5)
}
