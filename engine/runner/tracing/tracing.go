// Package tracing makes spans that belong together over turns and restarts: an event carries the W3C traceparent of the span that brought it,
// and everything that it leads to names that as its parent. Without a tracer provider nothing is made.
package tracing

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	header   = "traceparent"
	shortest = 55 // characters of a traceparent of version 00
)

func tracer() trace.Tracer { return otel.Tracer("flowdesk") }

// Begin makes a span below the one in the context and gives the traceparent for events, empty when nothing is traced.
func Begin(ctx context.Context, name string, about ...attribute.KeyValue) (parent string, end func(error)) {
	ctx, span := tracer().Start(ctx, name, trace.WithAttributes(about...))
	if parent = Parent(ctx); parent == "" {
		return "", func(error) {}
	}
	return parent, ended(span)
}

// Parent is the traceparent of the span in the context, empty when nothing is traced.
func Parent(ctx context.Context) string {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[header]
}

// ID is the one id in a trace that an event bears: that of a traceparent, or the trace itself where it is none.
func ID(trace string) string {
	const version, id = 3, 32 // characters
	if len(trace) < shortest || trace[version-1] != '-' {
		return trace
	}
	return trace[version : version+id]
}

// Under makes a span below that of a traceparent, with attributes as pairs of key and value. With an empty one, or one that is none, as the id of
// an event is, nothing is made, and it costs nothing.
func Under(ctx context.Context, parent, name string, about ...string) (end func(error)) {
	if len(parent) < shortest {
		return func(error) {}
	}
	attributes := make([]attribute.KeyValue, 0, len(about)/2)
	for i := 0; i+1 < len(about); i += 2 {
		attributes = append(attributes, attribute.String(about[i], about[i+1]))
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{header: parent})
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return func(error) {}
	}
	_, span := tracer().Start(ctx, name, trace.WithAttributes(attributes...)) //nolint:spancheck // whoever asked for it ends it
	return ended(span)                                                        //nolint:spancheck // as above
}

func ended(span trace.Span) func(error) {
	return func(err error) {
		if err != nil {
			span.RecordError(err)
		}
		span.End()
	}
}
