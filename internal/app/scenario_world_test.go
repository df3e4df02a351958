package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// world is the product at work in virtual time: the real server on a real database, the robots' platform with its phones, and the wire
// between them in memory. Everything a scenario does, it does as a person in a chat or as a client of the API.
type world struct {
	t        *testing.T
	zone     *time.Location
	app      *app.App
	sim      *standin.Sim
	http     *http.Client
	api      *grpc.ClientConn
	stop     context.CancelFunc
	served   chan error
	network  network
	database string
	rooms    []string                           // groups beside those of every scenario, met when somebody speaks there
	groups   map[string]string                  // sessions by title
	webhooks map[string]*flowdeskv1.WebhookUris // by robot
	heard    int64                              // lines of the ledger that were looked at
	platform *http.Server
	outside  outside.Config    // what flows may call
	models   http.RoundTripper // where the models are
	keys     *sealed.Ring      // that seal secrets; none by default
	log      io.Writer         // nowhere by default
	prompts  *record           // what models were asked, where a scenario listens
	leases   bool              // it shares its database
	closers  []func()
	unsure   atomic.Int64 // how often the platform does not say whether a robot is online
	logless  atomic.Value // robot of which the platform does not give its log; a string
	opened   func(*app.App)
	off      atomic.Int64 // nanoseconds by which the server's clock is ahead of the time that passes
}

// The people and robots of every scenario.
const (
	customerGroup   = "华东客户群"
	staffGroup      = "客服工作群"
	managementGroup = "管理群"

	operator  = "财神爷"
	assistant = "小助理"
	support   = "售后小王"
)

// scenario runs a story in virtual time, from a time of day in January 2000 on. What prepares the world runs before the product starts.
func scenario(t *testing.T, at string, story func(w *world), prepare ...func(w *world)) {
	t.Helper()
	scenarioOn(t, "sqlite:"+filepath.Join(t.TempDir(), "flowdesk.db"), at, story, prepare...)
}

// scenarioOnBoth runs a story on each of the databases.
func scenarioOnBoth(t *testing.T, at string, story func(w *world), prepare ...func(w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		scenario(t, at, story, prepare...)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		scenarioOn(t, pgtest.URL(t), at, story, prepare...)
	})
}

// scenarioWithLeases runs a story on each of the databases, and on PostgreSQL once more as one of several servers that has all the leases. That asks
// the database every half second of virtual time: it is for stories of minutes.
func scenarioWithLeases(t *testing.T, at string, story func(w *world), prepare ...func(w *world)) {
	t.Helper()
	scenarioOnBoth(t, at, story, prepare...)
	t.Run("postgres with leases", func(t *testing.T) {
		t.Parallel()
		scenarioOn(t, pgtest.URL(t), at, story, append([]func(w *world){func(w *world) { w.leases = true }}, prepare...)...)
	})
}

func scenarioOn(t *testing.T, database, at string, story func(w *world), prepare ...func(w *world)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := newScenarioWorld(t, database, at, prepare)
		defer w.close()
		story(w)
	})
}

func newScenarioWorld(t *testing.T, database, at string, prepare []func(w *world)) *world {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	begin, err := time.ParseInLocation("2006-01-02 15:04", "2000-01-04 "+at, zone)
	require.NoError(t, err)
	time.Sleep(time.Until(begin))

	w := &world{t: t, zone: zone, database: database, groups: make(map[string]string), webhooks: make(map[string]*flowdeskv1.WebhookUris)}
	w.http = w.client()
	for _, f := range prepare {
		f(w)
	}
	everyone := standin.World{Groups: []standin.GroupSeed{
		{Name: customerGroup, Members: []string{operator, assistant, support, "张三", "李四", "王五"}},
		{Name: staffGroup, Members: []string{assistant, support}},
		{Name: managementGroup, Members: []string{"老板"}},
	}}
	for _, room := range w.rooms {
		everyone.Groups = append(everyone.Groups, standin.GroupSeed{Name: room, Members: []string{"张三", "王五"}})
	}
	for _, r := range scenarioRobots() {
		everyone.Robots = append(everyone.Robots, standin.RobotSeed{ID: r.GetRobotId(), Name: r.GetTitle()})
	}
	w.sim, err = standin.New(t.Context(), standin.Options{PhoneDelay: time.Second, RateLimit: standin.Off, Client: w.http, World: everyone})
	require.NoError(t, err)
	w.platform = &http.Server{Handler: w.sim, ReadHeaderTimeout: time.Minute}
	platform := w.network.listen("platform")
	go func() { _ = w.platform.Serve(platform) }()
	w.open()
	w.configure()
	return w
}

