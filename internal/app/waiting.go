package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/internal/database"
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

// waitTold is after how many tries the log says again that the database does not answer.
const waitTold = 30

// NewPatient is New for a server that others rely on, followed by what is to be done before it serves. When the database does not answer, a server
// that has served before takes robots' callbacks alone, from what it remembers of the robots, and keeps them in the spill until the database is back.
// One without a spill, or that never knew a robot, fails as New does when the database was never there; when it goes away in the middle of
// the start, it waits and says so. Ready may be called again with another app, and should do nothing twice. Listen borrows the listeners of HTTP
// and gRPC.
func NewPatient(
	ctx context.Context, options Options, ready func(context.Context, *App) error, listen func() (httpListener, grpcListener net.Listener),
) (*App, error) {
	a, err := newReady(ctx, options, ready)
	if !worthWaiting(err) {
		return a, err
	}
	var known []*storage.RobotRecord
	keep := options.Spill
	if options.Spill != nil && options.Keys != nil {
		var cacheErr error
		if known, cacheErr = (robotCache{SpillDir(options.DataDir), options.Keys}).load(); cacheErr != nil {
			return nil, errors.Join(err, cacheErr)
		}
	}
	if len(known) == 0 {
		if !errors.Is(err, errOpened) || !(database.Setting{Name: options.Database}).IsPostgres() { // a file does not come back by itself
			return nil, err
		}
		keep = nil
	}
	log := options.Log
	if log == nil {
		log = slog.Default()
	}
	log.Warn("the database does not answer: this server waits for it; callbacks of the robots that it knows are kept on disk", "robots", len(known), "error", err)
	httpListener, grpcListener := listen()
	stop := wait(keep, known, log, httpListener, grpcListener) //nolint:contextcheck // the end has a time of its own
	defer stop()
	for tries := 1; worthWaiting(err); tries++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(waitRetry):
		}
		if a, err = newReady(ctx, options, ready); worthWaiting(err) && tries%waitTold == 0 {
			log.Warn("the database still does not answer", "tries", tries, "error", err)
		}
	}
	if err == nil {
		log.Info("the database answers")
	}
	return a, err
}

// newReady is New and what is to be done before the app serves.
func newReady(ctx context.Context, options Options, ready func(context.Context, *App) error) (*App, error) {
	a, err := New(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := a.health.during(ctx, func(ctx context.Context) error { return ready(ctx, a) }); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errOpened, err), a.Close())
	}
	return a, nil
}

// errOpened is a start that failed after the database had answered.
var errOpened = errors.New("start")

// worthWaiting reports whether a start failed because the database is away for a while.
func worthWaiting(err error) bool {
	return errors.Is(err, storage.ErrUnavailable) && !errors.Is(err, postgres.ErrInUse)
}

// wait serves callbacks, and refuses everything else, until the function that is returned is called. Without a spill it refuses callbacks too.
func wait(log *spill.Spill, robots []*storage.RobotRecord, logger *slog.Logger, httpListener, grpcListener net.Listener) (stop func()) {
	mux := http.NewServeMux()
	if log != nil {
		callbacks := &server.Callbacks{Runner: runner.NewKeeper(log, nil), Reader: robotlink.New(nil), Log: logger}
		callbacks.SetRobots(robots)
		mux.Handle("/webhooks/worktool/{robot}/{secret}/{kind}", callbacks)
	}
	text := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) }
	}
	mux.HandleFunc("GET /healthz", text(http.StatusOK, "ok"))
	room := keeps(log)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if log == nil {
			http.Error(w, "not ready: the database does not answer", http.StatusServiceUnavailable)
			return
		}
		if err := room(); err != nil {
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
