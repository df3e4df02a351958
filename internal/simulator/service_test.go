package simulator_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/simulator"
	"github.com/flowdesk/flowdesk/storage"
)

// chat is a simulation in a test.
type chat struct {
	t    *testing.T
	m    *simulator.Manager
	name string
}

const answer = "在订单页点击申请发票即可。"

func setup(clock string) *flowdeskv1.SimulationSetup {
	at, err := time.Parse(time.RFC3339, "2026-01-06T"+clock+":00+08:00")
	if err != nil {
		panic(err)
	}
	return &flowdeskv1.SimulationSetup{
		StartTime: timestamppb.New(at), Settings: &flowdeskv1.Settings{Answers: []*flowdeskv1.AnswerEntry{
			{Id: "invoice", Questions: []string{"发票怎么开"}, Answer: answer},
		}},
	}
}

func newChat(t *testing.T, m *simulator.Manager, clock string) *chat {
	t.Helper()
	r, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{Setup: setup(clock)})
	require.NoError(t, err)
	require.NotNil(t, r.GetState())
	return &chat{t, m, r.GetState().GetSimulation().GetName()}
}

func say(person, text string, mentions ...string) *flowdeskv1.CaseStep {
	return &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{Person: person, Text: text, Mentions: mentions}}}
}

func advance(by time.Duration) *flowdeskv1.CaseStep {
	return &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Advance{Advance: &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_By{By: durationpb.New(by)}}}}
}

func next(times int32) *flowdeskv1.CaseStep {
	return &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Advance{Advance: &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_Next{Next: times}}}}
}

func (c *chat) play(steps ...*flowdeskv1.CaseStep) *flowdeskv1.SimulationState {
	c.t.Helper()
	r, err := c.m.PlaySimulation(c.t.Context(), &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: steps})
	require.NoError(c.t, err)
	return r.GetState()
}

func (c *chat) debug(every bool, breakpoints ...string) {
	c.t.Helper()
	_, err := c.m.DebugSimulation(c.t.Context(), &flowdeskv1.DebugSimulationRequest{Name: c.name, Breakpoints: breakpoints, EveryNode: every})
	require.NoError(c.t, err)
}

func (c *chat) step(mode flowdeskv1.StepMode, node string) *flowdeskv1.SimulationState {
	c.t.Helper()
	r, err := c.m.StepSimulation(c.t.Context(), &flowdeskv1.StepSimulationRequest{Name: c.name, Mode: mode, Node: node})
	require.NoError(c.t, err)
	return r.GetState()
}

// outgoing are the lines of robots in the customers' group.
func outgoing(s *flowdeskv1.SimulationState) []*flowdeskv1.ChatLine {
	var lines []*flowdeskv1.ChatLine
	for _, l := range s.GetLines() {
		if l.GetOutgoing() && l.GetGroup() == simulator.Customers {
			lines = append(lines, l)
		}
	}
	return lines
}

func TestDelayedReplyIsShownWithTimeAndReason(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "22:30")
	state := c.play(say("张三", "发票怎么开"))
	lines := outgoing(state)
	require.Len(t, lines, 1)
	require.Equal(t, flowdeskv1.LineState_LINE_STATE_PENDING, lines[0].GetState())
	require.Equal(t, answer, lines[0].GetText())
	require.NotEmpty(t, lines[0].GetReason())
	require.NotEmpty(t, lines[0].GetNode())
	require.Equal(t, state.GetSimulation().GetNextTime().AsTime(), lines[0].GetDueTime().AsTime())
	require.Equal(t, flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_PENDING, state.GetLines()[0].GetOutcome())

	due := lines[0].GetDueTime().AsTime()
	state = c.play(next(1))
	require.Equal(t, due, state.GetSimulation().GetClock().AsTime(), "a jump stops where something happens")
	lines = outgoing(c.play(next(1)))
	require.Len(t, lines, 1, "the line that was pending has become the one that was said")
	require.Equal(t, flowdeskv1.LineState_LINE_STATE_SAID, lines[0].GetState())
	require.Equal(t, "night", lines[0].GetRobot())
}

