package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner/tracing"
	"github.com/flowdesk/flowdesk/internal/telemetry"
)

func TestSpansOfOneMessageReachTheCollectorAsOneTrace(t *testing.T) {
	received := make(chan *collector.ExportTraceServiceRequest, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := &collector.ExportTraceServiceRequest{}
		if err == nil && proto.Unmarshal(body, request) == nil {
			received <- request
		}
	}))
	defer server.Close()
	none, end := tracing.Begin(t.Context(), "message")
	end(nil)
	require.Empty(t, none, "without a collector nothing is traced")

	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	stop, err := telemetry.Start(t.Context())
	require.NoError(t, err)
	parent, end := tracing.Begin(t.Context(), "message")
	tracing.Under(context.Background(), parent, "send")(nil) // in another goroutine, after a restart even
	tracing.Under(context.Background(), "no traceparent", "send")(nil)
	end(nil)
	require.NoError(t, stop(t.Context()))

	spans := (<-received).GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()
	require.Len(t, spans, 2)
	require.Equal(t, spans[0].GetTraceId(), spans[1].GetTraceId())
	require.Equal(t, "send", spans[0].GetName())
	require.Equal(t, spans[1].GetSpanId(), spans[0].GetParentSpanId())
}
