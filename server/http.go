package server

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	"github.com/flowdesk/flowdesk/gen"
	"github.com/flowdesk/flowdesk/internal/access"
)

// HTTPDeps are what the HTTP face needs besides the gRPC server.
type HTTPDeps struct {
	// Ready reports why the server cannot take work, nil when it can.
	Ready func(context.Context) error
	// Degraded reports what does not work while the server takes work all the same; nil means that it is not known.
	Degraded func() string
	// Metrics serves the metrics.
	Metrics http.Handler
	// Callbacks take what robots report.
	Callbacks *Callbacks
	// Console are the web console's files.
	Console fs.FS
	// ConsoleBuilt says that they are the whole console, which has a page for the one-time link; without it the server shows its own.
	ConsoleBuilt bool
	// Extra are further handlers by pattern.
	Extra map[string]http.Handler
	// Guard finds out who makes a request, where Closed asks for it.
	Guard  *access.Guard
	Closed bool
	// Origins are the origins of pages elsewhere that may call the API from a browser, such as https://console.example.com.
	Origins []string
	// Log is told of requests that are refused before they reach a service; nil for nobody.
	Log *slog.Logger
	// Secure says that browsers come over TLS.
	Secure bool
}

// Paths under which the server tells how it is, to everybody.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// Limits of the HTTP face.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	writeTimeout  = 30 * time.Second // of each piece of an answer: a watch may be silent for long, a reader may not stand still
	maxHeader     = 64 << 10

	maxHTTPStreams = 250 // requests under way on one connection
	pipeSize       = 1 << 20
	maxAnswer      = 64 << 20 // of a page of 500 things
)

// NewHTTP makes the HTTP server: REST through the gateway, callbacks, health, metrics and the API description. The gateway speaks to the
// gRPC server over pipes in memory, so that interceptors and streams work alike on both. The function that is returned ends the pipes.
func NewHTTP(ctx context.Context, g *grpc.Server, deps HTTPDeps) (*http.Server, func(), error) {
	pipe, err := newPipes(g)
	if err != nil {
		return nil, nil, err
	}
	gateway := runtime.NewServeMux(restOptions()...)
	if err := pipe.register(ctx, gateway); err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", rest(gateway))
	mux.HandleFunc("GET "+healthPath, func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET "+readyPath, func(w http.ResponseWriter, r *http.Request) {
		if err := deps.Ready(r.Context()); err != nil {
			writeText(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
			return
		}
		if deps.Degraded != nil {
			if what := deps.Degraded(); what != "" {
				writeText(w, http.StatusOK, "ready, degraded: "+what+"\n")
				return
			}
		}
		writeText(w, http.StatusOK, "ready\n")
	})
	mux.Handle("GET "+access.OpenAPIPath, deps.guarded(access.OpenAPIPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(gen.OpenAPI)
	})))
	mux.Handle("GET "+access.MetricsPath, deps.guarded(access.MetricsPath, deps.Metrics))
	mux.Handle(access.PprofPath, deps.guarded(access.PprofPath, profiles()))
	if !deps.ConsoleBuilt {
		setup(mux)
	}
	web, err := WebRPC(g)
	if err != nil {
		return nil, nil, err
	}
	for pattern, handler := range web {
		mux.Handle(pattern, handler)
	}
	if deps.Console != nil {
		mux.Handle("/", Console(deps.Console))
	}
	for pattern, handler := range deps.Extra {
		mux.Handle(pattern, handler)
	}
	face, err := deps.secured(mux)
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{
		Handler: apart(deps.Callbacks, face), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxHTTPStreams, SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
	return server, func() { _ = pipe.close() }, nil
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) //nolint:gosec // plain text of our own, which no browser takes for a page
}
