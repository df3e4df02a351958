package server

import (
	"context"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// CompareFlowVersions implements the service.
func (s *flowService) CompareFlowVersions(ctx context.Context, r *flowdeskv1.CompareFlowVersionsRequest) (*flowdeskv1.CompareFlowVersionsResponse, error) {
	flow := id(r.GetName())
	from, fromLayout, err := s.definitionAt(ctx, flow, r.GetFromVersion())
	if err != nil {
		return nil, err
	}
	to, toLayout, err := s.definitionAt(ctx, flow, r.GetToVersion())
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.CompareFlowVersionsResponse{Comparison: engine.Compare(from, to, fromLayout, toLayout)}, nil
}

// definitionAt is a version's definition, or the draft's for version 0.
func (s *flowService) definitionAt(ctx context.Context, flow string, version int32) (*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout, error) {
	if version == 0 {
		f, err := s.deps.Store.GetFlow(ctx, flow)
		return f.GetDefinition(), f.GetLayout(), err
	}
	v, err := s.deps.Store.GetVersion(ctx, flow, version)
	return v.GetDefinition(), v.GetLayout(), err
}

func nodesByID(def *flowdeskv1.FlowDefinition) map[string]*flowdeskv1.Node {
	nodes := make(map[string]*flowdeskv1.Node, len(def.GetNodes()))
	for _, n := range def.GetNodes() {
		nodes[n.GetId()] = n
	}
	return nodes
}
