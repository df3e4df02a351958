package server

import (
	"context"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func (s *flowService) ListFlowTemplates(ctx context.Context, r *flowdeskv1.ListFlowTemplatesRequest) (*flowdeskv1.ListFlowTemplatesResponse, error) {
	answer := &flowdeskv1.ListFlowTemplatesResponse{}
	for _, template := range s.deps.Templates {
		shown := proto.CloneOf(template)
		for _, node := range shown.GetDefinition().GetNodes() {
			if t := s.deps.Runner.Catalog().Of(node); t != nil && t.Spec.GetFamily() == flowdeskv1.NodeFamily_NODE_FAMILY_TRIGGER {
				shown.Triggers = append(shown.Triggers, string(t.Kind))
			}
		}
		if r.GetWithoutDefinitions() {
			shown.Definition, shown.Layout = nil, nil
		}
		_, err := s.deps.Store.GetFlow(ctx, shown.GetId())
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		shown.Stored = err == nil
		answer.FlowTemplates = append(answer.FlowTemplates, shown)
	}
	return answer, nil
}
