package server

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/rs/cors"

	"github.com/flowdesk/flowdesk/engine/runner/tracing"
	"github.com/flowdesk/flowdesk/internal/access"
)

// secured puts the rules for browsers around a handler: what they may do with answers, which pages may call, and that no page elsewhere can
// have a signed-in person's browser change something.
func (d HTTPDeps) secured(next http.Handler) (http.Handler, error) {
	// Requests that change something must come from our own pages or from the origins that are allowed: judged by Sec-Fetch-Site and Origin,
	// which no page can forge. Machines send neither. The callbacks of robots are not for browsers and pass too.
	guard := http.NewCrossOriginProtection()
	for _, origin := range d.Origins {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	handler := guard.Handler(next)
	if !d.Closed {
		handler = ownHost(handler)
	}
	if len(d.Origins) > 0 {
		handler = cors.New(cors.Options{
			AllowedOrigins: d.Origins, AllowCredentials: true, MaxAge: int(time.Hour / time.Second),
			AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
			AllowedHeaders: []string{
				"Authorization", "Content-Type", "Connect-Protocol-Version", "Connect-Timeout-Ms", "Grpc-Timeout", "X-Grpc-Web", "X-User-Agent",
				"X-Request-Id", "Last-Event-Id",
			},
			ExposedHeaders: []string{"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin", "X-Request-Id"},
		}).Handler(handler)
	}
	always := http.Header{}
	always.Set("X-Content-Type-Options", "nosniff")
	always.Set("X-Frame-Options", "DENY")
	always.Set("Referrer-Policy", "no-referrer")
	always.Set("Content-Security-Policy", "frame-ancestors 'none'")
	if d.Secure {
		always.Set("Strict-Transport-Security", "max-age=31536000")
	}
	told := newRefusalLog(d.Log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), always)
		ctx := r.Context()
		r = r.Clone(ctx)
		if !probes[r.URL.Path] && !traceparentPattern.MatchString(r.Header.Get(traceHeader)) { // nobody traces it so far
			parent, end := tracing.Begin(ctx, "http")
			defer end(nil)
			r.Header.Set(traceHeader, parent)
		}
		r.Header.Set(requestIDHeader, requestID(r.Header.Get(requestIDHeader), r.Header.Get(traceHeader)))
		handler.ServeHTTP(&steady{ResponseWriter: w, control: http.NewResponseController(w), request: r, refusals: told}, r)
	}), nil
}

// probes are the paths that balancers and monitors ask every second, which nobody wants to find among the traces.
var probes = map[string]bool{healthPath: true, readyPath: true, access.MetricsPath: true}

var nosniff = []string{"nosniff"}

// webhooks is the path under which robots report.
const webhooks = "/webhooks/"

// apart serves the callbacks of robots beside everything that is for browsers: they come by the thousand a second, and what keeps a page safe
// means nothing to a robot.
func apart(callbacks, others http.Handler) http.Handler {
	hooks := http.NewServeMux()
	hooks.Handle(webhooks+"worktool/{robot}/{secret}/{kind}", callbacks)
	hooks.HandleFunc(webhooks, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }) // without a word: robots speak it
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, webhooks) {
			others.ServeHTTP(w, r)
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a writer that has none, as in tests, does without
		w.Header()["X-Content-Type-Options"] = nosniff
		hooks.ServeHTTP(w, r)
	})
}

// guarded lets only those pass whom the table allows a path.
func (d HTTPDeps) guarded(path string, next http.Handler) http.Handler {
	if !d.Closed {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := authorized(r.Context(), d.Guard, headerCredentials(r.Header), path)
		switch {
		case err == nil:
			next.ServeHTTP(w, r)
		case errors.Is(err, access.ErrUnauthenticated):
			w.Header().Set("Www-Authenticate", "Bearer")
			writeText(w, http.StatusUnauthorized, err.Error()+"\n")
		case errors.Is(err, access.ErrDenied):
			writeText(w, http.StatusForbidden, err.Error()+"\n")
		case errors.Is(err, context.Canceled):
		default:
			writeText(w, http.StatusServiceUnavailable, "the store does not answer\n")
		}
	})
}

// profiles serves the profiles of the running process, but not its command line, where somebody may have written a password.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(access.PprofPath, pprof.Index)
	for name, handler := range map[string]http.HandlerFunc{
		"profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace,
	} {
		mux.HandleFunc(strings.TrimSuffix(access.PprofPath, "/")+"/"+name, handler)
	}
	return mux
}

// steady gives each piece of an answer its own time to be written, and the answer the id of its request. What no service answered is told
// to the log here.
type steady struct {
	http.ResponseWriter

	control  *http.ResponseController
	request  *http.Request
	refusals *refusalLog
	begun    bool
}

// WriteHeader implements http.ResponseWriter.
func (s *steady) WriteHeader(code int) {
	s.begin(code)
	s.ResponseWriter.WriteHeader(code)
}

// begin is called before the first piece of an answer. Services put the id into the header themselves.
func (s *steady) begin(code int) {
	if s.begun || code < http.StatusOK {
		return
	}
	s.begun = true
	if s.Header().Get(requestIDHeader) != "" {
		return
	}
	id := s.request.Header.Get(requestIDHeader)
	s.Header().Set(requestIDHeader, id)
	if code >= http.StatusBadRequest { // the pattern, not the path, which may hold what somebody should not have put there
		s.refusals.tell(s.request.Context(), slog.LevelInfo, slog.String("method", s.request.Method+" "+s.request.Pattern), slog.String("request", id),
			slog.String("address", s.request.RemoteAddr), slog.Int("status", code))
	}
}

// Write implements http.ResponseWriter.
func (s *steady) Write(data []byte) (int, error) {
	s.begin(http.StatusOK)
	s.due()
	return s.ResponseWriter.Write(data)
}

// Flush implements http.Flusher.
func (s *steady) Flush() {
	s.begin(http.StatusOK)
	s.due()
	_ = s.control.Flush() // a reader that has gone is told by the next write
}

// Unwrap lets a response controller reach the connection.
func (s *steady) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// due sets the deadline; a writer that has none, as in tests, is written to without.
func (s *steady) due() { _ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout)) }