func (w *world) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: w.network.dial, DisableKeepAlives: true}}
}

// unsure is a platform that does not say for some times whether a robot is online, and gives some robot's log not at all. In the other logs stands
// something that nobody said, as when an address was tried.
type unsure struct {
	robots.Platform
	times   *atomic.Int64
	logless *atomic.Value
}

func (p *unsure) CallbackLog(ctx context.Context, account robots.Account, query robots.LogQuery) (robots.Page[robots.LoggedMessage], error) {
	if robot, ok := p.logless.Load().(string); ok && robot == account.RobotID {
		return robots.Page[robots.LoggedMessage]{}, errNoAnswer
	}
	page, err := p.Platform.CallbackLog(ctx, account, query)
	page.Items = append([]robots.LoggedMessage{{At: query.From.Add(time.Second)}}, page.Items...)
	return page, err
}

var errNoAnswer = errors.New("no answer")

func (p *unsure) Online(ctx context.Context, account robots.Account) (robots.OnlineState, error) {
	if p.times.Add(-1) >= 0 {
		return robots.OnlineUnknown, errNoAnswer
	}
	return p.Platform.Online(ctx, account)
}

// open starts the product on its database, as at any start of the machine.
func (w *world) open() {
	ctx, cancel := context.WithCancel(w.t.Context())
	log := slog.New(slog.DiscardHandler)
	if w.log != nil {
		log = slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	a, err := app.New(ctx, app.Options{
		Database: w.database, Outside: w.outside, Transport: w.models, Log: log, BaseURI: "http://desk", Keys: w.keys, Postgres: postgres.Options{Migrate: true},
		Now:       w.now,
		LookEvery: time.Hour, // days go by in a story
		Sole:      !w.leases,
		Fabric:    fabric.Alone{}, // whoever listens to other replicas waits for a real network, and virtual time would stand still
		Platform:  &unsure{worktool.New(worktool.Options{HTTP: w.client()}), &w.unsure, &w.logless},
	})
	require.NoError(w.t, err)
	require.NoError(w.t, a.Ship(ctx, app.DemoFlow))
	if w.opened != nil {
		w.opened(a)
	}
	w.app, w.stop, w.served = a, cancel, make(chan error, 1)
	desk, api := w.network.listen("desk"), w.network.listen("api")
	go func() { w.served <- a.Serve(ctx, desk, api) }()
	w.api, err = grpc.NewClient("passthrough:///api:443", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return w.network.dial(ctx, "tcp", address)
		}))
	require.NoError(w.t, err)
}

// now is the server's clock.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.off.Load())) }

// jump sets the server's clock, as after a machine slept or when somebody sets the time; no time passes but what the server needs to see it.
func (w *world) jump(by time.Duration) {
	w.t.Helper()
	w.off.Add(int64(by))
	w.advance(3 * time.Second)
}

// shut ends the product in good order.
func (w *world) shut() {
	require.NoError(w.t, w.api.Close())
	w.stop()
	require.NoError(w.t, <-w.served)
	require.NoError(w.t, w.app.Close())
}

func (w *world) close() {
	w.noFailures()
	w.shut()
	require.NoError(w.t, w.platform.Close())
	w.sim.Close()
	w.http.CloseIdleConnections()
	for _, f := range w.closers {
		f()
	}
}

func scenarioRobots() []*flowdeskv1.Robot {
	robot := func(id, title string, duty flowdeskv1.Duty) *flowdeskv1.Robot {
		return &flowdeskv1.Robot{Id: id, Title: title, RobotId: "sim-" + id, BaseUri: "http://platform", Duties: []flowdeskv1.Duty{duty}}
	}
	return []*flowdeskv1.Robot{
		robot("monitor", "监控机器人", flowdeskv1.Duty_DUTY_MONITOR), robot("notify", "通知机器人", flowdeskv1.Duty_DUTY_NOTIFY),
		robot("day", "白班小助手", flowdeskv1.Duty_DUTY_DAY_REPLY), robot("night", "晚班小助手", flowdeskv1.Duty_DUTY_NIGHT_REPLY),
	}
}

