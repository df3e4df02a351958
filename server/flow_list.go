package server

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func (s *flowService) ListFlows(ctx context.Context, r *flowdeskv1.ListFlowsRequest) (*flowdeskv1.ListFlowsResponse, error) {
	filter := storage.FlowFilter{Text: r.GetQuery(), Active: r.Active, Label: r.GetLabel(), Order: flowOrder(r.GetOrder())}
	flows, next, err := s.deps.Store.ListFlows(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	by := s.authors()
	for _, f := range flows {
		if _, err := by.flow(ctx, f); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.ListFlowsResponse{Flows: flows, NextPageToken: next}, nil
}

func flowOrder(order flowdeskv1.FlowOrder) storage.FlowOrder {
	switch order {
	case flowdeskv1.FlowOrder_FLOW_ORDER_UNSPECIFIED, flowdeskv1.FlowOrder_FLOW_ORDER_NEWEST:
	case flowdeskv1.FlowOrder_FLOW_ORDER_OLDEST:
		return storage.FlowOrder{Reverse: true}
	case flowdeskv1.FlowOrder_FLOW_ORDER_TITLE:
		return storage.FlowOrder{By: storage.FlowTitle}
	case flowdeskv1.FlowOrder_FLOW_ORDER_TITLE_BACKWARD:
		return storage.FlowOrder{By: storage.FlowTitle, Reverse: true}
	case flowdeskv1.FlowOrder_FLOW_ORDER_CHANGED:
		return storage.FlowOrder{By: storage.FlowChanged}
	case flowdeskv1.FlowOrder_FLOW_ORDER_CHANGED_EARLIEST:
		return storage.FlowOrder{By: storage.FlowChanged, Reverse: true}
	}
	return storage.FlowOrder{}
}
