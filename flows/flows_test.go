package flows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/nodes"
)

// world lets messages act on one session, as the runner does, and replays every turn from its record (invariant 4).
type world struct {
	t       *testing.T
	catalog *engine.Catalog
	program *engine.Program
	env     *engine.Env
	now     time.Time
	state   *engine.State
	events  int
	last    *flowdeskv1.Turn
	queue   queue
}

func newWorld(t *testing.T, at string, changes ...func(*flowdeskv1.Environment)) *world {
	t.Helper()
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	return newWorldOf(t, at, definition, changes...)
}

// newWorldOf is a world with a flow of its own.
func newWorldOf(t *testing.T, at string, definition *flowdeskv1.FlowDefinition, changes ...func(*flowdeskv1.Environment)) *world {
	t.Helper()
	catalog := nodes.Builtin()
	program, diagnostics := catalog.Compile("unified", 1, definition)
	require.Empty(t, diagnostics, "a shipped flow compiles without a warning")
	settings := desk.FillSettings(&flowdeskv1.Settings{
		StaffGroup: "staff", ManagementGroup: "management",
		Answers: []*flowdeskv1.AnswerEntry{{Id: "invoice", Questions: []string{"发票怎么开", "怎么开发票"}, Answer: "在订单页点击申请发票即可。"}},
	})
	snapshot := &flowdeskv1.Environment{
		Settings: settings,
		People:   []*flowdeskv1.Person{{Id: "helper", Title: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT}},
		Robots:   []*flowdeskv1.Robot{{Id: "day", Title: "白班小助手"}, {Id: "monitor", Title: "监控"}},
		Groups:   []*flowdeskv1.Group{{Id: "g1", Title: "华东客户群"}},
	}
	for _, change := range changes {
		change(snapshot)
	}
	env, err := engine.NewEnv(snapshot, "env", catalog.Rules)
	require.NoError(t, err)
	now, err := time.ParseInLocation(time.DateTime, at, env.Zone)
	require.NoError(t, err)
	return &world{t: t, catalog: catalog, program: program, env: env, now: now, state: engine.NewState("g1"), queue: newQueue()}
}

func (w *world) turn(event *flowdeskv1.Event) *flowdeskv1.Turn {
	w.t.Helper()
	w.events++
	event.Id, event.Session, event.ReceivedAt = engine.NewID(w.now, uint64(w.events)), "g1", engine.Timestamp(w.now)
	before := w.state.Clone()
	input := engine.Input{
		Event: event, Now: w.now, State: w.state, Env: w.env, Programs: []*engine.Program{w.program}, Seed: uint64(w.events),
		Program: func(string, int32) *engine.Program { return w.program },
	}
	turn, err := w.catalog.Turn(input)
	require.NoError(w.t, err)

	data, err := proto.Marshal(turn)
	require.NoError(w.t, err)
	stored := &flowdeskv1.Turn{}
	require.NoError(w.t, proto.Unmarshal(data, stored))
	folded := before.Clone()
	folded.Fold(stored)
	require.Empty(w.t, cmp.Diff(w.state.SessionState, folded.SessionState, protocmp.Transform()), "the state is the fold of its turns")

	input.State, input.Event, input.Answers = before, stored.GetEvent(), stored.GetAnswers()
	input.Now, input.Seed = stored.GetNow().AsTime(), stored.GetSeed()
	replayed, err := w.catalog.Turn(input)
	require.NoError(w.t, err)
	require.Empty(w.t, cmp.Diff(stored, replayed, protocmp.Transform()), "a replay gives the same turn")
	w.last = turn
	w.queue.follow(turn)
	return turn
}

func (w *world) says(name, text, robot string) *flowdeskv1.Turn {
	w.t.Helper()
	return w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
		Robot: robot, SenderName: name, Text: text, RawText: text, ContentType: 1, GroupName: "华东客户群",
	}}})
}

func commands(turn *flowdeskv1.Turn) []*flowdeskv1.Command {
	var found []*flowdeskv1.Command
	for _, e := range turn.GetEffects() {
		if c := e.GetEnqueueCommand(); c != nil {
			found = append(found, c)
		}
	}
	return found
}

func (w *world) reply(turn *flowdeskv1.Turn) *flowdeskv1.Command {
	w.t.Helper()
	for _, c := range commands(turn) {
		if c.GetPurpose() == "reply" {
			return c
		}
	}
	require.Fail(w.t, "no reply", "%v", turn.GetTraces())
	return nil
}

func TestOrdinaryQuestionByDayIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	c := w.reply(w.says("张三", "发票怎么开", "monitor"))
	require.Equal(t, "在订单页点击申请发票即可。", c.GetText())
	require.Equal(t, "张三", c.GetTargetName())
	require.Equal(t, flowdeskv1.Duty_DUTY_DAY_REPLY, c.GetDuty())
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_QUEUED, c.GetState())
	require.Len(t, w.state.GetInstances(), 1, "the instance waits for the result")

	w.now = w.now.Add(5 * time.Second)
	w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
		Command: c.GetId(), State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, Robot: "day",
	}}})
	require.Empty(t, w.state.GetInstances())
	require.Empty(t, w.state.GetQuestions(), "the robot has answered")
	require.Equal(t, "白班小助手", w.state.GetContext()[1].GetName(), "what the robot said is part of the context")
}

func TestReplyInTheEveningIsDelayedOneToFiveMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 22:30:00")
	c := w.reply(w.says("张三", "发票怎么开", "monitor"))
	delay := c.GetSendTime().AsTime().Sub(w.now)
	require.GreaterOrEqual(t, delay, 60*time.Second)
	require.LessOrEqual(t, delay, 300*time.Second)
	require.Equal(t, flowdeskv1.Duty_DUTY_NIGHT_REPLY, c.GetDuty())
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_DELAYED, c.GetState())
	require.NotEmpty(t, c.GetDelayReason())
}

func TestOneUtteranceReportedByTwoRobotsIsProcessedOnce(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"AABB", "ABAB", "ABBA"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "2026-01-05 10:00:00")
			stored := 0
			for i := range order {
				w.now = w.now.Add(4 * time.Second)
				for _, e := range w.says("张三", "好的", "robot-"+order[i:i+1]).GetEffects() {
					if e.GetStoreMessage() != nil {
						stored++
					}
				}
			}
			require.Equal(t, 2, stored, "said twice and heard by two robots is two messages")
		})
	}
}

func TestOwnEchoIsNeverAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	c := w.reply(w.says("张三", "发票怎么开", "monitor"))
	turn := w.says("白班小助手", "@张三 "+c.GetText(), "monitor")
	require.Empty(t, turn.GetTraces())
	require.Equal(t, c.GetId(), turn.GetEffects()[0].GetProveCommand().GetCommand(), "a robot that hears our text proves the send")
}

func TestTakeOverSilencesTheRobotAndCancelsDelayedReplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 22:30:00")
	c := w.reply(w.says("张三", "发票怎么开", "monitor"))
	turn := w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: "helper",
	}}})
	var cancelled []string
	for _, e := range turn.GetEffects() {
		if e.GetCancelCommand() != nil {
			cancelled = append(cancelled, e.GetCancelCommand().GetCommand())
		}
	}
	require.Equal(t, []string{c.GetId()}, cancelled)

	w.now = w.now.Add(time.Minute)
	require.Empty(t, commands(w.says("张三", "怎么开发票呢", "monitor")), "a person holds the conversation")

	timer := w.state.NextTimer()
	for timer.GetPurpose() != "intervention_end" {
		w.now = timer.GetDue().AsTime()
		w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}}})
		timer = w.state.NextTimer()
	}
	w.now = timer.GetDue().AsTime()
	w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}}})
	require.Empty(t, w.state.GetInterventions(), "the robot returns by rule")
	require.NotEmpty(t, commands(w.says("张三", "发票到底怎么开", "monitor")))
}

func TestUnansweredQuestionWarnsAfterTenMinutesAndIsAnErrorAfterThirty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.says("张三", "你们的门店地址在哪里？", "monitor")
	begin := w.now
	var levels []string
	for len(levels) < 2 {
		timer := w.state.NextTimer()
		w.now = timer.GetDue().AsTime()
		for _, e := range w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}}}).GetEffects() {
			if a := e.GetPutAlert(); a != nil {
				levels = append(levels, fmt.Sprint(w.now.Sub(begin), " ", a.GetLevel(), " ", a.GetCount()))
			}
		}
	}
	require.Equal(t, []string{"10m0s ALERT_LEVEL_WARNING 1", "30m0s ALERT_LEVEL_ERROR 2"}, levels)
}

func TestWithdrawnMessageCancelsItsReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 22:30:00")
	first := w.says("张三", "发票怎么开", "monitor")
	c := w.reply(first)
	turn := w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Withdrawn{Withdrawn: &flowdeskv1.MessageWithdrawn{Message: first.GetEvent().GetId()}}})
	require.Contains(t, fmt.Sprint(turn.GetEffects()), c.GetId())
	require.Empty(t, w.state.GetCommands())
	require.Empty(t, w.state.GetQuestions())
}
