package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestCompareFlows(t *testing.T) {
	t.Parallel()
	base := &flowdeskv1.FlowDefinition{
		Title: "t",
		Nodes: []*flowdeskv1.Node{
			{Id: "start", Config: &flowdeskv1.Node_TriggerManual{TriggerManual: &flowdeskv1.TriggerManual{}}},
			{Id: "branch", Config: &flowdeskv1.Node_AiReplyDecision{AiReplyDecision: &flowdeskv1.AiReplyDecision{}}},
			{Id: "old", Name: "Old", Config: &flowdeskv1.Node_SessionUpdate{SessionUpdate: &flowdeskv1.SessionUpdate{}}},
		},
		Edges: []*flowdeskv1.Edge{{From: "start", To: "branch"}, {From: "branch", Port: "reply", To: "old"}, {From: "branch", Port: "silent", To: "old"}},
	}
	place := func(x float64) *flowdeskv1.FlowLayout {
		return &flowdeskv1.FlowLayout{Positions: []*flowdeskv1.NodePosition{{Node: "start", X: x}}}
	}
	check := func(name string, change func(*flowdeskv1.FlowDefinition), from, to *flowdeskv1.FlowLayout, want *flowdeskv1.FlowComparison) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := proto.CloneOf(base)
			change(changed)
			require.Empty(t, cmp.Diff(want, engine.Compare(base, changed, from, to), protocmp.Transform()))
		})
	}
	check("nothing", func(*flowdeskv1.FlowDefinition) {}, place(1), place(1), &flowdeskv1.FlowComparison{Identical: true})
	check("layout only", func(*flowdeskv1.FlowDefinition) {}, place(1), place(2), &flowdeskv1.FlowComparison{
		LayoutOnly: true,
		Nodes:      []*flowdeskv1.NodeChange{{Node: "start", Kind: "TRIGGER_MANUAL", Change: flowdeskv1.ChangeKind_CHANGE_KIND_MOVED}},
	})
	check("a field of a node", func(d *flowdeskv1.FlowDefinition) {
		d.Nodes[1].GetAiReplyDecision().AnswerChitchat = proto.Bool(true)
		d.Nodes[1].Name = "Decide"
	}, nil, nil, &flowdeskv1.FlowComparison{Nodes: []*flowdeskv1.NodeChange{{
		Node: "branch", Kind: "AI_REPLY_DECISION", Title: "Decide", Change: flowdeskv1.ChangeKind_CHANGE_KIND_CHANGED,
		Fields: []*flowdeskv1.FieldChange{{Field: "name", NewValue: `"Decide"`}, {Field: "ai_reply_decision.answer_chitchat", NewValue: "true"}},
	}}})
	check("a node for another, rewired", func(d *flowdeskv1.FlowDefinition) {
		d.Nodes[2] = &flowdeskv1.Node{Id: "new", Config: &flowdeskv1.Node_ContextUpdate{ContextUpdate: &flowdeskv1.ContextUpdate{}}}
		d.Edges[1].To = "new"
		d.Edges = d.Edges[:2]
		d.Title = "u"
	}, nil, nil, &flowdeskv1.FlowComparison{
		Fields: []*flowdeskv1.FieldChange{{Field: "title", OldValue: `"t"`, NewValue: `"u"`}},
		Nodes: []*flowdeskv1.NodeChange{
			{Node: "new", Kind: "CONTEXT_UPDATE", Change: flowdeskv1.ChangeKind_CHANGE_KIND_ADDED},
			{Node: "old", Kind: "SESSION_UPDATE", Title: "Old", Change: flowdeskv1.ChangeKind_CHANGE_KIND_REMOVED},
		},
		Edges: []*flowdeskv1.EdgeChange{
			{From: "branch", Port: "reply", Change: flowdeskv1.ChangeKind_CHANGE_KIND_REWIRED, OldTo: "old", NewTo: "new"},
			{From: "branch", Port: "silent", Change: flowdeskv1.ChangeKind_CHANGE_KIND_REMOVED, OldTo: "old"},
		},
	})
}
