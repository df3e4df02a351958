package demo_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/demo"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/nodes"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// monday is when the installations of the tests are looked at: a Monday afternoon in Shanghai.
func monday() time.Time { return time.Date(2026, 3, 9, 7, 30, 0, 0, time.UTC) }

// office is an installation with the shipped flow.
type office struct {
	t         *testing.T
	store     storage.Store
	runner    *runner.Runner
	demo      *demo.Demo
	days      int // of what is made: most tests do with one
	withdrawn map[string]bool
	taken     []string
}

func newOffice(t *testing.T, days int) *office {
	t.Helper()
	validator, err := protovalidate.New()
	require.NoError(t, err)
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "flowdesk.db"))
	require.NoError(t, err)
	catalog := nodes.Builtin()
	catalog.Validate = func(m proto.Message) []engine.Violation {
		if err := validator.Validate(m); err != nil {
			return []engine.Violation{{Message: err.Error()}}
		}
		return nil
	}
	definition, err := flows.Load(demo.Flow)
	require.NoError(t, err)
	published := engine.Timestamp(monday().Add(-demo.Before))
	require.NoError(t, store.CreateFlow(t.Context(), &flowdeskv1.Flow{Id: demo.Flow, Definition: definition, CreateTime: published, UpdateTime: published}))
	_, err = store.PublishVersion(t.Context(), &flowdeskv1.FlowVersion{Flow: demo.Flow, Definition: definition, CreateTime: published}, true)
	require.NoError(t, err)
	o := &office{t: t, store: store, days: days, withdrawn: make(map[string]bool)}
	o.runner = runner.New(catalog, store, runner.Options{Now: monday, Log: slog.New(slog.DiscardHandler), Fill: desk.FillSettings})
	require.NoError(t, o.runner.Start(t.Context()))
	o.demo = o.keeper()
	t.Cleanup(func() {
		o.demo.Close()
		o.runner.Close()
		require.NoError(t, store.Close())
	})
	return o
}

// keeper is the demo as a start of the process makes it.
func (o *office) keeper() *demo.Demo {
	return demo.New(demo.Deps{
		Days: o.days, Store: o.store, Runner: o.runner, Fill: desk.FillSettings, Log: slog.New(slog.DiscardHandler),
		TakeUp:   func(c *flowdeskv1.Command) { o.taken = append(o.taken, c.GetId()) },
		Withdraw: func(command string) { o.withdrawn[command] = true }, RobotsChanged: func([]*storage.RobotRecord) {},
		Robots: func() []*storage.RobotRecord {
			var robots []*storage.RobotRecord
			for id, duty := range map[string]flowdeskv1.Duty{
				"monitor": flowdeskv1.Duty_DUTY_MONITOR, "notify": flowdeskv1.Duty_DUTY_NOTIFY, "day": flowdeskv1.Duty_DUTY_DAY_REPLY,
				"night": flowdeskv1.Duty_DUTY_NIGHT_REPLY,
			} {
				robots = append(robots, &storage.RobotRecord{WebhookSecret: "s-" + id, Robot: &flowdeskv1.Robot{Id: id, Title: id, Duties: []flowdeskv1.Duty{duty}, RobotId: id}})
			}
			return robots
		},
	})
}

// filled is an office with demo data.
func filled(t *testing.T, days int) *office {
	t.Helper()
	o := newOffice(t, days)
	require.NoError(t, o.demo.Furnish(t.Context()))
	require.NoError(t, o.demo.Resume(t.Context()))
	o.demo.Wait()
	require.Equal(t, flowdeskv1.DemoState_DEMO_STATE_FILLED, o.state().GetState(), o.state().GetError())
	return o
}

func (o *office) state() *flowdeskv1.Demo {
	o.t.Helper()
	d, err := o.demo.State(o.t.Context())
	require.NoError(o.t, err)
	return d
}

func (o *office) counts() map[string]int64 {
	counts := make(map[string]int64)
	for _, c := range o.state().GetCounts() {
		counts[c.GetKind()] = c.GetCount()
	}
	return counts
}

