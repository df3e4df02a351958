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
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Addresses of the world.
const (
	grpcAddress  = "127.0.0.1:9090"
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
	bubble.Test(t, func(t *testing.T) {
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
	for _, g := range groups() {
		everyone.Groups = append(everyone.Groups, standin.GroupSeed{Name: g.GetTitle(), Members: []string{"张三"}})
	}
	for _, r := range robotRecords() {
		everyone.Robots = append(everyone.Robots, standin.RobotSeed{ID: r.Robot.GetRobotId(), Name: r.Robot.GetTitle()})
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
	file := filepath.Join(w.dir, "flowdesk.db")
	w.furnish(ctx, file)
	w.app, err = app.New(ctx, app.Options{
		Database: "sqlite:" + file, Inside: true, Log: slog.New(slog.DiscardHandler), BaseURI: "http://elsewhere",
		Platform: worktool.New(worktool.Options{HTTP: w.client()}),
	})
	require.NoError(t, err)
	w.served = make(chan error, 1)
	desk, api := w.network.listen(httpAddress), w.network.listen(grpcAddress)
	go func() { w.served <- w.app.Serve(ctx, desk, api) }()
	w.bind()
	synctest.Wait()
}

// bind registers the callback addresses at the platform.
func (w *world) bind() {
	client := worktool.New(worktool.Options{HTTP: w.client()})
	for _, r := range robotRecords() {
		account := robots.Account{BaseURI: r.Robot.GetBaseUri(), RobotID: r.Robot.GetRobotId()}
		address := "http://" + httpAddress + "/webhooks/worktool/" + r.Robot.GetId() + "/" + r.WebhookSecret + "/result"
		require.NoError(w.t, client.BindCallback(w.t.Context(), account, robots.CallbackResult, address))
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

// furnish puts robots, people, groups and settings into a new database.
func (w *world) furnish(ctx context.Context, file string) {
	t := w.t
	store, err := sqlite.OpenWith(ctx, file, sqlite.Options{})
	require.NoError(t, err)
	now := timestamppb.Now()
	for _, r := range robotRecords() {
		r.Robot.CreateTime, r.Robot.UpdateTime = now, now
		require.NoError(t, store.PutRobot(ctx, r, ""))
	}
	for _, p := range []*flowdeskv1.Person{
		{Id: "operator", Title: "财神爷", Role: flowdeskv1.Role_ROLE_OPERATOR},
		{Id: "assistant", Title: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT},
		{Id: "support", Title: "售后小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES},
	} {
		p.CreateTime, p.UpdateTime = now, now
		require.NoError(t, store.PutPerson(ctx, p, ""))
	}
	for _, g := range groups() {
		for _, r := range robotRecords() {
			g.Aliases = append(g.Aliases, &flowdeskv1.GroupAlias{Robot: r.Robot.GetId(), Title: g.GetTitle()})
		}
		g.CreateTime, g.UpdateTime = now, now
		require.NoError(t, store.PutGroup(ctx, g, ""))
	}
	require.NoError(t, store.PutSettings(ctx, &flowdeskv1.Settings{StaffGroup: "staff", ManagementGroup: "management"}, ""))
	require.NoError(t, store.Close())
}

func groups() []*flowdeskv1.Group {
	group := func(id, title string, internal bool) *flowdeskv1.Group {
		return &flowdeskv1.Group{Id: id, Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Internal: internal}
	}
	return []*flowdeskv1.Group{group("demo", "华东客户群", false), group("staff", "客服工作群", true), group("management", "管理群", true)}
}

// robotRecords are the four robots, with secrets that a golden file may show.
func robotRecords() []*storage.RobotRecord {
	record := func(id, title string, duty flowdeskv1.Duty) *storage.RobotRecord {
		return &storage.RobotRecord{WebhookSecret: "secret-" + id, Robot: &flowdeskv1.Robot{
			Id: id, Title: title, RobotId: "sim-" + id, BaseUri: "http://" + platformHost, Duties: []flowdeskv1.Duty{duty},
		}}
	}
	return []*storage.RobotRecord{
		record("monitor", "监控机器人", flowdeskv1.Duty_DUTY_MONITOR), record("notify", "通知机器人", flowdeskv1.Duty_DUTY_NOTIFY),
		record("day", "白班小助手", flowdeskv1.Duty_DUTY_DAY_REPLY), record("night", "晚班小助手", flowdeskv1.Duty_DUTY_NIGHT_REPLY),
	}
}
