package simulator_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// A line leads to the step in which it was said, and keeping one step less begins again ahead of it.
func TestALineLeadsBackToItsStep(t *testing.T) {
	c := newChat(t, newManager(t), "10:00")
	c.play(say("张三", "发票怎么开"))
	c.play(advance(10 * time.Second))
	state := c.play(say("李四", "怎么退款"))
	var words []string
	for i, step := range state.GetHistory() {
		require.EqualValues(t, i+1, step.GetNumber())
		words = append(words, step.GetText().GetZh())
	}
	require.Equal(t, []string{"张三：发票怎么开", "过了 10s", "李四：怎么退款"}, words)
	require.Equal(t, "2026-01-06T02:00:10Z", state.GetHistory()[2].GetTime().AsTime().Format(time.RFC3339))

	steps := map[string]int32{}
	for _, line := range state.GetLines() {
		steps[line.GetText()] = line.GetStep()
	}
	require.EqualValues(t, 1, steps["发票怎么开"])
	require.EqualValues(t, 3, steps["怎么退款"])
	require.EqualValues(t, 0, steps[answer], "a robot's line belongs to no step")

	r, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: steps["怎么退款"] - 1})
	require.NoError(t, err)
	require.Len(t, r.GetState().GetHistory(), 2)
	for _, line := range r.GetState().GetLines() {
		require.NotEqual(t, "怎么退款", line.GetText())
	}
}

// A clock that runs is one step, and playing that step again leads to the same.
func TestARunningClockIsOneStep(t *testing.T) {
	c := newChat(t, newManager(t), "22:30")
	tick := func() *flowdeskv1.SimulationState {
		r, err := c.m.PlaySimulation(t.Context(), &flowdeskv1.PlaySimulationRequest{
			Name: c.name, Steps: []*flowdeskv1.CaseStep{advance(30 * time.Second)}, JoinTime: true,
		})
		require.NoError(t, err)
		return r.GetState()
	}
	tick() // nothing to join yet
	c.play(say("张三", "发票怎么开"))
	var state *flowdeskv1.SimulationState
	for range 12 {
		state = tick()
	}
	require.Len(t, state.GetHistory(), 3)
	require.Equal(t, "过了 6m0s", state.GetHistory()[2].GetText().GetZh())
	require.Equal(t, "2026-01-06T14:36:30Z", state.GetSimulation().GetClock().AsTime().Format(time.RFC3339))
	require.Equal(t, answer, state.GetLines()[len(state.GetLines())-1].GetText())

	again, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 3})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(state.GetLines(), again.GetState().GetLines(), protocmp.Transform()))

	// Without the wish to join, each is a step of its own.
	state = c.play(advance(time.Second), advance(time.Second))
	require.Len(t, state.GetHistory(), 5)
}

// What a person does with a command in the queue is a step: playing the conversation again does it again.
func TestACommandSaysWhatItWasChangedTo(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "23:30")
	line := outgoing(c.play(say("小王", "发票怎么开")))[0]
	require.Equal(t, flowdeskv1.LineState_LINE_STATE_PENDING, line.GetState())
	order := func(o *flowdeskv1.OrderSimulatedCommandRequest) (*flowdeskv1.SimulationState, error) {
		o.Name, o.Command = c.name, line.GetCommand()
		r, err := c.m.OrderSimulatedCommand(t.Context(), o)
		return r.GetState(), err
	}
	state, err := order(&flowdeskv1.OrderSimulatedCommandRequest{Text: "发票今晚就开好"})
	require.NoError(t, err)
	changed := outgoing(state)[0]
	require.Equal(t, "发票今晚就开好", changed.GetText())
	require.Equal(t, line.GetDueTime().AsTime(), changed.GetDueTime().AsTime(), "its time stays")
	require.Equal(t, "把一条指令改成：发票今晚就开好", state.GetHistory()[1].GetText().GetZh())
	_, err = order(&flowdeskv1.OrderSimulatedCommandRequest{Text: "又改", Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	state = c.play(next(3))
	require.Equal(t, flowdeskv1.LineState_LINE_STATE_SAID, outgoing(state)[0].GetState())
	require.Equal(t, "发票今晚就开好", outgoing(state)[0].GetText())
	_, err = order(&flowdeskv1.OrderSimulatedCommandRequest{Text: "太迟了"})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))

	// Whoever plays it again, also as a test case, hears the same; what was refused is no step.
	again, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 100})
	require.NoError(t, err)
	require.Len(t, again.GetState().GetHistory(), 3)
	require.Equal(t, "发票今晚就开好", outgoing(again.GetState())[0].GetText())
	recorded, err := c.m.RecordTestCase(t.Context(), &flowdeskv1.RecordTestCaseRequest{Name: c.name})
	require.NoError(t, err)
	result, err := c.m.RunTestCase(t.Context(), &flowdeskv1.RunTestCaseRequest{Which: &flowdeskv1.RunTestCaseRequest_TestCase{TestCase: recorded.GetTestCase()}})
	require.NoError(t, err)
	require.True(t, result.GetResult().GetPassed(), result.GetResult())

	// Where there is no night, the reply has left when its text is to be changed: it says what the flow says, and the conversation goes on.
	day := recorded.GetTestCase().GetSetup()
	day.StartTime = setup("10:00").GetStartTime()
	byDay, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 100, Setup: day})
	require.NoError(t, err)
	require.Contains(t, outgoing(byDay.GetState())[0].GetText(), answer)
}

func TestAStepThatWasRefusedIsNoStep(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	c.play(say("小王", "发票怎么开"))
	for _, step := range []*flowdeskv1.CaseStep{
		{Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{Person: "小王", Text: "在吗", Group: "nowhere"}}},
		{Action: &flowdeskv1.CaseStep_Robot{Robot: &flowdeskv1.SimulatedRobot{Id: "nobody"}}},
		{Action: &flowdeskv1.CaseStep_Withdraw{Withdraw: &flowdeskv1.WithdrawStep{Person: "没说过话的人"}}},
	} {
		_, err := c.m.PlaySimulation(t.Context(), &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: []*flowdeskv1.CaseStep{step}})
		require.Equal(t, codes.InvalidArgument, status.Code(err), err)
	}
	again, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 100})
	require.NoError(t, err)
	require.Len(t, again.GetState().GetHistory(), 1)
}

func TestACommandThatWasSentByHandIsSentAgain(t *testing.T) {
	c := newChat(t, newManager(t), "22:30")
	state := c.play(say("张三", "发票怎么开"))
	require.Len(t, state.GetCommands(), 1)
	_, err := c.m.OrderSimulatedCommand(t.Context(), &flowdeskv1.OrderSimulatedCommandRequest{
		Name: c.name, Command: state.GetCommands()[0].GetId(), Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW,
	})
	require.NoError(t, err)
	state = c.play(advance(10 * time.Second))
	require.Equal(t, answer, state.GetLines()[len(state.GetLines())-1].GetText())
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, state.GetCommands()[0].GetState())
	require.Equal(t, "立即发送一条指令", state.GetHistory()[1].GetText().GetZh())

	r, err := c.m.ResetSimulation(t.Context(), &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: 3})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(state.GetLines(), r.GetState().GetLines(), protocmp.Transform()))

	_, err = c.m.OrderSimulatedCommand(t.Context(), &flowdeskv1.OrderSimulatedCommandRequest{Name: c.name, Command: "none"})
	require.ErrorIs(t, err, storage.ErrNotFound)
}
