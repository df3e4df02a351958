// Package app wires the product: store, runner, outbox, connectors and server. It is what the program and the end-to-end tests start.
//
// It may import everything but cmd.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/demo"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/redislink"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/simulator"
	"github.com/flowdesk/flowdesk/internal/spill"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/sqlite"
	"github.com/flowdesk/flowdesk/web"
)

// Options are what an operator chooses.
type Options struct {
	// Database is sqlite:FILE or a postgres:// URL; empty is flowdesk.db in DataDir.
	Database string
	// SQLite tunes the embedded database.
	SQLite sqlite.Options
	// Postgres tunes the connection to PostgreSQL.
	Postgres postgres.Options
	// Retention says how long what grows without end is kept; by default for ever.
	Retention Retention
	// DataDir holds the database and everything else that is kept.
	DataDir string
	// BaseURI is the address under which robots reach the callbacks, without a slash at its end.
	BaseURI string
	// Log gets structured logs; slog.Default by default.
	Log *slog.Logger
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// Platform sends to robots; the WorkTool client by default.
	Platform robots.Platform
	// Outside says which models, hosts and channels flows may call; none by default.
	Outside outside.Config
	// Transport takes the place of the network of models and channels, for tests.
	Transport http.RoundTripper
	// Keys seal what is secret in the database; without them it is stored as it is.
	Keys *sealed.Ring
	// Closed asks everybody who they are. Otherwise whoever reaches the server may do everything.
	Closed bool
	// Secure says that browsers come over TLS, BehindProxy that a proxy in front tells who came.
	Secure, BehindProxy bool
	// Reflection lets admins ask by gRPC which methods there are; where access is open everybody may.
	Reflection bool
	// Origins are the origins of pages elsewhere that may call the API from a browser.
	Origins []string
	// Spill keeps robots' callbacks while the database is away; without one they are refused. It belongs to the caller, who closes it after
	// the app.
	Spill *spill.Spill
	// Redis is the address of the Redis that carries hints between replicas, redis:// or rediss://; none by default. Nothing but speed depends on
	// it.
	Redis string
	// Fabric takes the place of the hints between replicas that PostgreSQL or Redis carry, for tests.
	Fabric fabric.Fabric
	// Alive tunes how often a replica of several says that it lives, for tests; its name, fabric and log are given by the app.
	Alive replica.Options
	// Sole keeps every other server from the database, which needs no leases then. SQLite is always used by one server alone.
	Sole bool
	// LookEvery is how often the database is asked whether it answers; 500 ms by default.
	LookEvery time.Duration
	// Inside lets robots' platforms be on this machine, as stand-ins are.
	Inside bool
}

// App is the product, running.
type App struct {
	Store  *sealed.Store
	Guard  *access.Guard
	Runner *runner.Runner
	Outbox *outbox.Outbox
	GRPC   *grpc.Server
	Fabric fabric.Fabric // hints between replicas

	name      string          // of this replica
	redis     *redislink.Link // nil without Redis
	replica   *replicated     // nil for a server that shares its database with nobody
	link      *robotlink.Link
	outside   *outside.Performer
	models    *modelDesk
	simulator *simulator.Manager
	callbacks *server.Callbacks
	http      *http.Server
	unpipe    func()
	unhear    func()
	retention Retention
	spill     *spill.Spill // nil without one
	cache     *robotCache  // nil without a spill
	health    *health
	storing   *storing
	room      func() error  // why the spill can keep nothing
	stopping  chan struct{} // closed when the end begins
	reports   *background   // on robots that came or went
	lastHeard func(ctx context.Context, before time.Time) (time.Time, error)
	end       func() error

	demo     atomic.Pointer[demo.Demo]
	presence presence
	log      *slog.Logger
}

// New opens the store, takes up earlier work and makes the servers; it does not listen yet. Close must be called.
func New(ctx context.Context, options Options) (*App, error) {
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.Platform == nil {
		var err error
		if options.Platform, err = platform(options); err != nil {
			return nil, err
		}
	}
	if options.shared() {
		options.Postgres.Shared = true
	}
	store, err := openStore(ctx, options)
	if err != nil {
		return nil, err
	}
	a := &App{
		Store: sealed.New(store, options.Keys), log: options.Log, link: robotlink.New(options.Platform), retention: options.Retention,
		stopping: make(chan struct{}),
	}
	a.spill, a.health, a.storing = options.Spill, newHealth(a.Store.Ping, options.LookEvery), newStoring(a.Store.Prove)
	a.health.after, a.health.log, a.room = a.storing.again, a.log, keeps(options.Spill)
	if options.Spill != nil && options.Keys != nil {
		a.cache = &robotCache{SpillDir(options.DataDir), options.Keys}
	}
	a.Guard = access.NewGuard(store, options.Log, options.Now)
	if err := a.connect(options); err != nil { //nolint:contextcheck // the hints live until the end
		return nil, errors.Join(err, store.Close())
	}
	a.reports, a.lastHeard = newBackground(), a.lastMessage
	a.end = sync.OnceValue(a.close)
	if err := a.health.during(ctx, func(ctx context.Context) error { return a.build(ctx, options) }); err != nil {
		err = fmt.Errorf("%w: %w", errOpened, err)
		close(a.stopping)
		a.halt() //nolint:contextcheck // the end has a time of its own
		if a.simulator != nil {
			err = errors.Join(err, a.simulator.Close())
		}
		err = errors.Join(err, a.disconnect(ctx))
		return nil, errors.Join(err, store.Close())
	}
	return a, nil
}

