package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/internal/spill"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
)

// SpillDir is where a server with a data directory spills.
func SpillDir(dataDir string) string { return filepath.Join(dataDir, "spill") }

// waitRetry is the wait before the database is tried again that did not answer at the start.
const waitRetry = time.Second

// NewPatient is New for a server that has served before: when the database does not answer it serves robots' callbacks alone, from what it
// remembers of the robots, and keeps them in the spill until the database is back. A server without a spill, or one that never knew a robot,
// fails as New does. Listen borrows the listeners of HTTP and gRPC.
func NewPatient(ctx context.Context, options Options, listen func() (httpListener, grpcListener net.Listener)) (*App, error) {
	a, err := New(ctx, options)
	if !worthWaiting(err) || options.Spill == nil || options.Keys == nil {
		return a, err
	}
	known, cacheErr := robotCache{SpillDir(options.DataDir), options.Keys}.load()
	if cacheErr != nil || len(known) == 0 {
		return nil, errors.Join(err, cacheErr)
	}
	log := options.Log
	if log == nil {
		log = slog.Default()
	}
	log.Warn("the database does not answer: robots' callbacks are kept on disk until it does", "robots", len(known), "error", err)
	httpListener, grpcListener := listen()
	stop := wait(options.Spill, known, log, httpListener, grpcListener)
	defer stop() //nolint:contextcheck // the end has a time of its own
	for worthWaiting(err) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(waitRetry):
		}
		a, err = New(ctx, options)
	}
	return a, err
}

// worthWaiting reports whether a start failed because the database is away for a while.
func worthWaiting(err error) bool {
	return errors.Is(err, storage.ErrUnavailable) && !errors.Is(err, postgres.ErrInUse)
}

// wait serves callbacks, and refuses everything else, until the function that is returned is called.
func wait(log *spill.Spill, robots []*storage.RobotRecord, logger *slog.Logger, httpListener, grpcListener net.Listener) (stop func()) {
	callbacks := &server.Callbacks{Runner: runner.NewKeeper(log, nil), Reader: robotlink.New(nil), Log: logger}
	callbacks.SetRobots(robots)
	mux := http.NewServeMux()
	mux.Handle("/webhooks/worktool/{robot}/{secret}/{kind}", callbacks)
	text := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) }
	}
	mux.HandleFunc("GET /healthz", text(http.StatusOK, "ok"))
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := log.Err(); err != nil {
			http.Error(w, "not ready: the database does not answer; "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		http.Error(w, "ready, degraded: the database does not answer; robots' callbacks are kept on disk, everything else is refused", http.StatusOK)
	})
	mux.HandleFunc("/", text(http.StatusServiceUnavailable, `{"code":14,"message":"the database does not answer"}`))
	face := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	calls := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
		return status.Error(codes.Unavailable, "the database does not answer")
	}))
	go func() { _ = face.Serve(httpListener) }()
	go func() { _ = calls.Serve(grpcListener) }()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownWait) //nolint:forbidigo // the end has a time of its own
		defer cancel()
		_ = face.Shutdown(ctx) // what was acknowledged is on the disk
		calls.Stop()
	}
}