func TestSilenceIsExplained(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	state := c.play(say("小助理", "我来处理", "张三"), say("张三", "发票怎么开"))
	line := state.GetLines()[len(state.GetLines())-1]
	for _, l := range state.GetLines() {
		if l.GetSender() == "张三" {
			line = l
		}
	}
	require.Equal(t, flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SILENT, line.GetOutcome())
	require.NotEmpty(t, line.GetWhy().GetZh())
	require.NotEmpty(t, line.GetRule())
	why, err := c.m.WhySimulated(t.Context(), &flowdeskv1.WhySimulatedRequest{Name: c.name, Line: line.GetId()})
	require.NoError(t, err)
	require.NotEmpty(t, why.GetDerivation().GetPath())
}

func TestEveryNodeShowsWhatWentInAndCameOut(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	state := c.play(say("张三", "发票怎么开"), advance(10*time.Second))
	require.Len(t, state.GetRuns(), 1)
	run := state.GetRuns()[0]
	require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, run.GetInstance().GetStatus())
	for _, step := range run.GetPath() {
		if step.GetNode() == "intent" {
			require.NotNil(t, step.GetOutput())
			require.Equal(t, "INTENT_RECOGNIZE", step.GetKind())
		}
	}
	require.Equal(t, run.GetInstance().GetId(), outgoing(state)[0].GetInstance(), "a bubble leads to its run")
}

func TestSameSeedGivesTheSameConversation(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	play := func() *flowdeskv1.SimulationState {
		c := newChat(t, m, "22:30")
		return c.play(say("张三", "发票怎么开"), say("李四", "你们太不负责任了，我要投诉"), advance(time.Hour))
	}
	first, second := play(), play()
	require.Greater(t, len(first.GetLines()), 4)
	require.Empty(t, cmp.Diff(first.GetLines(), second.GetLines(), protocmp.Transform()))
	require.Empty(t, cmp.Diff(first.GetCommands(), second.GetCommands(), protocmp.Transform()))
}

func TestTurnIsHeldAheadOfANode(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	c.debug(false, "decide")
	state := c.play(say("张三", "发票怎么开"))
	debug := state.GetSimulation().GetDebug()
	require.True(t, debug.GetHeld())
	require.Equal(t, "decide", debug.GetNext().GetNode())
	require.Nil(t, debug.GetNext().GetOutput(), "it has not run")
	require.Equal(t, "alert", debug.GetDone()[len(debug.GetDone())-1].GetNode())
	require.NotNil(t, debug.GetDone()[len(debug.GetDone())-1].GetOutput())
	require.Empty(t, state.GetRuns(), "nothing of the turn has happened")
	_, err := c.m.PlaySimulation(t.Context(), &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: []*flowdeskv1.CaseStep{advance(time.Second)}})
	require.ErrorContains(t, err, "held")

	debug = c.step(flowdeskv1.StepMode_STEP_MODE_NODE, "").GetSimulation().GetDebug()
	require.Equal(t, "generate", debug.GetNext().GetNode())
	require.Equal(t, "decide", debug.GetDone()[len(debug.GetDone())-1].GetNode())
	debug = c.step(flowdeskv1.StepMode_STEP_MODE_RUN_TO, "send").GetSimulation().GetDebug()
	require.Equal(t, "send", debug.GetNext().GetNode())
	state = c.step(flowdeskv1.StepMode_STEP_MODE_CONTINUE, "")
	require.False(t, state.GetSimulation().GetDebug().GetHeld())
	require.Len(t, state.GetRuns(), 1)
	require.Equal(t, answer, outgoing(c.play(advance(10 * time.Second)))[0].GetText(), "a turn that was held is the turn that would have been")
}

func TestHeldTurnEndsWithItsSimulation(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c := newChat(t, m, "10:00")
	c.debug(true)
	require.True(t, c.play(say("张三", "发票怎么开")).GetSimulation().GetDebug().GetHeld())
	_, err := m.DeleteSimulation(t.Context(), &flowdeskv1.DeleteSimulationRequest{Name: c.name})
	require.NoError(t, err)
	_, err = m.GetSimulation(t.Context(), &flowdeskv1.GetSimulationRequest{Name: c.name})
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func TestResetGoesBackToAnEarlierStep(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	before := c.play(say("张三", "发票怎么开"))
	c.play(say("张三", "转人工"), advance(time.Hour))
	r, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 1})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(before.GetLines(), r.GetState().GetLines(), protocmp.Transform()))

	definition, err := flows.Load("unified")
	require.NoError(t, err)
	definition.Edges[0].To = "nowhere"
	r, err = c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, Choice: &flowdeskv1.FlowChoice{Definition: definition}})
	require.NoError(t, err)
	require.NotEmpty(t, r.GetDiagnostics())
	require.Nil(t, r.GetState())
	require.Len(t, c.play(advance(time.Second)).GetLines(), len(before.GetLines()), "a broken definition changes nothing")
}

