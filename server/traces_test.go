package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"
)

// What balancers and monitors ask every second leaves no traces, but has its id like everything else.
func TestWhoLooksEverySecondLeavesNoTraces(t *testing.T) { //nolint:paralleltest // it sets the process's tracer
	spans := tracetest.NewInMemoryExporter()
	none := noop.NewTracerProvider()
	otel.SetTracerProvider(none) // the first one that is set stays behind the one that was there
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSyncer(spans)))
	defer otel.SetTracerProvider(none)
	f := newFixture(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		_, header, _ := f.rest(http.MethodGet, path, "")
		require.Len(t, header.Get("X-Request-Id"), 32, path)
	}
	require.Empty(t, spans.GetSpans())
	f.ok(http.MethodGet, "/v1/flows", "")
	require.NotEmpty(t, spans.GetSpans())
}
