package server

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Presence says whether the database answers.
type Presence interface {
	// Away is why nothing can be done now; nil when it can.
	Away() error
	// While gives a context that ends when the database goes away. The function that is returned must be called.
	While(ctx context.Context) (context.Context, context.CancelFunc)
}

// presentUnary refuses requests while the database is away, and those that wait for it when it goes: nobody waits for a database that does
// not answer. Robots' callbacks do not pass here; they are kept on the disk.
func (s *Server) presentUnary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	p := s.deps.Presence
	if p == nil {
		return handle(ctx, request)
	}
	if err := p.Away(); err != nil {
		return nil, away(err)
	}
	ctx, cancel := p.While(ctx)
	defer cancel()
	answer, err := handle(ctx, request)
	if err != nil {
		if gone := p.Away(); gone != nil && ctx.Err() != nil {
			return nil, away(gone)
		}
	}
	return answer, err
}

func away(err error) error {
	return withReason(codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_STORAGE_UNAVAILABLE, err.Error())
}
