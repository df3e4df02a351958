package server

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// onceByRequest gives a repeated request, one with the same request id, the first answer. Repetitions that overlap in this process wait for
// each other. Only answers are remembered: after an error the same id may be tried again. Where the process ended before the answer was stored,
// the turns tell what was done (attempt).
type onceByRequest struct {
	store storage.RequestStore
	log   *slog.Logger
	now   func() time.Time
	locks locks
	// submitted gives the turn that an earlier call's event had.
	submitted func(ctx context.Context, method, request string) (*flowdeskv1.Turn, error)
}

// identified is a request that can be repeated harmlessly.
type identified interface {
	proto.Message
	GetRequestId() string
}

func (o *onceByRequest) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	r, ok := request.(identified)
	if !ok || r.GetRequestId() == "" {
		return handle(ctx, request)
	}
	if v, ok := request.(interface{ GetValidateOnly() bool }); ok && v.GetValidateOnly() {
		return handle(ctx, request)
	}
	key := actor(ctx) + " " + info.FullMethod
	release, err := o.locks.acquire(ctx, key+" "+r.GetRequestId())
	if err != nil {
		return nil, err
	}
	defer release()
	digest, err := requestDigest(r)
	if err != nil {
		return nil, err
	}
	stored, err := o.store.GetRequest(ctx, key, r.GetRequestId())
	switch {
	case err == nil:
		return recall(stored, digest)
	case !errors.Is(err, storage.ErrNotFound):
		return nil, fmt.Errorf("look for the answer of request %s: %w", r.GetRequestId(), err)
	}
	call := &attempt{method: fmt.Sprintf("%s %x", key, digest), id: r.GetRequestId()}
	if err := call.recallTurns(ctx, o.submitted); err != nil {
		return nil, err
	}
	answer, err := handle(context.WithValue(ctx, attemptKey, call), request)
	if err != nil {
		return nil, err
	}
	if err := o.remember(context.WithoutCancel(ctx), key, r.GetRequestId(), digest, answer); err != nil {
		o.log.Error("remember answer", slog.String("method", info.FullMethod), slog.String("request", requestOf(ctx).id), slog.Any("error", err))
	}
	return answer, nil
}

func requestDigest(request proto.Message) (uint64, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return 0, fmt.Errorf("marshal request: %w", err)
	}
	sum := sha256.Sum256(data)
	return binary.BigEndian.Uint64(sum[:]), nil
}

func (o *onceByRequest) remember(ctx context.Context, key, id string, digest uint64, answer any) error {
	m, ok := answer.(proto.Message)
	if !ok {
		return fmt.Errorf("answer of type %T is no message", answer)
	}
	typed, err := anypb.New(m)
	if err != nil {
		return fmt.Errorf("wrap answer: %w", err)
	}
	data, err := proto.Marshal(typed)
	if err != nil {
		return fmt.Errorf("marshal answer: %w", err)
	}
	return o.store.PutRequest(ctx, key, id, append(binary.BigEndian.AppendUint64(nil, digest), data...), o.now())
}

func recall(stored []byte, digest uint64) (proto.Message, error) {
	const digestSize = 8
	typed := &anypb.Any{}
	if len(stored) < digestSize || proto.Unmarshal(stored[digestSize:], typed) != nil {
		return nil, withReason(codes.DataLoss, flowdeskv1.ErrorReason_ERROR_REASON_CORRUPT, "the stored answer of this request id cannot be read")
	}
	if binary.BigEndian.Uint64(stored) != digest {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED, "the request id was used by a different request")
	}
	answer, err := typed.UnmarshalNew()
	if err != nil {
		return nil, fmt.Errorf("read the stored answer: %w", err)
	}
	return answer, nil
}
