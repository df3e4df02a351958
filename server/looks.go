package server

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ListLooks implements the service.
func (s *accessService) ListLooks(ctx context.Context, _ *flowdeskv1.ListLooksRequest) (*flowdeskv1.ListLooksResponse, error) {
	looks, err := s.deps.Store.ListLooks(ctx, actor(ctx))
	return &flowdeskv1.ListLooksResponse{ListLooks: looks}, err
}

// PutListLook implements the service. Two pages of one person that change the same list at once do not look at each other: the later one stays.
func (s *accessService) PutListLook(ctx context.Context, r *flowdeskv1.PutListLookRequest) (*flowdeskv1.PutListLookResponse, error) {
	return &flowdeskv1.PutListLookResponse{ListLook: r.GetListLook()}, s.deps.Store.PutLook(ctx, actor(ctx), r.GetListLook())
}
