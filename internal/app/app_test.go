package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// desk is the product and the robots' platform, each behind a real socket.
type desk struct {
	t     *testing.T
	app   *app.App
	http  *httptest.Server
	sim   *standin.Sim
	simAt string
	file  string
	tune  sqlite.Options
}

// day is a time at which the day robot answers at once, whatever the machine's clock says.
func day() time.Time { return time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC).Add(time.Since(start)) }

var start = time.Now()

var demoRobots = []app.DemoRobot{
	{ID: "monitor", Title: "监控机器人", RobotID: "sim-monitor", Duty: flowdeskv1.Duty_DUTY_MONITOR, Secret: "secret-of-the-monitor"},
	{ID: "day", Title: "白班小助手", RobotID: "sim-day", Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, Secret: "secret-of-the-day"},
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, file: filepath.Join(t.TempDir(), "flowdesk.db")}
	world := standin.World{Groups: []standin.GroupSeed{{Name: app.DemoGroup, Members: []string{"张三"}}}}
	for _, r := range demoRobots {
		world.Robots = append(world.Robots, standin.RobotSeed{ID: r.RobotID, Name: r.Title})
	}
	sim, err := standin.New(t.Context(), standin.Options{PhoneDelay: standin.NoDelay, RateLimit: standin.Off, World: world})
	require.NoError(t, err)
	platform := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); platform.Close() })
	d.sim, d.simAt = sim, platform.URL
	d.open()
	require.NoError(t, d.app.Ship(t.Context(), app.DemoFlow))
	require.NoError(t, d.app.Demo(t.Context(), platform.URL, demoRobots))
	d.bind()
	t.Cleanup(d.close)
	return d
}

func (d *desk) open() {
	d.t.Helper()
	a, err := app.New(d.t.Context(), app.Options{Database: "sqlite:" + d.file, SQLite: d.tune, Log: slog.New(slog.DiscardHandler), Now: day, Inside: true})
	require.NoError(d.t, err)
	d.app, d.http = a, httptest.NewServer(a.Handler())
}

func (d *desk) close() {
	d.http.Close()
	require.NoError(d.t, d.app.Close())
}

// bind registers the callback addresses, as an operator does at the platform.
func (d *desk) bind() {
	d.t.Helper()
	client := worktool.New(worktool.Options{})
	for _, r := range demoRobots {
		account := robots.Account{BaseURI: d.simAt, RobotID: r.RobotID}
		base := d.http.URL + "/webhooks/worktool/" + r.ID + "/" + r.Secret + "/"
		require.NoError(d.t, client.SetMessageCallback(d.t.Context(), account, base+"message", robots.ReplyAll))
		require.NoError(d.t, client.BindCallback(d.t.Context(), account, robots.CallbackResult, base+"result"))
	}
}