// configure does what an operator does on the first day: robots and their callback addresses, people, groups, settings.
func (w *world) configure() {
	ctx := w.t.Context()
	client := worktool.New(worktool.Options{HTTP: w.http})
	for _, r := range scenarioRobots() {
		created, err := flowdeskv1.NewRobotServiceClient(w.api).CreateRobot(ctx, &flowdeskv1.CreateRobotRequest{Id: r.GetId(), Robot: r})
		require.NoError(w.t, err)
		account, uris := robots.Account{BaseURI: r.GetBaseUri(), RobotID: r.GetRobotId()}, created.GetRobot().GetWebhookUris()
		w.webhooks[r.GetId()] = uris
		require.NoError(w.t, client.SetMessageCallback(ctx, account, uris.GetMessage(), robots.ReplyAll))
		for kind, address := range map[robots.CallbackKind]string{
			robots.CallbackResult: uris.GetResult(), robots.CallbackOnline: uris.GetOnline(), robots.CallbackOffline: uris.GetOffline(),
		} {
			require.NoError(w.t, client.BindCallback(ctx, account, kind, address))
		}
	}
	directory := flowdeskv1.NewDirectoryServiceClient(w.api)
	for _, title := range []string{customerGroup, staffGroup, managementGroup} {
		group := &flowdeskv1.Group{Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Internal: title != customerGroup}
		for _, r := range scenarioRobots() {
			group.Aliases = append(group.Aliases, &flowdeskv1.GroupAlias{Robot: r.GetId(), Title: title})
		}
		created, err := directory.CreateGroup(ctx, &flowdeskv1.CreateGroupRequest{Group: group})
		require.NoError(w.t, err)
		w.groups[title] = created.GetGroup().GetId()
	}
	for id, p := range map[string]*flowdeskv1.Person{
		"boss":   {Title: operator, Role: flowdeskv1.Role_ROLE_OPERATOR},
		"helper": {Title: assistant, Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT},
		"wang":   {Title: support, Role: flowdeskv1.Role_ROLE_AFTER_SALES},
	} {
		_, err := directory.CreatePerson(ctx, &flowdeskv1.CreatePersonRequest{PersonId: id, Person: p})
		require.NoError(w.t, err)
	}
	unlimited := int32(0)
	_, err := flowdeskv1.NewSettingsServiceClient(w.api).UpdateSettings(ctx, &flowdeskv1.UpdateSettingsRequest{Settings: &flowdeskv1.Settings{
		StaffGroup: w.groups[staffGroup], ManagementGroup: w.groups[managementGroup], RequestsPerMinute: &unlimited, Answers: []*flowdeskv1.AnswerEntry{
			{Id: "invoice", Questions: []string{"发票怎么开", "怎么开发票"}, Answer: "在订单页点击申请发票即可。"},
			{Id: "realname", Questions: []string{"实名认证怎么弄"}, Answer: "打开设置，点实名认证，按提示上传证件。"},
			{Id: "refund", Questions: []string{"退款多久到账"}, Answer: "审核通过后一到三个工作日原路退回。"},
		},
	}})
	require.NoError(w.t, err)
}

// says lets a person say something in the customers' group, mentioning others.
func (w *world) says(who, text string, mentions ...string) {
	w.t.Helper()
	w.saysIn(customerGroup, who, text, mentions...)
}

func (w *world) saysIn(group, who, text string, mentions ...string) {
	w.t.Helper()
	require.NoError(w.t, w.sim.Say(standin.Utterance{Group: group, Sender: who, Text: text, At: mentions}))
	w.advance(time.Millisecond)
}

// advance lets time go by, and waits until everything that was due is done.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	time.Sleep(d)
	synctest.Wait()
}

// until lets time go by to a time of day, of the next day if it has passed.
func (w *world) until(clock string) {
	w.t.Helper()
	now := time.Now().In(w.zone)
	at, err := time.ParseInLocation("2006-01-02 15:04", now.Format("2006-01-02 ")+clock, w.zone)
	require.NoError(w.t, err)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	w.advance(time.Until(at))
}

