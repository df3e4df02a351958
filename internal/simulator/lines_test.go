package simulator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// What a robot could not say stands below what it was to answer, with the reason in the words of whoever reads.
func TestAReplyThatFailedStandsBelowItsQuestion(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	robot := &flowdeskv1.SimulatedRobot{Id: "day", Mode: flowdeskv1.RobotMode_ROBOT_MODE_FAIL}
	state := c.play(&flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Robot{Robot: robot}}, say("小王", "发票怎么开"), next(10))
	require.Equal(t, "发票怎么开", state.GetLines()[0].GetText())
	reply := state.GetLines()[1]
	require.Equal(t, flowdeskv1.LineState_LINE_STATE_FAILED, reply.GetState())
	require.Equal(t, "发送失败", reply.GetReason())
	require.Equal(t, state.GetLines()[0].GetTime().AsTime(), reply.GetTime().AsTime())
}

// A message that led to a word of the robot is not said to have needed none.
func TestWhatARobotSaysBesidesIsNamed(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	r, err := m.CreateSimulation(t.Context(), &flowdeskv1.CreateSimulationRequest{TestCase: "scenarios/09-operator-and-customer-quarrel"})
	require.NoError(t, err)
	var why []string
	for _, l := range r.GetState().GetLines() {
		if !l.GetOutgoing() {
			why = append(why, l.GetWhy().GetZh())
		}
	}
	require.Equal(t, []string{"已记录，无需回复", "已记录；机器人发出了：调和"}, why)
}

// An alert of no group names one all the same: empty brackets look like a fault.
func TestAnAlertOfNoGroupIsToldWithoutAGap(t *testing.T) {
	t.Parallel()
	c := newChat(t, newManager(t), "10:00")
	robot := &flowdeskv1.SimulatedRobot{Id: "day", Mode: flowdeskv1.RobotMode_ROBOT_MODE_OFFLINE}
	state := c.play(&flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Robot{Robot: robot}}, next(1))
	require.Contains(t, state.GetLines()[0].GetText(), "【错误告警】群「系统」：机器人 白班小助手 离线")
}