// openWithin bounds the opening of a database that falls silent in the middle of it. Migrations take as long as they take.
const openWithin = time.Minute

func openStore(ctx context.Context, options Options) (*bunstore.Store, error) {
	setting := database.Setting{Name: options.Database, DataDir: options.DataDir, SQLite: options.SQLite, Postgres: options.Postgres}
	setting.SQLite.Sole = true
	if !setting.IsPostgres() || options.Postgres.Migrate {
		return database.Open(ctx, setting)
	}
	limited, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	store, err := database.Open(limited, setting)
	if err != nil && limited.Err() != nil && ctx.Err() == nil && !errors.Is(err, storage.ErrUnavailable) {
		return nil, fmt.Errorf("%w: it was not open within %s: %w", storage.ErrUnavailable, openWithin, err)
	}
	return store, err
}

// build makes everything on the store. Its context ends with it, so that whatever lives longer has one of its own.
func (a *App) build(ctx context.Context, options Options) error {
	validator, err := validate.New()
	if err != nil {
		return err
	}
	catalog := nodes.Builtin()
	catalog.Validate = validator
	nodes.Warm()        // the first message must not wait for the text understanding's data
	if options.Inside { // on this machine alone, whoever makes a provider may name one that runs on it
		options.Outside.Models.Inside = append(slices.Clone(options.Outside.Models.Inside), "127.0.0.0/8", "::1/128")
	}
	resolved := options.Outside
	sealing := a.Store
	if options.Keys == nil {
		sealing = nil
	} else if resolved, err = unseal(ctx, a.Store, &options); err != nil {
		return err
	}
	if a.outside, err = outside.New(resolved, options.Transport); err != nil {
		return err
	}
	if a.models, err = newModelDesk(
		ctx, a.outside, options.Outside, sealing, a.log, func() time.Time { return a.Runner.Now() }, a.accessChanged,
	); err != nil {
		return err
	}
	a.outside.KeepUsage(a.Store, a.log, func() *time.Location { return a.Runner.Env().Zone })
	settings := runner.Options{Now: options.Now, Log: a.log, Fill: desk.FillSettings, Performer: a.outside}
	if options.Spill != nil {
		settings.Spill = options.Spill
	}
	if options.shared() {
		settings.Writer = a.name // alone, a watch that outlived the server begins anew: no flow pays for what is said once in weeks
		a.share(&settings, options.Alive)
	}
	a.Runner = runner.New(catalog, &witnessed{a.Store, a.storing}, settings)
	a.Outbox = outbox.New(a.Runner, a.Store, a.link, robotlink.Choose, a.log)
	if a.replica != nil {
		a.replica.shareRobots() //nolint:contextcheck // the shared limits live until the end
	}
	a.Runner.SetOutbox(a.Outbox)
	a.Outbox.OnTrip(a.robotTripped)
	a.link.OnResult(a.Outbox.Settle)
	a.link.OnPresence(a.robotPresence)
	if a.simulator, err = simulator.New(simulator.Options{Dir: simulationDir(options), Store: a.Store, Catalog: catalog, Log: a.log, Stopping: a.stopping}); err != nil {
		return err
	}
	a.callbacks = &server.Callbacks{Runner: a.Runner, Reader: a.link, Log: a.log}
	records, err := a.Store.ListRobots(ctx)
	if err != nil {
		return err
	}
	a.robotsChanged(records)
	if err := a.Runner.Start(ctx); err != nil {
		return err
	}
	if err := a.Outbox.Start(ctx); err != nil {
		return err
	}
	if a.redis != nil {
		a.redis.Start() //nolint:contextcheck // it has a life of its own
	}
	if a.replica != nil {
		if err := a.replica.start(ctx); err != nil {
			return err
		}
	}
	templates, err := flows.Templates()
	if err != nil {
		return err
	}
	deps := server.Deps{
		Guard: a.Guard, Closed: options.Closed, SecureCookies: options.Secure, BehindProxy: options.BehindProxy, Reflection: options.Reflection,
		Store: a.Store, Runner: a.Runner, Log: a.log, ReadFlow: flowfile.ParseToPlace, RobotsChanged: a.robotsChanged, BaseURI: options.BaseURI,
		Stopping: a.stopping, Presence: a.health, Probe: func(ctx context.Context, robot string) (bool, error) {
			state, err := a.link.Online(ctx, robot)
			return state == robots.Online, err
		},
		LookUp: a.Outbox.LookUp, Loads: a.Outbox.Loads, Callbacks: a.callbacks, Simulator: a.simulator, Templates: templates, Demo: demoFace{a}, Models: a.models,
		Understand: func(env *engine.Env, text, _ string) *flowdeskv1.Understanding { return nodes.Understand(env, text) },
	}
	deps.Background = a.reports.begin
	if options.Keys != nil {
		deps.Secrets, deps.SecretsChanged = a.Store, a.secretsChanged
	}
	a.Guard.OnForget(a.accessChanged)
	a.unhear = a.Fabric.Listen(fabric.Access, func([]byte) { a.hearAccess() })
	if a.replica != nil {
		deps.Leads = a.leadership
		deps.TurnHints = turnHints{a.Fabric}
	}
	a.GRPC, err = server.New(deps) //nolint:contextcheck // the server has a life of its own
	if err != nil {
		return err
	}
	console, built := web.Console()
	a.http, a.unpipe, err = server.NewHTTP(context.WithoutCancel(ctx), a.GRPC, server.HTTPDeps{
		Ready: a.ready, Degraded: a.degraded, Metrics: a.metrics(), Callbacks: a.callbacks, Guard: a.Guard, Closed: options.Closed, Origins: options.Origins, Secure: options.Secure,
		Console: console, ConsoleBuilt: built, Log: a.log,
	})
	return err
}