// said is a line that a robot was told to say.
type said struct{ robot, group, text, at string }

// robotsSaid are the new lines since the last look, in the order of their acceptance at the platform.
func (w *world) robotsSaid() []said {
	w.t.Helper()
	var lines []said
	for _, e := range w.sim.Ledger(standin.LedgerQuery{After: w.heard}) {
		w.heard = e.Seq
		lines = append(lines, said{strings.TrimPrefix(e.RobotID, "sim-"), strings.Join(e.Targets, ","), e.Content, strings.Join(e.At, ",")})
	}
	return lines
}

// alone requires that exactly one new line was said, and gives it.
func (w *world) alone() said {
	w.t.Helper()
	lines := w.robotsSaid()
	require.Len(w.t, lines, 1)
	return lines[0]
}

// silence requires that nothing new was said.
func (w *world) silence() {
	w.t.Helper()
	require.Empty(w.t, w.robotsSaid())
}

// in are the lines said in one group.
func in(group string, lines []said) []said {
	var some []said
	for _, l := range lines {
		if l.group == group {
			some = append(some, l)
		}
	}
	return some
}

func (w *world) commands() []*flowdeskv1.Command {
	w.t.Helper()
	r, err := flowdeskv1.NewQueueServiceClient(w.api).ListCommands(w.t.Context(), &flowdeskv1.ListCommandsRequest{})
	require.NoError(w.t, err)
	return r.GetCommands()
}

func (w *world) tasks() []*flowdeskv1.TrackTask {
	w.t.Helper()
	r, err := flowdeskv1.NewTaskServiceClient(w.api).ListTrackTasks(w.t.Context(), &flowdeskv1.ListTrackTasksRequest{})
	require.NoError(w.t, err)
	return r.GetTrackTasks()
}

func (w *world) alerts() []*flowdeskv1.Alert {
	w.t.Helper()
	r, err := flowdeskv1.NewAlertServiceClient(w.api).ListAlerts(w.t.Context(), &flowdeskv1.ListAlertsRequest{})
	require.NoError(w.t, err)
	return r.GetAlerts()
}

// messages are those of the customers' group, newest first.
func (w *world) messages() []*flowdeskv1.Message {
	w.t.Helper()
	r, err := flowdeskv1.NewSessionServiceClient(w.api).ListMessages(w.t.Context(), &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + w.groups[customerGroup]})
	require.NoError(w.t, err)
	return r.GetMessages()
}

// why asks why a message was answered as it was, or was not.
func (w *world) why(message string) *flowdeskv1.Derivation {
	w.t.Helper()
	r, err := flowdeskv1.NewSessionServiceClient(w.api).WhyMessage(w.t.Context(), &flowdeskv1.WhyMessageRequest{Name: "messages/" + message})
	require.NoError(w.t, err)
	return r.GetDerivation()
}

// rest calls the REST API and reads its answer.
func (w *world) rest(method, path, body string, into any) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, "http://desk"+path, bytes.NewBufferString(body))
	require.NoError(w.t, err)
	request.Host = "localhost" // open access answers to this machine's own names
	answer, err := w.http.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, answer.StatusCode, "%s %s: %s", method, path, data)
	if into != nil {
		require.NoError(w.t, json.Unmarshal(data, into))
	}
}

// alertOf is the newest alert of a category.
func (w *world) alertOf(category flowdeskv1.AlertCategory) *flowdeskv1.Alert {
	w.t.Helper()
	for _, a := range w.alerts() {
		if a.GetCategory() == category {
			return a
		}
	}
	require.Fail(w.t, "no alert", "of %s among %v", category, w.alerts())
	return nil
}

// taskOf is the newest task about a user.
func (w *world) taskOf(user string) *flowdeskv1.TrackTask {
	w.t.Helper()
	for _, t := range w.tasks() {
		if t.GetTargetName() == user {
			return t
		}
	}
	require.Fail(w.t, "no task", "of %s", user)
	return nil
}

// withdraw takes a message back.
func (w *world) withdraw(message string) {
	w.t.Helper()
	_, err := flowdeskv1.NewSessionServiceClient(w.api).WithdrawMessage(w.t.Context(), &flowdeskv1.WithdrawMessageRequest{Name: "messages/" + message})
	require.NoError(w.t, err)
	w.advance(time.Millisecond)
}

