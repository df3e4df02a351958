package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
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
