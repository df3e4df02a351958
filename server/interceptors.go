package server

import (
	"context"
	"log/slog"
	"runtime/debug"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// recoverUnary keeps a panic of one request from ending the process.
func recoverUnary(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (answer any, err error) {
		defer func() {
			if p := recover(); p != nil {
				log.Error("request panicked", "method", info.FullMethod, "panic", p, "stack", string(debug.Stack()))
				err = withReason(codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL, "internal error; the server's log names the cause")
			}
		}()
		return handle(ctx, request)
	}
}

// mapErrors turns errors into statuses, and logs once those that nobody planned for.
func mapErrors(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		answer, err := handle(ctx, request)
		if err == nil {
			return answer, nil
		}
		mapped, known := toStatus(err)
		if !known {
			log.Error("request failed", "method", info.FullMethod, "error", err)
		}
		return nil, mapped
	}
}

// validate applies the field rules of the protos to every request.
func validate(validator protovalidate.Validator) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if m, ok := request.(proto.Message); ok {
			if err := validator.Validate(m); err != nil {
				return nil, err
			}
		}
		return handle(ctx, request)
	}
}
