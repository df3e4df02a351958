package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/cli"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/passfile"
	"github.com/flowdesk/flowdesk/internal/telemetry"
	"github.com/flowdesk/flowdesk/storage/postgres"
)

type serverFlags struct {
	HTTP     string    `name:"http" default:"127.0.0.1:8080" help:"Address of REST and callbacks."`
	GRPC     string    `name:"grpc" default:"127.0.0.1:9090" help:"Address of gRPC."`
	Database string    `help:"sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME; by default flowdesk.db in the data directory."`
	Migrate  bool      `help:"Bring the schema of PostgreSQL up to date first, as flowdesk migrate up does; SQLite's always is."`
	Redis    string    `help:"redis://USER:PASSWORD@HOST:PORT/DATABASE or rediss:// of a Redis that makes replicas faster; nothing else depends on it."`
	DataDir  string    `default:"data" help:"Directory for everything that is kept."`
	KeyFile  string    `type:"existingfile" help:"File with the keys that seal secrets; make one with: flowdesk key."`
	Keys     string    `env:"FLOWDESK_KEYS" hidden:"" help:"The keys themselves, instead of a file."`
	Profile  string    `name:"cpu-profile" hidden:"" help:"File for a CPU profile of the whole run."`
	Keep     keepFlags `embed:"" prefix:"keep-"`
	Archive  string    `help:"Directory into which rows are written before they are removed."`
	Spill    int       `name:"spill-limit" default:"1024" help:"Greatest size, in MiB, of the callbacks that are kept in the data directory while the database is away; 0 refuses them instead."`
	BaseURI  string    `help:"Address under which robots reach the callbacks; by default http:// and the HTTP address."`

	passwordFiles
}

// keepFlags are days; 0 keeps for ever.
type keepFlags struct {
	Turns    int `help:"Days for which turns are kept, and with them replay; 0 for ever."`
	Messages int `help:"Days for which messages are kept; 0 for ever."`
	Runs     int `help:"Days for which ended instances and settled commands are kept; 0 for ever."`
	Facts    int `help:"Days for which facts are kept; 0 for ever."`
}

func (k keepFlags) retention(archive string) app.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return app.Retention{Turns: days(k.Turns), Messages: days(k.Messages), Runs: days(k.Runs), Facts: days(k.Facts), Archive: archive}
}

// passwordFiles hold what stands in no argument and no environment variable, since others may see those.
type passwordFiles struct {
	DatabasePasswordFile string `type:"existingfile" help:"File with the password of PostgreSQL, instead of one in its URL."`
	RedisPasswordFile    string `type:"existingfile" help:"File with the password of Redis, instead of one in its URL."`
}

type serveCommand struct {
	serverFlags

	Open        bool     `help:"Ask nobody who they are. Loopback only: for benchmarks and tests."`
	NewOwner    bool     `help:"Print a link with which one more owner is created, for when nobody can sign in."`
	TLSCert     string   `name:"tls-cert" type:"existingfile" help:"Certificate chain (PEM) of both addresses; read again when it changes."`
	TLSKey      string   `name:"tls-key" type:"existingfile" help:"Its key (PEM)."`
	BehindProxy bool     `help:"A proxy in front ends TLS, and tells in X-Forwarded-For who came."`
	CORSOrigin  []string `name:"cors-origin" help:"Origins of pages elsewhere that may call the API, such as https://console.example.com."`
	Reflection  bool     `help:"Let admins ask by gRPC which methods there are."`
}

type devCommand struct {
	serverFlags
	NoDemo     bool          `help:"Start without demo data and robot stand-in."`
	Sim        string        `default:"127.0.0.1:8090" help:"Address of the robot stand-in."`
	PhoneDelay time.Duration `default:"1500ms" help:"How long the stand-in's phones take for one text."`
	Now        time.Time     `hidden:"" help:"Time at which the clock stands still, so that pictures of the demo do not change by themselves."`
}

// Run implements the command.
func (c *serveCommand) Run(ctx context.Context) error {
	logForMachines()
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	certificate, err := serverTLS(c.TLSCert, c.TLSKey)
	if err != nil {
		return err
	}
	if c.Open {
		if err := c.onlyLoopback("--open"); err != nil {
			return err
		}
		return c.run(ctx, running{tls: certificate, open: true})
	}
	for _, address := range []string{c.HTTP, c.GRPC} {
		if !loopback(address) && certificate == nil && !c.BehindProxy {
			return fmt.Errorf("%s is reached over the network, and passwords would cross it in the open: give --tls-cert and --tls-key, or "+
				"--behind-proxy when a proxy in front ends TLS", address)
		}
	}
	return c.run(ctx, running{tls: certificate, behindProxy: c.BehindProxy, origins: c.CORSOrigin, reflection: c.Reflection, newOwner: c.NewOwner})
}

