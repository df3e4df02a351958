package server

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type modelService struct {
	flowdeskv1.UnimplementedModelServiceServer
	*Server
}

// Models tells of the configured models.
type Models interface {
	// Providers are the configured providers with their health, without their keys.
	Providers() []*flowdeskv1.ModelProvider
	// Budgets are today's budgets.
	Budgets() []*flowdeskv1.ModelBudget
	// FlushUsage stores the usage that is not stored yet.
	FlushUsage(ctx context.Context) error
}

func (s *modelService) ListModelProviders(context.Context, *flowdeskv1.ListModelProvidersRequest) (*flowdeskv1.ListModelProvidersResponse, error) {
	answer := &flowdeskv1.ListModelProvidersResponse{}
	if s.deps.Models == nil {
		return answer, nil
	}
	answer.ModelProviders, answer.Budgets = s.deps.Models.Providers(), s.deps.Models.Budgets()
	for _, p := range answer.GetModelProviders() {
		p.Name = "modelProviders/" + p.GetId()
	}
	return answer, nil
}

func (s *modelService) ListModelUsage(ctx context.Context, r *flowdeskv1.ListModelUsageRequest) (*flowdeskv1.ListModelUsageResponse, error) {
	if s.deps.Models != nil {
		if err := s.deps.Models.FlushUsage(ctx); err != nil {
			return nil, err
		}
	}
	usage, next, err := s.deps.Store.ListModelUsage(ctx, storage.UsageFilter{FirstDay: r.GetFirstDay(), LastDay: r.GetLastDay()},
		page(r.GetPageSize(), r.GetPageToken()))
	return &flowdeskv1.ListModelUsageResponse{ModelUsage: usage, NextPageToken: next}, err
}
