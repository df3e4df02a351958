package cli_test

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// Addresses of the world.
const (
	grpcAddress  = "desk:9090"
	httpAddress  = "desk:8080"
	platformHost = "platform:80"
	modelHost    = "models:80"
	goodKey      = "good-key"
)

// world is the product at work in virtual time, from Tuesday 4 January 2000, 10:00 in Shanghai on: the real server on a real database, and
// the robots' platform.
type world struct {
	t       *testing.T
	network network
	dir     string
	app     *app.App
	stop    context.CancelFunc
	served  chan error
	closers []func()
}

// inWorld runs a story in a world of its own.
func inWorld(t *testing.T, story func(w *world)) {
	t.Helper()
	dir := t.TempDir() // outside of the bubble: it is removed after it
	synctest.Test(t, func(t *testing.T) {
		zone, err := time.LoadLocation("Asia/Shanghai")
		require.NoError(t, err)
		time.Sleep(time.Until(time.Date(2000, 1, 4, 10, 0, 0, 0, zone)))
		w := &world{t: t, dir: dir}
		w.open()
		defer w.close()
		story(w)
	})
}

func (w *world) open() {
	t := w.t
	ctx, cancel := context.WithCancel(t.Context())
	w.stop = cancel
	everyone := standin.World{}
	for title, members := range app.DemoGroups() {
		if title == app.DemoGroup {
			members = append(members, "张三")
		}
		everyone.Groups = append(everyone.Groups, standin.GroupSeed{Name: title, Members: members})
	}
	for _, r := range demoRobots() {
		everyone.Robots = append(everyone.Robots, standin.RobotSeed{ID: r.RobotID, Name: r.Title})
	}
	sim, err := standin.New(ctx, standin.Options{PhoneDelay: time.Second, RateLimit: standin.Off, Client: w.client(), World: everyone})
	require.NoError(t, err)
	w.serve(platformHost, sim)
	w.closers = append(w.closers, sim.Close)
	w.serve(modelHost, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+goodKey {
			rw.WriteHeader(http.StatusUnauthorized)
		}
	}))
	w.app, err = app.New(ctx, app.Options{
		Database: "sqlite:" + filepath.Join(w.dir, "flowdesk.db"), Log: slog.New(slog.DiscardHandler), BaseURI: "http://elsewhere",
		Platform: worktool.New(worktool.Options{HTTP: w.client()}),
	})
	require.NoError(t, err)
	require.NoError(t, w.app.Demo(ctx, "http://"+platformHost, demoRobots()))
	w.served = make(chan error, 1)
	desk, api := w.network.listen(httpAddress), w.network.listen(grpcAddress)
	go func() { w.served <- w.app.Serve(ctx, desk, api) }()
	w.bind()
	synctest.Wait()
}

// bind registers the callback addresses at the platform.
func (w *world) bind() {
	client := worktool.New(worktool.Options{HTTP: w.client()})
	for _, r := range demoRobots() {
		account := robots.Account{BaseURI: "http://" + platformHost, RobotID: r.RobotID}
		base := "http://" + httpAddress + "/webhooks/worktool/" + r.ID + "/" + r.Secret + "/"
		require.NoError(w.t, client.BindCallback(w.t.Context(), account, robots.CallbackResult, base+"result"))
	}
}

func (w *world) serve(address string, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	listener := w.network.listen(address)
	go func() { _ = server.Serve(listener) }()
	w.closers = append(w.closers, func() { _ = server.Close() })
}

func (w *world) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: w.network.dial, DisableKeepAlives: true}}
}

func (w *world) close() {
	w.stop()
	require.NoError(w.t, <-w.served)
	require.NoError(w.t, w.app.Close())
	for _, f := range w.closers {
		f()
	}
}

// demoRobots are those of the demo, with secrets that a golden file may show.
func demoRobots() []app.DemoRobot {
	return []app.DemoRobot{
		{ID: "monitor", Title: "监控机器人", RobotID: "sim-monitor", Duty: flowdeskv1.Duty_DUTY_MONITOR, Secret: "secret-monitor"},
		{ID: "notify", Title: "通知机器人", RobotID: "sim-notify", Duty: flowdeskv1.Duty_DUTY_NOTIFY, Secret: "secret-notify"},
		{ID: "day", Title: "白班小助手", RobotID: "sim-day", Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, Secret: "secret-day"},
		{ID: "night", Title: "晚班小助手", RobotID: "sim-night", Duty: flowdeskv1.Duty_DUTY_NIGHT_REPLY, Secret: "secret-night"},
	}
}
