package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	monitoring = flowdeskv1.Duty_DUTY_MONITOR
	notify     = flowdeskv1.Duty_DUTY_NOTIFY
	dayReply   = flowdeskv1.Duty_DUTY_DAY_REPLY
	nightReply = flowdeskv1.Duty_DUTY_NIGHT_REPLY
)

func TestShifts(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	shift := desk.DefaultSettings().GetDayShift()
	for clock, want := range map[string]flowdeskv1.Duty{
		"08:59:59.999": nightReply, "09:00:00.000": dayReply, "20:59:59.999": dayReply, "21:00:00.000": nightReply, "00:00:00.000": nightReply,
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04:05.000", "2024-03-05 "+clock, shanghai)
		require.NoError(t, err)
		require.Equal(t, want, desk.ReplyDuty(shift, at, shanghai), clock)
		require.Equal(t, []flowdeskv1.Duty{monitoring, notify, want}, desk.Duties(shift, at, shanghai), "monitoring and notices all day")
	}
}

func robotOf(id string, state flowdeskv1.RobotState, duties ...flowdeskv1.Duty) *flowdeskv1.Robot {
	return &flowdeskv1.Robot{Id: id, Title: id, State: state, Duties: duties}
}

func groupOf(robots ...string) *flowdeskv1.Group {
	g := &flowdeskv1.Group{Id: "g"}
	for _, r := range robots {
		g.Aliases = append(g.Aliases, &flowdeskv1.GroupAlias{Robot: r})
	}
	return g
}

func TestChooseRobot(t *testing.T) {
	const (
		up      = flowdeskv1.RobotState_ROBOT_STATE_ONLINE
		down    = flowdeskv1.RobotState_ROBOT_STATE_OFFLINE
		tripped = flowdeskv1.RobotState_ROBOT_STATE_TRIPPED
		unknown = flowdeskv1.RobotState_ROBOT_STATE_UNSPECIFIED
	)
	mon, note := robotOf("mon", up, monitoring), robotOf("note", up, notify)
	day, night := robotOf("day", up, dayReply), robotOf("night", up, nightReply)
	all := groupOf("mon", "note", "both", "day", "night", "day2")
	for _, c := range []struct {
		name     string
		robots   []*flowdeskv1.Robot
		group    *flowdeskv1.Group
		duty     flowdeskv1.Duty
		want     string
		fallback bool
	}{
		{"by duty", []*flowdeskv1.Robot{mon, note, night, day}, all, dayReply, "day", false},
		{"an offline robot's duty falls to the other reply robot", []*flowdeskv1.Robot{robotOf("day", down, dayReply), night}, all, dayReply, "night", true},
		{"so does a tripped one's", []*flowdeskv1.Robot{robotOf("night", tripped, nightReply), day}, all, nightReply, "day", true},
		{"and a paused one's", []*flowdeskv1.Robot{{Id: "day", Duties: []flowdeskv1.Duty{dayReply}, Paused: true}, night}, all, dayReply, "night", true},
		{"a robot that does not know the group", []*flowdeskv1.Robot{day, night}, groupOf("night"), dayReply, "night", true},
		{"a group without aliases is known to all", []*flowdeskv1.Robot{day}, &flowdeskv1.Group{}, dayReply, "day", false},
		{"a monitor robot never speaks", []*flowdeskv1.Robot{mon}, all, dayReply, "", false},
		{"nobody can be asked to speak as monitor", []*flowdeskv1.Robot{mon, day}, all, monitoring, "", false},
		{"notices fall to the reply robots", []*flowdeskv1.Robot{robotOf("note", down, notify), night}, all, notify, "night", true},
		{"replies never fall to the notify robot", []*flowdeskv1.Robot{note}, all, dayReply, "", false},
		{"one that only speaks before one that monitors too", []*flowdeskv1.Robot{robotOf("both", up, monitoring, dayReply), robotOf("day2", up, dayReply)}, all, dayReply, "day2", false},
		{"online before unknown", []*flowdeskv1.Robot{robotOf("day", unknown, dayReply), robotOf("day2", up, dayReply)}, all, dayReply, "day2", false},
		{"the group's order of aliases decides", []*flowdeskv1.Robot{day, robotOf("day2", up, dayReply)}, groupOf("day2", "day"), dayReply, "day2", false},
		{"unknown health can speak", []*flowdeskv1.Robot{robotOf("day", unknown, dayReply)}, all, dayReply, "day", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := desk.ChooseRobot(c.robots, c.group, c.duty)
			require.Equal(t, c.want, got.Robot, got.Reason)
			require.Equal(t, c.fallback, got.Fallback)
			require.NotEmpty(t, got.Reason)
		})
	}
}

func TestChoiceSaysWhoStandsIn(t *testing.T) {
	got := desk.ChooseRobot([]*flowdeskv1.Robot{
		robotOf("白助手", flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, dayReply), robotOf("晚助手", flowdeskv1.RobotState_ROBOT_STATE_ONLINE, nightReply),
	}, &flowdeskv1.Group{}, dayReply)
	require.Equal(t, "白班回复机器人 白助手离线，由晚班回复机器人 晚助手代班", got.Reason)
	require.Equal(t, nightReply, got.Duty)
}

// Candidates keep the order whatever the health, because that may have changed when the command leaves.
func TestCandidates(t *testing.T) {
	robots := []*flowdeskv1.Robot{
		robotOf("night", flowdeskv1.RobotState_ROBOT_STATE_ONLINE, nightReply), robotOf("day", flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, dayReply, nightReply),
	}
	require.Equal(t, []string{"day", "night"}, desk.Candidates(robots, &flowdeskv1.Group{}, dayReply))
	require.Empty(t, desk.Candidates(robots, groupOf("x"), dayReply))
}