// simulationDir is where the temporary databases of simulations are; without a data directory it is among the system's temporary files.
func simulationDir(options Options) string {
	if options.DataDir == "" {
		return ""
	}
	return filepath.Join(options.DataDir, "simulations")
}

func (a *App) robotsChanged(records []*storage.RobotRecord) {
	a.link.SetRobots(records)
	a.callbacks.SetRobots(records)
	if a.cache == nil {
		return
	}
	if err := a.cache.save(records); err != nil {
		a.log.Error("a start without the database will not know the robots", "error", err)
	}
}

// robotPresence keeps a robot's state when it comes or goes, so that its duty falls to its partner. It returns at once: the platform is
// asked first, and the callback must be answered in time.
func (a *App) robotPresence(robot string, _ bool) {
	a.reports.begin(func(ctx context.Context) { a.presence.confirm(ctx, a, robot) })
}

// robotTripped lets people hear of a robot that the circuit breaker paused, and of its recovery.
func (a *App) robotTripped(robot string, tripped bool) {
	a.Runner.Carry(&flowdeskv1.Event{Session: "system", Source: "queue", Payload: &flowdeskv1.Event_Robot{Robot: &flowdeskv1.RobotChange{
		Robot: robot, Online: !tripped, Breaker: true, Reason: "连续发送失败，暂停后自动重试", Duties: a.Runner.Env().Robot(robot).GetDuties(),
	}}})
}

// Handler is the HTTP face, for tests.
func (a *App) Handler() http.Handler { return a.http.Handler }

// Serve listens until the context ends.
func (a *App) Serve(ctx context.Context, httpListener, grpcListener net.Listener) error {
	background, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { a.health.watch(background) })
	work.Go(func() { a.readBackAfterOutages(background) })
	work.Go(func() { a.keepDerived(background) })
	work.Go(func() { a.models.follow(background) })
	work.Go(func() { a.upkeep(background, a.retention) })
	defer work.Wait()
	defer stop()
	failed := make(chan error, 2)
	go func() { failed <- a.http.Serve(httpListener) }()
	go func() { failed <- a.GRPC.Serve(grpcListener) }()
	a.resumeDemo(ctx)
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// shutdownWait is how long requests under way may take to end.
const shutdownWait = 5 * time.Second

// halt ends what works on the store, whoever brings work before whoever takes it.
func (a *App) halt() {
	a.reports.end()
	if a.Outbox != nil {
		a.Outbox.Close()
	}
	if a.Runner != nil {
		a.Runner.Drain()
		if a.replica != nil {
			a.replica.leave()
		}
		a.Runner.Close()
	}
	if a.outside != nil {
		a.outside.Close()
	}
}

// Close ends the product: no new work, turns under way committed, then the store. It may be called again.
func (a *App) Close() error { return a.end() }

func (a *App) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownWait) //nolint:forbidigo // the end has a time of its own
	defer cancel()
	close(a.stopping) // watches would go on for ever
	if d := a.demo.Load(); d != nil {
		d.Close()
	}
	err := a.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // somebody holds a connection open: what was acknowledged is stored all the same
		err = a.http.Close()
	}
	a.unpipe()
	a.unhear()
	a.GRPC.Stop()
	a.halt()
	a.storing.rest(ctx)
	return errors.Join(err, a.simulator.Close(), a.disconnect(ctx), a.Store.Close())
}