func TestTheWeekFillsEveryScreen(t *testing.T) {
	t.Parallel()
	o := filled(t, 7)
	ctx, counts := t.Context(), o.counts()
	require.EqualValues(t, 22, counts["groups"])
	require.EqualValues(t, 20, counts["sessions"], "every customers' group has a conversation")
	require.EqualValues(t, 4, counts["robots"])
	require.Greater(t, counts["messages"], int64(1000))

	since, until := monday().Add(-7*24*time.Hour), monday()
	statuses, err := o.store.CountInstanceStatuses(ctx, storage.InstanceFilter{After: since, Before: until.Add(time.Second)})
	require.NoError(t, err)
	require.Positive(t, statuses[flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED])
	require.Positive(t, statuses[flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED], "the second version stumbles")
	require.Positive(t, statuses[flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING])
	settled, err := o.store.CountSettledCommands(ctx, since, until.Add(time.Second), true)
	require.NoError(t, err)
	require.Positive(t, settled[flowdeskv1.CommandState_COMMAND_STATE_COMPLETED])
	require.Positive(t, settled[flowdeskv1.CommandState_COMMAND_STATE_MANUAL])
	waiting, err := o.store.CountCommands(ctx)
	require.NoError(t, err)
	require.Positive(t, waiting[flowdeskv1.CommandState_COMMAND_STATE_DELAYED])
	require.Len(t, o.taken, int(waiting[flowdeskv1.CommandState_COMMAND_STATE_DELAYED]), "what waits is taken up by the installation")
	for _, state := range []flowdeskv1.TaskState{
		flowdeskv1.TaskState_TASK_STATE_PENDING, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, flowdeskv1.TaskState_TASK_STATE_RESPONDED,
		flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS, flowdeskv1.TaskState_TASK_STATE_ESCALATED, flowdeskv1.TaskState_TASK_STATE_COMPLETED,
	} {
		tasks, _, err := o.store.ListTasks(ctx, storage.TaskFilter{States: []flowdeskv1.TaskState{state}}, storage.Page{})
		require.NoError(t, err)
		require.NotEmpty(t, tasks, state)
	}
	unanswered, held, err := o.store.CountSessions(ctx)
	require.NoError(t, err)
	require.Positive(t, unanswered)
	require.Positive(t, held)
	flow, err := o.store.GetFlow(ctx, demo.Flow)
	require.NoError(t, err)
	require.EqualValues(t, 3, flow.GetActiveVersion())
	require.False(t, flow.GetDraftChanged())
	quarantine, _, err := o.store.ListQuarantine(ctx, storage.QuarantineFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, quarantine)
	require.NoError(t, o.store.Derive(ctx, since, until, until))
	for metric := flowdeskv1.Metric_METRIC_RESPONSE_TIME; metric <= flowdeskv1.Metric_METRIC_SATISFACTION; metric++ {
		rows, _, err := o.store.ListMeasured(ctx, storage.MeasuredFilter{Metric: metric, After: since, Before: until.Add(time.Second)}, storage.Page{})
		require.NoError(t, err)
		require.NotEmpty(t, rows, metric)
	}
}

func TestTheSameWeekIsTheSame(t *testing.T) {
	t.Parallel()
	one, other := filled(t, 2), filled(t, 2)
	require.Equal(t, one.counts(), other.counts())
	for n := range 20 {
		session := "demo"
		if n > 0 {
			session = fmt.Sprintf("demo-%02d", n+1)
		}
		a, err := one.store.LoadSession(t.Context(), session)
		require.NoError(t, err)
		b, err := other.store.LoadSession(t.Context(), session)
		require.NoError(t, err)
		left, err := runner.Restore(session, a)
		require.NoError(t, err)
		right, err := runner.Restore(session, b)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(left.SessionState, right.SessionState, protocmp.Transform()), session)
	}
}

func TestEveryTurnOfTheWeekReplays(t *testing.T) {
	t.Parallel()
	o := filled(t, 1)
	messages, _, err := o.store.ListMessages(t.Context(), storage.MessageFilter{}, storage.Page{Size: storage.MaxPageSize})
	require.NoError(t, err)
	for _, m := range messages {
		require.False(t, m.GetReceiveTime().AsTime().Before(monday().Add(-24*time.Hour)), "nothing is said before it begins")
		require.False(t, m.GetReceiveTime().AsTime().After(monday()), "nothing is said after it")
	}
	data, err := o.store.ListTurns(t.Context(), "demo", 0, 100)
	require.NoError(t, err)
	for _, d := range data {
		turn := &flowdeskv1.Turn{}
		require.NoError(t, proto.Unmarshal(d, turn))
		_, err := runner.LoadEnvironment(t.Context(), o.store, turn.GetEnvironment())
		require.NoError(t, err, "the environment of turn %d is stored", turn.GetSessionVersion())
	}
}

