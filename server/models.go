package server

import (
	"context"
	"fmt"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type modelService struct {
	flowdeskv1.UnimplementedModelServiceServer
	*Server
}

// Models keeps the models.
type Models interface {
	// Providers are the providers with their health, without their keys.
	Providers() []*flowdeskv1.ModelProvider
	// Budgets are today's budgets.
	Budgets() []*flowdeskv1.ModelBudget
	// FlushUsage stores the usage that is not stored yet.
	FlushUsage(ctx context.Context) error
	// PutProvider creates or replaces a provider, or only says whether it could.
	PutProvider(ctx context.Context, provider *flowdeskv1.ModelProvider, key string, validateOnly bool) error
	// DeleteProvider forgets a provider and its key.
	DeleteProvider(ctx context.Context, id, etag string) error
	// TestProvider asks a provider a short question.
	TestProvider(ctx context.Context, id string) (*flowdeskv1.TestModelProviderResponse, error)
	// Presets are what is known of providers.
	Presets() ([]*flowdeskv1.ModelPreset, error)
}

// ModelSecret begins the names of the secrets that hold providers of models. Nobody's own secret has a dot in its name.
const ModelSecret = "model."

// IsModelSecret reports whether a secret holds a provider of models, by its resource name.
func IsModelSecret(name string) bool { return strings.HasPrefix(name, "secrets/"+ModelSecret) }

func (s *modelService) providers() []*flowdeskv1.ModelProvider {
	all := s.deps.Models.Providers()
	for _, p := range all {
		p.Name = "modelProviders/" + p.GetId()
	}
	return all
}

func (s *modelService) ListModelProviders(context.Context, *flowdeskv1.ListModelProvidersRequest) (*flowdeskv1.ListModelProvidersResponse, error) {
	if s.deps.Models == nil {
		return &flowdeskv1.ListModelProvidersResponse{}, nil
	}
	return &flowdeskv1.ListModelProvidersResponse{ModelProviders: s.providers(), Budgets: s.deps.Models.Budgets()}, nil
}

func (s *modelService) PutModelProvider(ctx context.Context, r *flowdeskv1.PutModelProviderRequest) (*flowdeskv1.PutModelProviderResponse, error) {
	if s.deps.Models == nil {
		return nil, RefuseUnoffered("this server asks no models")
	}
	given := r.GetModelProvider()
	if err := s.deps.Models.PutProvider(ctx, given, r.GetKey(), r.GetValidateOnly()); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.PutModelProviderResponse{ModelProvider: given}, nil
	}
	for _, p := range s.providers() {
		if p.GetId() == id(given.GetName()) {
			return &flowdeskv1.PutModelProviderResponse{ModelProvider: p}, nil
		}
	}
	return nil, fmt.Errorf("provider %s: %w", id(given.GetName()), storage.ErrNotFound)
}

func (s *modelService) DeleteModelProvider(ctx context.Context, r *flowdeskv1.DeleteModelProviderRequest) (*flowdeskv1.DeleteModelProviderResponse, error) {
	if s.deps.Models == nil {
		return nil, RefuseUnoffered("this server asks no models")
	}
	return &flowdeskv1.DeleteModelProviderResponse{}, s.deps.Models.DeleteProvider(ctx, id(r.GetName()), r.GetEtag())
}

func (s *modelService) TestModelProvider(ctx context.Context, r *flowdeskv1.TestModelProviderRequest) (*flowdeskv1.TestModelProviderResponse, error) {
	if s.deps.Models == nil {
		return nil, RefuseUnoffered("this server asks no models")
	}
	return s.deps.Models.TestProvider(ctx, id(r.GetName()))
}

func (s *modelService) ListModelPresets(context.Context, *flowdeskv1.ListModelPresetsRequest) (*flowdeskv1.ListModelPresetsResponse, error) {
	if s.deps.Models == nil {
		return &flowdeskv1.ListModelPresetsResponse{}, nil
	}
	presets, err := s.deps.Models.Presets()
	return &flowdeskv1.ListModelPresetsResponse{ModelPresets: presets}, err
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