func TestDefinitionThatIsSentIsWhatRuns(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	for _, n := range definition.GetNodes() {
		if n.GetId() == "generate" {
			n.GetAiReplyGenerate().NotFoundText = "改过的文案"
		}
	}
	r, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{Choice: &flowdeskv1.FlowChoice{Definition: definition}, Setup: setup("10:00")})
	require.NoError(t, err)
	c := &chat{t, m, r.GetState().GetSimulation().GetName()}
	require.Equal(t, "改过的文案", outgoing(c.play(say("张三", "你们仓库的叉车是什么牌子的"), advance(10*time.Second)))[0].GetText())
}

func TestOfflineRobotHandsItsDutyOver(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	state := c.play(
		&flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Robot{Robot: &flowdeskv1.SimulatedRobot{Id: "day", Mode: flowdeskv1.RobotMode_ROBOT_MODE_OFFLINE}}},
		say("张三", "发票怎么开"), advance(10*time.Second),
	)
	require.Equal(t, "night", outgoing(state)[0].GetRobot())
}

func TestCommandWithoutAResultTimesOut(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	state := c.play(
		&flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Robot{Robot: &flowdeskv1.SimulatedRobot{Id: "day", Mode: flowdeskv1.RobotMode_ROBOT_MODE_NO_RESULT}}},
		say("张三", "发票怎么开"), advance(20*time.Minute),
	)
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, state.GetCommands()[0].GetState())
	require.Equal(t, flowdeskv1.LineState_LINE_STATE_FAILED, outgoing(state)[0].GetState())
}

func TestWaitingCommandIsSentNowOrCancelled(t *testing.T) {
	t.Parallel()
	for action, want := range map[flowdeskv1.CommandAction]flowdeskv1.LineState{
		flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW:    flowdeskv1.LineState_LINE_STATE_SAID,
		flowdeskv1.CommandAction_COMMAND_ACTION_UNSPECIFIED: flowdeskv1.LineState_LINE_STATE_CANCELLED,
	} {
		t.Run(want.String(), func(t *testing.T) {
			t.Parallel()
			c := newChat(t, newManager(t), "22:30")
			command := outgoing(c.play(say("张三", "发票怎么开")))[0].GetCommand()
			_, err := c.m.OrderSimulatedCommand(t.Context(), &flowdeskv1.OrderSimulatedCommandRequest{Name: c.name, Command: command, Action: action})
			require.NoError(t, err)
			require.Equal(t, want, outgoing(c.play(advance(5 * time.Second)))[0].GetState())
		})
	}
}

func TestRecordedConversationPassesAndFailsWhenTheFlowChanges(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c := newChat(t, m, "22:30")
	c.play(say("张三", "发票怎么开"), advance(6*time.Minute), say("李四", "你们太不负责任了，我要投诉"), advance(time.Minute))
	recorded, err := m.RecordTestCase(t.Context(), &flowdeskv1.RecordTestCaseRequest{Name: c.name})
	require.NoError(t, err)
	require.Len(t, recorded.GetTestCase().GetSteps(), 4)
	data, err := simulator.WriteCase(recorded.GetTestCase())
	require.NoError(t, err)
	again, err := simulator.ReadCase(data)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(recorded.GetTestCase(), again, protocmp.Transform()), "a file holds all of it")

	result, err := m.Run(t.Context(), nil, again)
	require.NoError(t, err)
	require.Truef(t, result.GetPassed(), "%v", result)
	require.Greater(t, len(result.GetExpectations()), 5)

	again.GetSetup().GetSettings().GetAnswers()[0].Answer = "别的回答"
	result, err = m.Run(t.Context(), nil, again)
	require.NoError(t, err)
	require.False(t, result.GetPassed())
	failed := 0
	for _, e := range result.GetExpectations() {
		if !e.GetPassed() {
			failed++
			require.Contains(t, e.GetExpected(), answer)
			require.Contains(t, e.GetGot(), "别的回答")
		}
	}
	require.Equal(t, 1, failed)
}

