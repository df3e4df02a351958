package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// inNoFile are the codes of what a stored or sent definition can hold and a file cannot: the reader of files refuses it first.
var inNoFile = []string{"FD1008", "FD1009", "FD1010"}

func TestDefinitionsThatNoFileCanHold(t *testing.T) {
	t.Parallel()
	small := func() *flowdeskv1.FlowDefinition {
		return &flowdeskv1.FlowDefinition{
			Title: "最小流程", Nodes: []*flowdeskv1.Node{
				{Id: "start", Config: &flowdeskv1.Node_TriggerWebhook{TriggerWebhook: &flowdeskv1.TriggerWebhook{}}},
				{Id: "note", Config: &flowdeskv1.Node_AnalysisTrigger{AnalysisTrigger: &flowdeskv1.AnalysisTrigger{}}},
			},
			Edges: []*flowdeskv1.Edge{{From: "start", To: "note"}},
		}
	}
	for _, c := range []struct {
		name, code, node string
		spoil            func(*flowdeskv1.FlowDefinition)
	}{
		{"a field of a newer version", "FD1008", "note", func(d *flowdeskv1.FlowDefinition) {
			unknown := protowire.AppendVarint(protowire.AppendTag(nil, 9999, protowire.VarintType), 1)
			d.GetNodes()[1].GetAnalysisTrigger().ProtoReflect().SetUnknown(unknown)
		}},
		{"a number that is no value of its enum", "FD1009", "", func(d *flowdeskv1.FlowDefinition) { d.ErrorPolicy = 99 }},
		{"too large", "FD1010", "", func(d *flowdeskv1.FlowDefinition) { d.Description = strings.Repeat("长", engine.MaxDefinition) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			def := small()
			catalog := corpusCatalog(t, "")
			program, diagnostics := catalog.Compile("f", 1, proto.CloneOf(def))
			require.NotNil(t, program, "%v", diagnostics)
			c.spoil(def)
			program, diagnostics = catalog.Compile("f", 1, def)
			require.Nil(t, program)
			found := false
			for _, d := range diagnostics {
				found = found || d.GetCode() == c.code && d.GetNode() == c.node
			}
			require.True(t, found, "%v", diagnostics)
		})
	}
}
