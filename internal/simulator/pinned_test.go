package simulator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func packed(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	out, err := anypb.New(m)
	require.NoError(t, err)
	return out
}

func TestPinnedOutputTakesTheNodesPlace(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	reply := packed(t, &flowdeskv1.AiReplyGenerateOutput{Text: "固定的回复", Source: "template", Found: true})
	r, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{
		Choice: &flowdeskv1.FlowChoice{Pins: []*flowdeskv1.PinnedOutput{{Node: "generate", Output: reply}}}, Setup: setup("10:00"),
	})
	require.NoError(t, err)
	c := &chat{t, m, r.GetState().GetSimulation().GetName()}
	state := c.play(say("张三", "发票怎么开"), advance(10*time.Second))
	require.Equal(t, "固定的回复", outgoing(state)[0].GetText())
	var notes []string
	for _, step := range state.GetRuns()[0].GetPath() {
		if step.GetNode() == "generate" {
			notes = step.GetNotes()
		}
	}
	require.Equal(t, []string{"pinned output"}, notes, "the path says that nothing ran")
}

func TestPinsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	for name, pin := range map[string]*flowdeskv1.PinnedOutput{
		"no such node":   {Node: "nowhere"},
		"no such port":   {Node: "generate", Port: "sideways"},
		"another output": {Node: "generate", Output: packed(t, &flowdeskv1.DelayControlOutput{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{
				Choice: &flowdeskv1.FlowChoice{Pins: []*flowdeskv1.PinnedOutput{pin}}, Setup: setup("10:00"),
			})
			require.ErrorContains(t, err, "cannot be pinned")
		})
	}
}