func TestRemovalTakesExactlyTheDemo(t *testing.T) {
	t.Parallel()
	o := filled(t, 1)
	ctx := t.Context()
	require.NoError(t, o.store.PutGroup(ctx, &flowdeskv1.Group{Id: "own", Title: "自家群"}, ""))
	require.NoError(t, o.store.PutPerson(ctx, &flowdeskv1.Person{Id: "wang", Title: "王经理", Role: flowdeskv1.Role_ROLE_OPERATOR}, ""))
	require.NoError(t, o.runner.Reload(ctx))
	said, err := o.runner.Submit(ctx, &flowdeskv1.Event{Session: "own", Source: "worktool", Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
		Robot: "mine", SenderName: "老客户", Text: "发票怎么开", RawText: "发票怎么开", ContentType: 1, RoomType: 1, GroupName: "自家群",
	}}})
	require.NoError(t, err)

	marked, err := o.store.ListDemo(ctx)
	require.NoError(t, err)
	noted := func() (n int) {
		for _, session := range marked["session"] {
			list, _, err := o.store.ListSessionNotes(ctx, storage.SessionNoteFilter{Session: session}, storage.Page{})
			require.NoError(t, err)
			n += len(list)
		}
		return n
	}
	require.Equal(t, 4, noted(), "some groups have a private note")
	counted, err := o.demo.Remove(ctx, true)
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.DemoState_DEMO_STATE_FILLED, o.state().GetState(), "counting removes nothing")
	removed, err := o.demo.Remove(ctx, false)
	require.NoError(t, err)
	want := counted.GetCounts()
	for _, c := range want {
		if c.GetKind() == "flow_versions" {
			c.Count = 1 // the third ran in a group of one's own, and stays for its instance
		}
	}
	require.Empty(t, cmp.Diff(want, removed.GetCounts(), protocmp.Transform()), "what was counted is what goes")
	require.Zero(t, noted(), "notes go with their groups")
	require.NotEmpty(t, o.withdrawn, "commands that waited have left the queue")
	require.Equal(t, flowdeskv1.DemoState_DEMO_STATE_ABSENT, o.state().GetState())

	groups, _, err := o.store.ListGroups(ctx, storage.GroupFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, groups, 1)
	people, _, err := o.store.ListPeople(ctx, storage.PersonFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, people, 1)
	robots, err := o.store.ListRobots(ctx)
	require.NoError(t, err)
	require.Empty(t, robots)
	sessions, _, err := o.store.ListSessions(ctx, storage.SessionFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, sessions, 1)
	_, err = o.store.GetMessage(ctx, said.GetEvent().GetId())
	require.NoError(t, err)
	settings, err := o.store.GetSettings(ctx)
	require.NoError(t, err)
	require.Empty(t, settings.GetAnswers())
	require.Empty(t, settings.GetStaffGroup())
	flow, err := o.store.GetFlow(ctx, demo.Flow)
	require.NoError(t, err)
	require.EqualValues(t, 1, flow.GetActiveVersion())
	_, err = o.store.GetVersion(ctx, demo.Flow, 2)
	require.ErrorIs(t, err, storage.ErrNotFound)
	_, err = o.store.GetVersion(ctx, demo.Flow, 3)
	require.NoError(t, err)

	again := o.keeper()
	defer again.Close()
	require.NoError(t, again.Furnish(ctx))
	require.NoError(t, again.Resume(ctx))
	again.Wait()
	require.Equal(t, flowdeskv1.DemoState_DEMO_STATE_ABSENT, o.state().GetState(), "a restart does not bring it back")
}

// Whoever tries rolling back on the demo's versions makes no version of their own by it.
func TestARollbackAmongTheDemosVersionsGoesWithThem(t *testing.T) {
	t.Parallel()
	o := filled(t, 1)
	ctx := t.Context()
	rollBack := func(from, to int32) {
		v, err := o.store.GetVersion(ctx, demo.Flow, to)
		require.NoError(t, err)
		v.RestoredVersion, v.RolledBackFrom = to, from
		_, err = o.store.RollBack(ctx, v, nil, nil)
		require.NoError(t, err)
	}
	rollBack(3, 2)
	rollBack(4, 3)
	rollBack(5, 4) // which was a rollback itself
	_, err := o.demo.Remove(ctx, false)
	require.NoError(t, err)
	flow, err := o.store.GetFlow(ctx, demo.Flow)
	require.NoError(t, err)
	require.Equal(t, []any{int32(1), int32(1), false}, []any{flow.GetActiveVersion(), flow.GetLatestVersion(), flow.GetDraftChanged()})
}

func TestFillingThatWasCutOffBeginsAnew(t *testing.T) {
	t.Parallel()
	whole := filled(t, 1).counts()
	o := newOffice(t, 1)
	require.NoError(t, o.demo.Load(t.Context()))
	o.demo.Close() // the process ends
	require.NotEqual(t, flowdeskv1.DemoState_DEMO_STATE_FILLED, o.state().GetState())
	o.demo = o.keeper()
	require.NoError(t, o.demo.Resume(t.Context()))
	o.demo.Wait()
	require.Equal(t, whole, o.counts())
}

func TestAnInstallationAtWorkGetsNoDemo(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	require.NoError(t, o.store.PutGroup(t.Context(), &flowdeskv1.Group{Id: "own", Title: "自家群"}, ""))
	_, err := o.runner.Submit(t.Context(), &flowdeskv1.Event{Session: "own", Payload: &flowdeskv1.Event_Signal{Signal: &flowdeskv1.Signal{Name: "hello"}}})
	require.NoError(t, err)
	require.NoError(t, o.demo.Furnish(t.Context()))
	require.NoError(t, o.demo.Resume(t.Context()))
	o.demo.Wait()
	require.Equal(t, flowdeskv1.DemoState_DEMO_STATE_ABSENT, o.state().GetState())
	_, err = o.demo.Remove(t.Context(), false)
	require.NoError(t, err)
	_, err = o.store.GetSession(t.Context(), "own")
	require.NoError(t, err)
}
