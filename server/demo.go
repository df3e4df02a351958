package server

import (
	"context"
	"errors"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type demoService struct {
	flowdeskv1.UnimplementedDemoServiceServer
	*Server
}

// Demo makes and removes demo data. Load and Remove must refuse with ErrConflict of storage while the other is under way.
type Demo interface {
	// State is how far the demo data is.
	State(ctx context.Context) (*flowdeskv1.Demo, error)
	// Load begins to make demo data; it does not wait for the end.
	Load(ctx context.Context) error
	// Remove removes it, or only counts.
	Remove(ctx context.Context, onlyCount bool) (*flowdeskv1.Demo, error)
}

// ErrNoDemo is a request about demo data to a server that offers none.
var ErrNoDemo = errors.New("this server offers no demo data")

func (s *demoService) demo() (Demo, error) {
	if s.deps.Demo == nil {
		return nil, ErrNoDemo
	}
	return s.deps.Demo, nil
}

func (s *demoService) GetDemo(ctx context.Context, _ *flowdeskv1.GetDemoRequest) (*flowdeskv1.GetDemoResponse, error) {
	demo, err := s.demo()
	if err != nil {
		return nil, err
	}
	state, err := demo.State(ctx)
	return &flowdeskv1.GetDemoResponse{Demo: state}, err
}

func (s *demoService) LoadDemo(ctx context.Context, _ *flowdeskv1.LoadDemoRequest) (*flowdeskv1.LoadDemoResponse, error) {
	demo, err := s.demo()
	if err != nil {
		return nil, err
	}
	state, err := demo.State(ctx)
	if err != nil {
		return nil, err
	}
	if state.GetState() != flowdeskv1.DemoState_DEMO_STATE_ABSENT {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "there is demo data already; remove it first")
	}
	if err := demo.Load(ctx); err != nil {
		return nil, err
	}
	state, err = demo.State(ctx)
	return &flowdeskv1.LoadDemoResponse{Demo: state}, err
}

func (s *demoService) RemoveDemo(ctx context.Context, r *flowdeskv1.RemoveDemoRequest) (*flowdeskv1.RemoveDemoResponse, error) {
	demo, err := s.demo()
	if err != nil {
		return nil, err
	}
	removed, err := demo.Remove(ctx, r.GetValidateOnly())
	return &flowdeskv1.RemoveDemoResponse{Demo: removed}, err
}
