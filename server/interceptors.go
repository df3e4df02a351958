package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// interceptors are applied in this order, the first one outermost. A stream passes the same ones, without the memory of answers and the
// record of changes.
func interceptors(s *Server, validator protovalidate.Validator, once *onceByRequest) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(append([]grpc.UnaryServerInterceptor{s.answerUnary, boundUnary, s.presentUnary, s.callerUnary}, s.known(validator, once)...)...),
		grpc.ChainStreamInterceptor(s.answerStream, s.callerStream, validateStream(validator)),
	}
}

// known are what a request passes once it is known who makes it.
func (s *Server) known(validator protovalidate.Validator, once *onceByRequest) []grpc.UnaryServerInterceptor {
	return []grpc.UnaryServerInterceptor{validateUnary(validator), wellFormedUnary, s.scopeUnary, once.unary, s.auditUnary}
}

// chained are interceptors as one, the first one outermost.
func chained(all ...grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		for _, one := range slices.Backward(all) {
			inner := handle
			handle = func(ctx context.Context, request any) (any, error) { return one(ctx, request, info, inner) }
		}
		return handle(ctx, request)
	}
}

type contextKey int

const (
	actorKey contextKey = iota
	requestKey
	attemptKey
)

// answerUnary names the request, keeps its panic from ending the process, and turns its error into a status.
func (s *Server) answerUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (answer any, err error) {
	ctx, n := withRequestID(ctx)
	_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDHeader, n.id)) // it fails only outside of a request
	defer func() {
		if err = forReader(readsChinese(ctx), s.ended(ctx, info.FullMethod, recover(), withSubject(request, err))); err != nil {
			answer = nil
		}
	}()
	return handle(ctx, request)
}

func (s *Server) answerStream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	ctx, n := withRequestID(stream.Context())
	_ = stream.SetHeader(metadata.Pairs(requestIDHeader, n.id)) // it fails only after the first message
	defer func() { err = forReader(readsChinese(ctx), s.ended(ctx, info.FullMethod, recover(), err)) }()
	return handle(server, &streamWith{ServerStream: stream, ctx: ctx})
}

// ended maps the error of a request, and puts the id of the request into it. Each is logged once with that id: what nobody planned for with
// its words, what was refused by its code.
func (s *Server) ended(ctx context.Context, method string, panicked any, err error) error {
	if panicked != nil {
		err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
	}
	if err == nil {
		return nil
	}
	mapped, known := toStatus(err)
	n, answer := requestOf(ctx), status.Convert(mapped)
	about := []slog.Attr{
		slog.String("method", method), slog.String("request", n.id), slog.String("trace", traceOf(ctx)),
		slog.String("caller", n.caller), slog.String("address", s.address(ctx)),
	}
	switch {
	case !known:
		s.deps.Log.LogAttrs(ctx, slog.LevelError, "request failed", append(about, slog.Any("error", err))...)
	case answer.Code() == codes.OK, answer.Code() == codes.Canceled: // whoever asked has gone
	default:
		if infrastructure(err) { // the answer has not its words
			about = append(about, slog.Any("error", err))
		}
		s.refusals.tell(ctx, refusalLevel(answer.Code()), append(about, slog.String("code", answer.Code().String()), slog.String("reason", reasonOf(answer)))...)
	}
	return withRequestInfo(mapped, n.id)
}

// reasonOf is why a request was refused, as a program tells it.
func reasonOf(s *status.Status) string {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// boundUnary gives a request an end when its caller did not.
func boundUnary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, unaryTimeout)
	defer cancel()
	return handle(ctx, request)
}

// validateUnary applies the field rules of the protos to every request.
func validateUnary(validator protovalidate.Validator) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if err := validateMessage(validator, request); err != nil {
			return nil, err
		}
		return handle(ctx, request)
	}
}

func validateStream(validator protovalidate.Validator) grpc.StreamServerInterceptor {
	return func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		return handle(server, &streamWith{ServerStream: stream, ctx: stream.Context(), validator: validator})
	}
}

func validateMessage(validator protovalidate.Validator, message any) error {
	if m, ok := message.(proto.Message); ok && validator != nil {
		return validator.Validate(m)
	}
	return nil
}

// streamWith is a stream with another context, whose requests are validated when it has a validator.
type streamWith struct {
	grpc.ServerStream

	ctx       context.Context //nolint:containedctx // that is how grpc hands it on
	validator protovalidate.Validator
}

// Context implements grpc.ServerStream.
func (s *streamWith) Context() context.Context { return s.ctx }

// RecvMsg implements grpc.ServerStream.
func (s *streamWith) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	return validateMessage(s.validator, message)
}

// unknownMethod answers calls of methods that do not exist.
func unknownMethod(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	return withReason(codes.Unimplemented, noSuchMethod, "there is no method "+method)
}
