package server

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type textService struct {
	flowdeskv1.UnimplementedTextServiceServer
	*Server
}

func (s *textService) Understand(_ context.Context, r *flowdeskv1.UnderstandRequest) (*flowdeskv1.UnderstandResponse, error) {
	return &flowdeskv1.UnderstandResponse{Understanding: s.deps.Understand(s.deps.Runner.Env(), r.GetText(), r.GetLocale())}, nil
}
