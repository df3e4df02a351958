package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/storage"
)

// requestIDHeader carries the id by which a request is found in the log. A caller may give one; every answer bears it.
const requestIDHeader = "x-request-id"

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,100}$`)

// interceptors are applied in this order, the first one outermost. A stream passes the same ones, without the memory of answers and the
// record of changes.
func interceptors(s *Server, validator protovalidate.Validator, once *onceByRequest) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(s.answerUnary, boundUnary, s.presentUnary, s.callerUnary, validateUnary(validator), wellFormedUnary, s.scopeUnary, once.unary, s.auditUnary),
		grpc.ChainStreamInterceptor(s.answerStream, s.callerStream, validateStream(validator)),
	}
}

type contextKey int

const (
	actorKey contextKey = iota
	requestKey
	attemptKey
)

func withRequestID(ctx context.Context) (context.Context, string) {
	id := ""
	if md, ok := metadata.FromIncomingContext(ctx); ok && len(md.Get(requestIDHeader)) > 0 {
		id = md.Get(requestIDHeader)[0]
	}
	if !requestIDPattern.MatchString(id) {
		id = rand.Text()
	}
	return context.WithValue(ctx, requestKey, id), id
}

// answerUnary names the request, keeps its panic from ending the process, and turns its error into a status.
func (s *Server) answerUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (answer any, err error) {
	ctx, id := withRequestID(ctx)
	_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDHeader, id)) // it fails only outside of a request
	defer func() {
		if named, ok := request.(interface{ GetName() string }); ok && errors.Is(err, storage.ErrNotFound) && isMissing(err, named.GetName()) {
			err = fmt.Errorf("%s: %w", named.GetName(), err)
		}
		if err = forReader(readsChinese(ctx), s.ended(info.FullMethod, id, recover(), err)); err != nil {
			answer = nil
		}
	}()
	return handle(ctx, request)
}

var notFound = regexp.MustCompile(`get (\w+): `)

// isMissing reports whether what was not found is what a name stands for, and not something else that the request speaks of.
func isMissing(err error, name string) bool {
	parts, noun := strings.Split(name, "/"), notFound.FindStringSubmatch(err.Error())
	if len(parts) < 2 || noun == nil {
		return false
	}
	kind := strings.ToLower(strings.TrimSuffix(parts[len(parts)-2], "s")) // of trackTasks/x a task, of flows/x/versions/2 a version
	return strings.HasSuffix(kind, noun[1]) || kind == "people" && noun[1] == "person"
}

func (s *Server) answerStream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	ctx, id := withRequestID(stream.Context())
	_ = stream.SetHeader(metadata.Pairs(requestIDHeader, id)) // it fails only after the first message
	defer func() { err = forReader(readsChinese(ctx), s.ended(info.FullMethod, id, recover(), err)) }()
	return handle(server, &streamWith{ServerStream: stream, ctx: ctx})
}

// ended maps the error of a request. What nobody planned for is logged, once, with the id that the answer bears.
func (s *Server) ended(method, id string, panicked any, err error) error {
	if panicked != nil {
		err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
	}
	if err == nil {
		return nil
	}
	mapped, known := toStatus(err)
	if !known {
		s.deps.Log.Error("request failed", slog.String("method", method), slog.String("request", id), slog.Any("error", err))
		if detailed, failed := status.Convert(mapped).WithDetails(&errdetails.RequestInfo{RequestId: id}); failed == nil {
			mapped = detailed.Err()
		}
	}
	return mapped
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
