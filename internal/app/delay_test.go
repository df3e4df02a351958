package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/storage"
)

// wait is a delay table with one delay for the whole day.
func (d *desk) wait(delay time.Duration) {
	d.t.Helper()
	settings, err := d.app.Store.GetSettings(d.t.Context())
	require.NoError(d.t, err)
	settings.DelayRules = []*flowdeskv1.DelayRule{{
		Name: "always", Window: &flowdeskv1.TimeWindow{Start: "00:00", End: "24:00"},
		Action: &flowdeskv1.DelayRule_Delay{Delay: &flowdeskv1.DelayRange{Min: durationpb.New(delay), Max: durationpb.New(delay)}},
	}}
	require.NoError(d.t, d.app.Store.PutSettings(d.t.Context(), settings, ""))
	require.NoError(d.t, d.app.Runner.Reload(d.t.Context()))
}

func (d *desk) hears(body string) {
	d.t.Helper()
	status, _ := post(d.t.Context(), d.t, d.http.URL+"/webhooks/worktool/monitor/secret-of-the-monitor/message", body)
	require.Equal(d.t, http.StatusOK, status)
}

// command waits until the first command is in a state.
func (d *desk) command(done func(state string) bool) commandList {
	d.t.Helper()
	var list commandList
	require.EventuallyWithT(d.t, func(c *assert.CollectT) {
		list = commandList{}
		d.get("/v1/commands", &list)
		require.NotEmpty(c, list.Commands)
		require.True(c, done(list.Commands[len(list.Commands)-1].State), "%v", list)
	}, 20*time.Second, 20*time.Millisecond)
	return list
}

func TestDelayedReplyIsJudgedAgainAndSaidOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wait(500 * time.Millisecond)
	d.hears(question)
	d.command(func(state string) bool { return state == "COMMAND_STATE_DELAYED" })
	require.Empty(t, d.sim.Ledger(standin.LedgerQuery{}))
	list := d.completed(1)
	require.Len(t, d.sim.Ledger(standin.LedgerQuery{}), 1)

	session, err := d.app.Store.GetMessage(t.Context(), list.Commands[0].ID)
	require.NoError(t, err)
	turns, err := d.app.Store.ListTurns(t.Context(), session.GetSession(), 0, 10)
	require.NoError(t, err)
	var payloads []string
	for _, data := range turns {
		turn := &flowdeskv1.Turn{}
		require.NoError(t, proto.Unmarshal(data, turn))
		payloads = append(payloads, string(turn.GetEvent().ProtoReflect().WhichOneof(turn.GetEvent().ProtoReflect().Descriptor().Oneofs().ByName("payload")).Name()))
	}
	require.Equal(t, []string{"message", "command_due"}, payloads[:2])
	require.Contains(t, payloads, "command_result") // before or after the echo
}

func TestDelayedReplySurvivesARestart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wait(2 * time.Second)
	d.hears(question)
	d.command(func(state string) bool { return state == "COMMAND_STATE_DELAYED" })
	d.close()
	d.open()
	d.bind()
	require.Len(t, d.completed(1).Commands, 1)
	require.Len(t, d.sim.Ledger(standin.LedgerQuery{}), 1)
}

func TestDelayedReplyIsDroppedWhenItsUserTakesItBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.wait(1500 * time.Millisecond)
	d.hears(question)
	d.command(func(state string) bool { return state == "COMMAND_STATE_DELAYED" })
	d.hears(`{"spoken":"没事了，不用了","rawSpoken":"没事了，不用了","receivedName":"张三","groupName":"华东客户群","roomType":1,"atMe":false,"textType":1}`)
	list := d.command(func(state string) bool { return state == "COMMAND_STATE_CANCELLED" })
	command, err := d.app.Store.GetCommand(t.Context(), list.Commands[len(list.Commands)-1].ID)
	require.NoError(t, err)
	require.Equal(t, "用户已收回问题", command.GetReason())
	require.Empty(t, d.sim.Ledger(standin.LedgerQuery{}))
}

func TestCommandThatFailsForGoodIsHandedToAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	require.NoError(t, d.sim.SetMode("sim-day", standin.Mode{FailCode: 201104})) // not worth a repetition
	d.hears(question)
	list := d.command(func(state string) bool { return state == "COMMAND_STATE_MANUAL" })
	command, err := d.app.Store.GetCommand(t.Context(), list.Commands[len(list.Commands)-1].ID)
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_FAILED, command.GetAttemptLog()[0].GetState())
	tasks, _, err := d.app.Store.ListTasks(t.Context(), storage.TaskFilter{Command: command.GetId()}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
}

func TestRenamedGroupKeepsItsSession(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.hears(question)
	first := d.completed(1)
	said, err := d.app.Store.GetMessage(t.Context(), first.Commands[0].ID)
	require.NoError(t, err)
	group, err := d.app.Store.GetGroup(t.Context(), said.GetSession())
	require.NoError(t, err)
	for _, robot := range []string{"monitor", "day"} { // a person adds the new name
		group.Aliases = append(group.Aliases, &flowdeskv1.GroupAlias{Robot: robot, Title: "华东客户群（新）"})
	}
	require.NoError(t, d.app.Store.PutGroup(t.Context(), group, ""))
	require.NoError(t, d.app.Runner.Reload(t.Context()))

	d.hears(`{"spoken":"怎么开发票呢","rawSpoken":"怎么开发票呢","receivedName":"张三","groupName":"华东客户群（新）","roomType":1,"atMe":false,"textType":1}`)
	require.Eventually(t, func() bool { return len(d.sim.Ledger(standin.LedgerQuery{})) == 2 }, 20*time.Second, 20*time.Millisecond)
	again, _, err := d.app.Store.ListMessages(t.Context(), storage.MessageFilter{Session: said.GetSession(), Text: "怎么开发票呢"}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, again, 1, "the same session")
	var targets []string
	for _, said := range d.sim.Ledger(standin.LedgerQuery{}) {
		targets = append(targets, said.Targets...)
	}
	require.Contains(t, targets, "华东客户群（新）", "the robot looks for the new name")
}