// get reads a resource over REST.
func (d *desk) get(path string, into any) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.http.URL+path, nil)
	require.NoError(d.t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(d.t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(d.t, err)
	require.Equal(d.t, http.StatusOK, answer.StatusCode, "%s: %s", path, body)
	require.NoError(d.t, json.Unmarshal(body, into))
}

// post sends a body and gives status and body of the answer.
func post(ctx context.Context, t *testing.T, address, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(data)
}

type commandList struct {
	Commands []struct{ ID, State, Text, Robot, Instance string }
}

// completed waits until a number of commands is confirmed.
func (d *desk) completed(n int) commandList {
	d.t.Helper()
	var list commandList
	require.EventuallyWithT(d.t, func(c *assert.CollectT) {
		list = commandList{}
		d.get("/v1/commands", &list)
		done := 0
		for _, command := range list.Commands {
			if command.State == "COMMAND_STATE_COMPLETED" {
				done++
			}
		}
		require.Equal(c, n, done, "%v", list)
	}, 20*time.Second, 20*time.Millisecond)
	return list
}

const question = `{"spoken":"发票怎么开","rawSpoken":"发票怎么开","receivedName":"张三","groupName":"华东客户群","roomType":1,"atMe":false,"textType":1}`

func TestCallbackBecomesConfirmedCommand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	status, body := post(t.Context(), t, d.http.URL+"/webhooks/worktool/monitor/secret-of-the-monitor/message", question)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"code":0,"message":"success"}`, body)
	// the other robot hears the same utterance, a moment later
	status, _ = post(t.Context(), t, d.http.URL+"/webhooks/worktool/day/secret-of-the-day/message", question)
	require.Equal(t, http.StatusOK, status)

	list := d.completed(1)
	require.Len(t, list.Commands, 1, "heard by two robots, answered once")
	require.Equal(t, "day", list.Commands[0].Robot)
	require.Len(t, d.sim.Ledger(standin.LedgerQuery{}), 1)

	var instance struct{ Status string }
	d.get("/v1/instances/"+list.Commands[0].Instance, &instance)
	require.Equal(t, "INSTANCE_STATUS_COMPLETED", instance.Status)
	var trace struct {
		Steps []struct{ Node, Kind, Port string }
	}
	d.get("/v1/instances/"+list.Commands[0].Instance+":trace", &trace)
	require.Equal(t, "success", trace.Steps[len(trace.Steps)-1].Port)
	var why struct{ Outcome string }
	d.get("/v1/messages/"+list.Commands[0].ID+":why", &why)
	require.Equal(t, "DERIVATION_OUTCOME_SAID", why.Outcome)
}

func TestNothingIsLostOrDoubledByARestart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	require.NoError(t, d.sim.SetMode("sim-day", standin.Mode{CallbackLost: true}))
	_, _ = post(t.Context(), t, d.http.URL+"/webhooks/worktool/monitor/secret-of-the-monitor/message", question)
	require.Eventually(t, func() bool { return len(d.sim.Ledger(standin.LedgerQuery{})) == 1 }, 20*time.Second, 20*time.Millisecond)
	d.close() // the result callback is lost, and nobody looked the result up

	d.open()
	list := d.completed(1) // found by look-up
	require.Len(t, list.Commands, 1)
	require.Len(t, d.sim.Ledger(standin.LedgerQuery{}), 1, "never sent again without proof")
}

func TestCallbacksAnswerClearlyAndNeverWithWords(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	good := "/webhooks/worktool/monitor/secret-of-the-monitor/message"
	for _, c := range []struct {
		name, path, body string
		status           int
	}{
		{"wrong secret", "/webhooks/worktool/monitor/guess/message", question, http.StatusNotFound},
		{"unknown robot", "/webhooks/worktool/nobody/secret-of-the-monitor/message", question, http.StatusNotFound},
		{"unknown kind", "/webhooks/worktool/monitor/secret-of-the-monitor/other", question, http.StatusNotFound},
		{"broken JSON", good, `{"spoken":`, http.StatusBadRequest},
		{"too long a text", good, `{"spoken":"` + strings.Repeat("x", 6<<20) + `"}`, http.StatusRequestEntityTooLarge},
		{"oversized", good, strings.Repeat("x", 32<<20), http.StatusRequestEntityTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, body := post(t.Context(), t, d.http.URL+c.path, c.body)
			require.Equal(t, c.status, status)
			require.Empty(t, body, "a robot speaks our error text to the customer")
		})
	}
	for i, text := range []string{"😀🎉", "\\u0000null", "\\u202eright to left", strings.Repeat("长", 350_000)} {
		status, _ := post(t.Context(), t, d.http.URL+good, fmt.Sprintf(`{"spoken":"%[1]s","rawSpoken":"%[1]s","receivedName":"李四%[2]d","groupName":"华东客户群","roomType":1,"textType":1}`, text, i))
		require.Equal(t, http.StatusOK, status, "strange texts are taken: %d", i)
	}
}

func TestFullDiskRefusesAndLosesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.close()
	d.tune.MaxPages = 200 // the file has about 150 by now
	d.open()
	d.bind()
	say := func(n int) int {
		body := fmt.Sprintf(`{"spoken":"第%[1]d条：%[2]s","rawSpoken":"第%[1]d条：%[2]s","receivedName":"客户%[1]d","groupName":"华东客户群","roomType":1,"textType":1}`, n, strings.Repeat("长", 500))
		status, answer := post(t.Context(), t, d.http.URL+"/webhooks/worktool/monitor/secret-of-the-monitor/message", body)
		if status != http.StatusOK {
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Empty(t, answer, "a robot speaks our error text to the customer")
		}
		return status
	}
	taken := map[string]bool{}
	full := false
	for n := 0; n < 400 && !full; n++ {
		if full = say(n) != http.StatusOK; !full {
			taken[fmt.Sprintf("第%d条", n)] = true
		}
	}
	require.True(t, full, "the disk fills up")
	require.Greater(t, len(taken), 3)
	require.Equal(t, http.StatusServiceUnavailable, say(1000), "still full, still alive")
	code, text := face(t, d.app, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code, text)
	require.Contains(t, text, "full")
	code, text = face(t, d.app, "/healthz")
	require.Equal(t, http.StatusOK, code, text)
	d.get("/v1/messages", &struct{}{}) // what there is can be read

	d.close()
	d.tune.MaxPages = 0 // somebody made room
	d.open()
	awaitReady(t, d.app, "ready\n")
	require.Equal(t, http.StatusOK, say(1001))
	var list struct{ Messages []struct{ Text, Role string } }
	d.get("/v1/messages?pageSize=500&role=ROLE_USER", &list)
	for _, m := range list.Messages {
		delete(taken, strings.SplitN(m.Text, "：", 2)[0])
	}
	require.Empty(t, taken, "everything acknowledged is there")
}
