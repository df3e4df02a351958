package validate_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/validate"
)

func TestViolationsNameTheField(t *testing.T) {
	check, err := validate.New()
	require.NoError(t, err)
	def := &flowdeskv1.FlowDefinition{
		Title: "x",
		Nodes: []*flowdeskv1.Node{
			{Id: "a", Config: &flowdeskv1.Node_TriggerManual{TriggerManual: &flowdeskv1.TriggerManual{}}},
			{Id: "b", Config: &flowdeskv1.Node_HumanHandoff{HumanHandoff: &flowdeskv1.HumanHandoff{Pause: durationpb.New(1)}}},
		},
	}
	found := check(def)
	require.Len(t, found, 1)
	require.Equal(t, "nodes[1].human_handoff.pause", found[0].Field)
	require.NotEmpty(t, found[0].Message)

	def.Nodes = def.GetNodes()[:1]
	require.Equal(t, []engine.Violation(nil), check(def))
}
