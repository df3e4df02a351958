package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/flowdesk/flowdesk/engine/runner/tracing"
)

const (
	// requestIDHeader carries the id by which a request is found: in its error, in the log, in the audit record, and as the trace of the turns
	// and commands that it leads to. A caller may give one; every answer bears it.
	requestIDHeader = "x-request-id"
	// traceHeader carries the trace that a request belongs to, by W3C Trace Context. Its id names a request that bears no other.
	traceHeader = "traceparent"
)

var (
	requestIDPattern   = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,100}$`)
	traceparentPattern = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$`)
)

// named is what is known of a request by all who serve it.
type named struct {
	id     string
	caller string // resource name; empty until it is known
}

// requestOf is the request that a context serves; one without an id outside of requests.
func requestOf(ctx context.Context) *named {
	if n, ok := ctx.Value(requestKey).(*named); ok {
		return n
	}
	return &named{}
}

// withRequestID names a request.
func withRequestID(ctx context.Context) (context.Context, *named) {
	md, _ := metadata.FromIncomingContext(ctx)
	n := &named{id: first(md.Get(requestIDHeader))}
	if span := trace.SpanFromContext(ctx); !requestIDPattern.MatchString(n.id) && span.SpanContext().IsValid() {
		n.id = span.SpanContext().TraceID().String()
	} else {
		n.id = requestID(n.id, first(md.Get(traceHeader)))
		span.SetAttributes(attribute.String("request", n.id))
	}
	return context.WithValue(ctx, requestKey, n), n
}

// requestID is the id that a caller gave, else that of the trace that the request belongs to, else a new one.
func requestID(given, traceparent string) string {
	if requestIDPattern.MatchString(given) {
		return given
	}
	if found := traceparentPattern.FindStringSubmatch(traceparent); found != nil && strings.Trim(found[1], "0") != "" {
		return found[1]
	}
	return newRequestID()
}

// newRequestID is an id that is a trace id too.
func newRequestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails
	return hex.EncodeToString(id[:])
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// traceOf is the trace of the events that a request brings.
func traceOf(ctx context.Context) string {
	if parent := tracing.Parent(ctx); parent != "" {
		return parent
	}
	return requestOf(ctx).id
}

// withRequestInfo puts the id of a request into its error.
func withRequestInfo(err error, id string) error {
	s := status.Convert(err)
	for _, detail := range s.Details() {
		if _, there := detail.(*errdetails.RequestInfo); there {
			return err
		}
	}
	if detailed, failed := s.WithDetails(&errdetails.RequestInfo{RequestId: id}); failed == nil {
		return detailed.Err()
	}
	return err
}

// refusalLog tells the log of requests that were refused: who, what and why by its code, never in words, since those repeat what was sent. A
// flood of them is cut, and the next line says by how many.
type refusalLog struct {
	log    *slog.Logger
	limit  *rate.Limiter
	untold atomic.Int64
}

// How many lines about refused requests are written at once, and how often after that.
const (
	refusalsAtOnce = 1000
	refusalEvery   = 50 * time.Millisecond
)

func newRefusalLog(log *slog.Logger) *refusalLog {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &refusalLog{log: log, limit: rate.NewLimiter(rate.Every(refusalEvery), refusalsAtOnce)}
}

func (r *refusalLog) tell(ctx context.Context, level slog.Level, about ...slog.Attr) {
	if !r.limit.Allow() {
		r.untold.Add(1)
		return
	}
	if n := r.untold.Swap(0); n > 0 {
		about = append(about, slog.Int64("untold", n))
	}
	r.log.LogAttrs(ctx, level, "request refused", about...)
}

// refusalLevel is how much a refusal is worth an operator's look.
func refusalLevel(code codes.Code) slog.Level {
	switch code {
	case codes.Unauthenticated, codes.PermissionDenied, codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Internal, codes.DataLoss:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