// logForMachines has every line of a server's log be JSON, from the first one on.
func logForMachines() { slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil))) }

// onlyLoopback refuses addresses that others than this machine reach.
func (f *serverFlags) onlyLoopback(what string) error {
	for _, address := range []string{f.HTTP, f.GRPC} {
		if !loopback(address) {
			return fmt.Errorf("%s is not a loopback address: %s asks nobody who they are and binds to loopback only", address, what)
		}
	}
	slog.Warn("access is open: everybody on this machine may do everything")
	return nil
}

// loopback reports whether an address can be reached from this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// running is how the product runs.
type running struct {
	tls                               *tls.Config
	open                              bool
	behindProxy, reflection, newOwner bool
	greet                             bool // somebody sits in front of it: say where everything is, and do not insist on a port
	origins                           []string
	now                               func() time.Time
	prepare                           func(context.Context, *app.App) error
}

// run starts the product, prepares it, and serves until the context ends.
func (f *serverFlags) run(ctx context.Context, how running) error {
	boundMemory(ctx)
	stop, err := telemetry.Start(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := stop(ending); err != nil {
			slog.Error("send the last traces", "error", err)
		}
	}()
	if f.Profile != "" {
		file, err := os.Create(f.Profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := writable(f.DataDir); err != nil {
		return err
	}
	httpListener, err := listen(ctx, f.HTTP, how.greet)
	if err != nil {
		return err
	}
	grpcListener, err := listen(ctx, f.GRPC, how.greet)
	if err != nil {
		return err
	}
	base := f.BaseURI
	if base == "" {
		base = "http://" + httpListener.Addr().String()
	}
	httpLender, grpcLender := app.NewLender(httpListener), app.NewLender(grpcListener)
	defer func() { _, _ = httpLender.Close(), grpcLender.Close() }()
	secured := func(h, g net.Listener) (net.Listener, net.Listener) {
		if how.tls == nil {
			return h, g
		}
		return tls.NewListener(h, how.tls), tls.NewListener(g, onlyHTTP2(how.tls))
	}
	if how.tls != nil {
		base = strings.Replace(base, "http://", "https://", 1)
	}
	keys, err := f.keys(how.open)
	if err != nil {
		return err
	}
	calls, err := outside.Load(filepath.Join(f.DataDir, "outside.yaml"))
	if err != nil {
		return err
	}
	if f.Database, err = passfile.Into(f.Database, f.DatabasePasswordFile); err != nil {
		return fmt.Errorf("--database-password-file: %w", err)
	}
	if f.Redis, err = passfile.Into(f.Redis, f.RedisPasswordFile); err != nil {
		return fmt.Errorf("--redis-password-file: %w", err)
	}
	kept, err := f.spill(keys)
	if err != nil {
		return err
	}
	if kept != nil {
		defer func() {
			if err := kept.Close(); err != nil {
				slog.Error("close the spill", "error", err)
			}
		}()
	}
	a, err := app.NewPatient(ctx, app.Options{
		Spill: kept,
		Redis: f.Redis, Database: f.Database, DataDir: f.DataDir, BaseURI: base, Outside: calls, Postgres: postgres.Options{Migrate: f.Migrate, Strict: !how.open},
		Retention: f.Keep.retention(f.Archive), Keys: keys, Closed: !how.open, Secure: how.tls != nil || how.behindProxy,
		BehindProxy: how.behindProxy, Sole: how.greet, Reflection: how.reflection, Origins: how.origins, Inside: how.open, Now: how.now,
	}, func(ctx context.Context, a *app.App) error {
		ship := a.Ship
		if how.prepare != nil {
			ship = a.ShipForDemo
		}
		if err := ship(ctx, app.DemoFlow); err != nil || how.open {
			return err
		}
		return invite(ctx, a, base, how.newOwner)
	}, func() (net.Listener, net.Listener) { return secured(httpLender.Lend(), grpcLender.Lend()) })
	if err != nil {
		return err
	}
	if how.prepare != nil {
		if err := how.prepare(ctx, a); err != nil {
			return err
		}
	}
	if how.greet {
		welcome(os.Stdout, cli.TerminalLanguage(), httpListener.Addr().String(), grpcListener.Addr().String())
	}
	if err := shedStart(); err != nil {
		slog.Debug("give pages of the start back", "error", err)
	}
	slog.Info("serving", "http", httpListener.Addr().String(), "grpc", grpcListener.Addr().String())
	httpListener, grpcListener = secured(httpLender, grpcLender)
	serving := a.Serve(ctx, httpListener, grpcListener)
	if f.Profile != "" {
		if err := writeHeap(f.Profile + ".heap"); err != nil {
			slog.Error("heap profile", "error", err)
		}
	}
	if err := a.Close(); err != nil {
		return err
	}
	return serving
}

// writable makes the data directory, and refuses one in which nothing can be kept.
func writable(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var file *os.File
		if file, err = os.CreateTemp(dir, ".writable-*"); err == nil {
			err = errors.Join(file.Close(), os.Remove(file.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("data directory: %w: name one with --data-dir that this user may write, on a disk with room", err)
	}
	return nil
}

// writeHeap writes a profile of what is in memory.
func writeHeap(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(file, 0), file.Close())
}

// Run implements the command.
func (c *devCommand) Run(ctx context.Context) error {
	logForMachines()
	if err := c.onlyLoopback("dev"); err != nil {
		return err
	}
	how := running{open: true, greet: true}
	if !c.Now.IsZero() {
		how.now = func() time.Time { return c.Now }
	}
	if !c.NoDemo {
		how.prepare = c.demo
	}
	return c.run(ctx, how)
}

// demoRobots stand at the embedded stand-in. Their secrets are in the open: dev is a demo that only this machine reaches.
func demoRobots() []app.DemoRobot {
	return []app.DemoRobot{
		{ID: "monitor", Title: "监控机器人", RobotID: "demo-monitor", Duty: flowdeskv1.Duty_DUTY_MONITOR, Secret: "demo-monitor-secret"},
		{ID: "notify", Title: "通知机器人", RobotID: "demo-notify", Duty: flowdeskv1.Duty_DUTY_NOTIFY, Secret: "demo-notify-secret"},
		{ID: "day", Title: "白班小助手", RobotID: "demo-day", Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, Secret: "demo-day-secret"},
		{ID: "night", Title: "晚班小助手", RobotID: "demo-night", Duty: flowdeskv1.Duty_DUTY_NIGHT_REPLY, Secret: "demo-night-secret"},
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// demo starts the stand-in with the demo's robots and group.
func (c *devCommand) demo(ctx context.Context, a *app.App) error {
	world := standin.World{}
	for name, members := range app.DemoGroups() {
		world.Groups = append(world.Groups, standin.GroupSeed{Name: name, Members: members})
	}
	slices.SortFunc(world.Groups, func(a, b standin.GroupSeed) int { // the one to play in first
		return cmp.Or(cmp.Compare(flag(a.Name != app.DemoGroup), flag(b.Name != app.DemoGroup)), strings.Compare(a.Name, b.Name))
	})
	for _, r := range demoRobots() {
		world.Robots = append(world.Robots, standin.RobotSeed{ID: r.RobotID, Name: r.Title})
	}
	for i := range world.Groups {
		for _, p := range app.DemoPeople() {
			world.Groups[i].Members = append(world.Groups[i].Members, p.GetTitle())
		}
	}
	delay := c.PhoneDelay
	if delay == 0 {
		delay = standin.NoDelay
	}
	sim, err := standin.New(ctx, standin.Options{PhoneDelay: delay, World: world})
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.Sim, true)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() {
		_ = server.Close()
		sim.Close()
	})
	go c.bind(ctx, "http://"+listener.Addr().String())
	slog.Info("robot stand-in", "page", "http://"+listener.Addr().String()+"/sim/")
	return a.Demo(ctx, "http://"+listener.Addr().String(), demoRobots())
}

// bind registers the callback addresses at the stand-in, as an operator would at the platform. The platform probes an address before it
// takes it, so that the server must be listening; until it does, binding is tried again.
func (c *devCommand) bind(ctx context.Context, platform string) {
	client := worktool.New(worktool.Options{})
	for _, r := range demoRobots() {
		account := robots.Account{BaseURI: platform, RobotID: r.RobotID}
		base := "http://" + c.HTTP + "/webhooks/worktool/" + r.ID + "/" + r.Secret + "/"
		for _, bind := range []func() error{
			func() error { return client.SetMessageCallback(ctx, account, base+"message", robots.ReplyAll) },
			func() error { return client.BindCallback(ctx, account, robots.CallbackResult, base+"result") },
			func() error { return client.BindCallback(ctx, account, robots.CallbackOnline, base+"online") },
			func() error { return client.BindCallback(ctx, account, robots.CallbackOffline, base+"offline") },
		} {
			for tries := 0; ; tries++ {
				err := bind()
				if err == nil {
					break
				}
				if tries == bindTries || ctx.Err() != nil {
					slog.Error("bind callbacks at the stand-in", "robot", r.ID, "error", err)
					return
				}
				time.Sleep(bindPause)
			}
		}
	}
	slog.Info("demo ready", "group", app.DemoGroup)
}

const (
	bindTries = 50
	bindPause = 100 * time.Millisecond
)