func TestOldestSimulationGivesWay(t *testing.T) {
	t.Parallel()
	m := newManager(t, func(o *simulator.Options) { o.Limit = 2 })
	var chats []*chat
	for range 3 {
		chats = append(chats, newChat(t, m, "10:00"))
	}
	_, err := m.GetSimulation(t.Context(), &flowdeskv1.GetSimulationRequest{Name: chats[0].name})
	require.ErrorIs(t, err, storage.ErrNotFound)
	list, err := m.ListSimulations(t.Context(), &flowdeskv1.ListSimulationsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetSimulations(), 2)
	require.Equal(t, chats[2].name, list.GetSimulations()[0].GetName())
}

func TestTimeGoesForwardByAMonthAtMost(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	to := func(at time.Time) error {
		step := &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Advance{Advance: &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_To{To: timestamppb.New(at)}}}}
		_, err := c.m.PlaySimulation(context.WithoutCancel(t.Context()), &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: []*flowdeskv1.CaseStep{step}})
		return err
	}
	begin := setup("10:00").GetStartTime().AsTime()
	require.ErrorContains(t, to(begin.Add(-time.Second)), "forward")
	require.ErrorContains(t, to(begin.Add(32*24*time.Hour)), "31 days")
	require.NoError(t, to(begin.Add(30*24*time.Hour)))
}

func TestWrongSetupIsRefused(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	for field, wrong := range map[string]*flowdeskv1.SimulationSetup{
		"setup.settings":  {Settings: &flowdeskv1.Settings{TimeZone: "Mars/Olympus"}},
		"setup.groups.id": {Groups: []*flowdeskv1.Group{{Title: "无名"}}},
	} {
		_, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{Setup: wrong})
		require.Equal(t, codes.InvalidArgument, status.Code(err), err)
		require.ErrorContains(t, err, field)
	}
	c := newChat(t, m, "10:00")
	for field, step := range map[string]*flowdeskv1.CaseStep{
		"robot.id": {Action: &flowdeskv1.CaseStep_Robot{Robot: &flowdeskv1.SimulatedRobot{Id: "fifth"}}},
		"group":    {Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{Person: "张三", Text: "在吗", Group: "nowhere"}}},
		"person":   {Action: &flowdeskv1.CaseStep_Withdraw{Withdraw: &flowdeskv1.WithdrawStep{Person: "张三"}}},
	} {
		_, err := m.PlaySimulation(t.Context(), &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: []*flowdeskv1.CaseStep{step}})
		require.Equal(t, codes.InvalidArgument, status.Code(err), err)
		require.ErrorContains(t, err, field)
	}
}

func TestGivenAnswerTakesTheModelsPlace(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	for _, n := range definition.GetNodes() {
		if n.GetAiReplyGenerate() != nil {
			n.GetAiReplyGenerate().Model = "reply"
		}
	}
	r, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{Choice: &flowdeskv1.FlowChoice{Definition: definition}, Setup: setup("10:00")})
	require.NoError(t, err)
	require.Empty(t, r.GetDiagnostics())
	c := &chat{t, m, r.GetState().GetSimulation().GetName()}
	state := c.play(
		&flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Answer{Answer: &flowdeskv1.TestAnswer{Node: "generate", Answer: &flowdeskv1.CallAnswer{Body: "模型说的话"}}}},
		say("张三", "你们仓库的叉车是什么牌子的"), advance(10*time.Second),
	)
	require.Len(t, state.GetCalls(), 1)
	require.True(t, state.GetCalls()[0].GetGiven())
	require.Equal(t, "模型说的话", outgoing(state)[0].GetText())
}

func TestShippedFlowsRunTheirSchedules(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	for _, name := range []string{"auto-scheduling", "collaboration-analysis", "community-analysis", "operations-upkeep"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			definition, err := flows.Load(name)
			require.NoError(t, err)
			scheduled := false
			for _, n := range definition.GetNodes() {
				scheduled = scheduled || n.GetTriggerSchedule() != nil
			}
			r, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{Choice: &flowdeskv1.FlowChoice{Definition: definition}, Setup: setup("10:00")})
			require.NoError(t, err)
			c := &chat{t, m, r.GetState().GetSimulation().GetName()}
			state := c.play(say("张三", "发票怎么开"), advance(8*24*time.Hour))
			require.Equal(t, scheduled, len(state.GetRuns()) > 1, "%d runs", len(state.GetRuns()))
			for _, run := range state.GetRuns() {
				require.NotEqual(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, run.GetInstance().GetStatus(), run.GetInstance().GetError())
			}
		})
	}
}