// alertNamed is an alert by its id.
func (w *world) alertNamed(id string) *flowdeskv1.Alert {
	w.t.Helper()
	r, err := flowdeskv1.NewAlertServiceClient(w.api).GetAlert(w.t.Context(), &flowdeskv1.GetAlertRequest{Name: "alerts/" + id})
	require.NoError(w.t, err)
	return r.GetAlert()
}

// resolve lets a person resolve an alert.
func (w *world) resolve(alert string) {
	w.t.Helper()
	_, err := flowdeskv1.NewAlertServiceClient(w.api).ResolveAlert(w.t.Context(), &flowdeskv1.ResolveAlertRequest{Name: "alerts/" + alert, Reason: "已沟通"})
	require.NoError(w.t, err)
	w.advance(time.Millisecond)
}

// groupTitled is the group of a title.
func (w *world) groupTitled(title string) *flowdeskv1.Group {
	w.t.Helper()
	r, err := flowdeskv1.NewDirectoryServiceClient(w.api).ListGroups(w.t.Context(), &flowdeskv1.ListGroupsRequest{})
	require.NoError(w.t, err)
	for _, g := range r.GetGroups() {
		if g.GetTitle() == title {
			return g
		}
	}
	require.Fail(w.t, "no group", title)
	return nil
}

// merge lets a person say that two groups are one.
func (w *world) merge(from, into string) {
	w.t.Helper()
	_, err := flowdeskv1.NewDirectoryServiceClient(w.api).MergeGroups(w.t.Context(), &flowdeskv1.MergeGroupsRequest{Name: "groups/" + into, Source: from, Reason: "改名"})
	require.NoError(w.t, err)
	w.advance(time.Millisecond)
}

// publish makes a definition the active version of a flow, which it creates when there is none.
func (w *world) publish(flow string, definition *flowdeskv1.FlowDefinition) {
	w.t.Helper()
	service := flowdeskv1.NewFlowServiceClient(w.api)
	got, err := service.GetFlow(w.t.Context(), &flowdeskv1.GetFlowRequest{Name: "flows/" + flow})
	if err != nil {
		_, err = service.CreateFlow(w.t.Context(), &flowdeskv1.CreateFlowRequest{FlowId: flow, Flow: &flowdeskv1.Flow{Definition: definition}})
	} else {
		_, err = service.UpdateFlow(w.t.Context(), &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{
			Name: "flows/" + flow, Definition: definition, Revision: got.GetFlow().GetRevision(),
		}})
	}
	require.NoError(w.t, err)
	published, err := service.PublishFlow(w.t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/" + flow})
	require.NoError(w.t, err)
	require.Empty(w.t, published.GetDiagnostics())
}

// alertsContaining are the alerts whose texts hold a part.
func (w *world) alertsContaining(part string) []*flowdeskv1.Alert {
	w.t.Helper()
	return slices.DeleteFunc(w.alerts(), func(a *flowdeskv1.Alert) bool { return !strings.Contains(a.GetText(), part) })
}

// complete lets a person complete a task, unless it has ended.
func (w *world) complete(task string) {
	w.t.Helper()
	service := flowdeskv1.NewTaskServiceClient(w.api)
	got, err := service.GetTrackTask(w.t.Context(), &flowdeskv1.GetTrackTaskRequest{Name: "trackTasks/" + task})
	require.NoError(w.t, err)
	if got.GetTrackTask().GetEndTime() == nil {
		_, err = service.CompleteTrackTask(w.t.Context(), &flowdeskv1.CompleteTrackTaskRequest{Name: "trackTasks/" + task})
		require.NoError(w.t, err)
	}
	w.advance(time.Millisecond)
}

// noFailures requires that no run of a flow has failed: whatever happens outside, a flow copes with it.
func (w *world) noFailures() {
	w.t.Helper()
	if w.t.Failed() {
		return
	}
	r, err := flowdeskv1.NewInstanceServiceClient(w.api).ListInstances(w.t.Context(), &flowdeskv1.ListInstancesRequest{
		Statuses: []flowdeskv1.InstanceStatus{flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED},
	})
	require.NoError(w.t, err)
	require.Empty(w.t, r.GetInstances())
}
