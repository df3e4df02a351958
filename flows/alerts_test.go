package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

const (
	info     = flowdeskv1.AlertLevel_ALERT_LEVEL_INFO
	warning  = flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING
	grave    = flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR
	critical = flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL

	complaint  = flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT
	important  = flowdeskv1.AlertCategory_ALERT_CATEGORY_IMPORTANT
	unanswered = flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED
	mood       = flowdeskv1.AlertCategory_ALERT_CATEGORY_MOOD
)

// operators adds an operator to the directory.
func operators(env *flowdeskv1.Environment) {
	env.People = append(env.People, &flowdeskv1.Person{Id: "boss", Title: "财神爷", Role: flowdeskv1.Role_ROLE_OPERATOR})
}

func TestComplaintIsCriticalAndManagementHears(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	turn := w.tell("张三", "我要投诉你们")
	require.Equal(t, critical, w.alert(complaint).GetLevel())
	require.Equal(t, []string{"management"}, notices(turn, "alert"), "not the staff group")
	require.Equal(t, flowdeskv1.Priority_PRIORITY_HIGH, w.reply(turn).GetPriority())

	turn = w.tell("张三", "投诉，太差劲了")
	require.Empty(t, notices(turn, "alert"), "a repeat joins")
	require.EqualValues(t, 2, w.alert(complaint).GetCount())
}

func TestCriticalAlertGoesToTheStaffWhereNobodyIsManagement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", func(env *flowdeskv1.Environment) { env.Settings.ManagementGroup = "" })
	require.Equal(t, []string{"staff"}, notices(w.tell("张三", "我要投诉你们"), "alert"))
}

func TestOperatorInvolvedIsCriticalAndFirstInTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", operators)
	turn := w.mentions("张三", "@财神爷 发票怎么开", "财神爷")
	require.Equal(t, critical, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR).GetLevel())
	require.Empty(t, commandsOf(turn, "reply"), "it was said to the operator")

	w.state.Tasks = []*flowdeskv1.TrackTask{{
		Id: "t1", Origin: flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR, TargetUserId: engine.ParticipantID("李四"),
		State: flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE,
	}}
	turn = w.tell("李四", "发票怎么开")
	require.Equal(t, []string{"management"}, notices(turn, "alert"))
	reply := w.reply(turn)
	require.True(t, reply.GetOperator())
	require.Equal(t, flowdeskv1.Priority_PRIORITY_HIGH, reply.GetPriority())
}

func TestPriorityFollowsTheTaskThatAMessageIsAbout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind flowdeskv1.TaskKind
		text string
		want flowdeskv1.Priority
	}{
		{flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED, "发票怎么开", flowdeskv1.Priority_PRIORITY_MEDIUM},
		{flowdeskv1.TaskKind_TASK_KIND_REAL_NAME, "发票怎么开", flowdeskv1.Priority_PRIORITY_HIGH},
		{flowdeskv1.TaskKind_TASK_KIND_QR_CODE, "发票怎么开", flowdeskv1.Priority_PRIORITY_HIGH},
		{flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING, "不急，发票怎么开", flowdeskv1.Priority_PRIORITY_MEDIUM},
		{flowdeskv1.TaskKind_TASK_KIND_REAL_NAME, "怎么绑定手机", flowdeskv1.Priority_PRIORITY_MEDIUM},
		{flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED, "扫码登录不了", flowdeskv1.Priority_PRIORITY_HIGH},
	} {
		w := newWorld(t, "2026-01-05 10:00:00")
		if c.kind != flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
			w.state.Tasks = []*flowdeskv1.TrackTask{{
				Id: "t1", Origin: flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES, TargetUserId: engine.ParticipantID("张三"), Kind: c.kind,
				State: flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS,
			}}
		}
		require.Equal(t, c.want, w.asks("张三", c.text).GetPriority(), "%s with a task %s", c.text, c.kind)
	}
}

func TestUnsolvedAlertGoesUpEveryTwoHoursAndNeverAboveCritical(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	turn := w.tell("张三", "我的钱什么时候到账")
	require.Equal(t, warning, w.alert(important).GetLevel())
	require.Empty(t, notices(turn, "alert"), "a warning is for the monitor screen")
	w.state.Questions, w.state.Timers = nil, keep(w.state.GetTimers(), "alert_escalation")
	w.advance(2*time.Hour - time.Second)
	require.Equal(t, warning, w.alert(important).GetLevel())
	w.advance(time.Second)
	require.Equal(t, grave, w.alert(important).GetLevel())
	require.Equal(t, []string{"staff"}, notices(w.last, "alert"))
	w.advance(2 * time.Hour)
	require.Equal(t, critical, w.alert(important).GetLevel())
	require.Equal(t, []string{"management"}, notices(w.last, "alert"))
	require.Nil(t, w.state.NextTimer(), "there is no level above critical")
	require.Equal(t, []string{"raised", "escalated", "escalated"}, changes(w.alert(important)))
}

func TestAlertsAreCancelledByThreePositiveMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.tell("张三", "我要投诉你们")
	w.tell("张三", "谢谢你")
	w.tell("张三", "服务真好")
	require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_OPEN, w.alert(complaint).GetState())
	w.tell("李四", "谢谢你")
	require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_OPEN, w.alert(complaint).GetState(), "another user's mood does not count")
	w.tell("张三", "太好了，谢谢")
	a := w.alert(complaint)
	require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, a.GetState())
	require.True(t, a.GetAutoCancelled())
	require.Equal(t, []string{"raised", "cancelled"}, changes(a), "its history stays")
	require.NotEmpty(t, a.GetReason())
}

func TestAlertsAreCancelledWhenTheComplaintIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.tell("张三", "我要投诉你们")
	w.tell("张三", "不投诉了，问题解决了")
	require.True(t, w.alert(complaint).GetAutoCancelled())
	w.tell("张三", "投诉，太差劲了")
	require.Len(t, w.state.GetAlerts(), 2, "a resolved alert never comes back")
}

func TestThirdAlertOfADayIsInfoExceptACriticalComplaint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", operators)
	w.tell("张三", "我的钱什么时候到账")
	w.tell("张三", "我想退群了")
	turn := w.mentions("张三", "@财神爷 我登录不上", "财神爷")
	third := w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR)
	require.Equal(t, info, third.GetLevel())
	require.True(t, third.GetLowered())
	require.Equal(t, critical, third.GetFirstLevel())
	require.Empty(t, notices(turn, "alert"), "info is recorded only")

	turn = w.mentions("张三", "@财神爷 还是登录不上", "财神爷")
	require.Empty(t, notices(turn, "alert"), "what joins it stays lowered")
	require.Equal(t, info, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR).GetLevel())

	turn = w.tell("张三", "我要投诉你们")
	require.Equal(t, critical, w.alert(complaint).GetLevel())
	require.Equal(t, []string{"management"}, notices(turn, "alert"))

	w.tell("李四", "我的钱什么时候到账")
	var others []flowdeskv1.AlertLevel
	for _, a := range w.queue.alerts {
		if a.GetParticipantName() == "李四" {
			others = append(others, a.GetLevel())
		}
	}
	require.Equal(t, []flowdeskv1.AlertLevel{warning}, others, "another user's alerts are not counted")
}

func TestNextDayCountsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 23:50:00", operators)
	w.tell("张三", "我的钱什么时候到账")
	w.tell("张三", "我想退群了")
	w.now = w.now.Add(15 * time.Minute)
	w.mentions("张三", "@财神爷 我登录不上", "财神爷")
	require.Equal(t, critical, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR).GetLevel())
}

func TestMoodsAreThoseOfTheLastFiveMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	for range 7 {
		w.tell("张三", "服务真好")
	}
	user := w.state.Participant(engine.ParticipantID("张三"))
	require.Len(t, user.GetMoods(), 5)
	require.EqualValues(t, 7, user.GetPositiveStreak())
}

// The mean is that of the five moods before the message. Without the oldest, a good one, the fall would be smaller by a fifth of its height.
func TestFallIsMeasuredFromTheMeanOfFive(t *testing.T) {
	t.Parallel()
	feel := func(text string) float64 {
		return nodes.Understand(newWorld(t, "2026-01-05 10:00:00").env, text).GetSentiment()
	}
	const good, plain, bad = "谢谢你", "发票怎么开", "有点难受"
	fall := (feel(good)+4*feel(plain))/5 - feel(bad)
	for limit, wanted := range map[float64]bool{fall + 0.01: false, fall - 0.01: true} {
		w := newWorld(t, "2026-01-05 10:00:00", func(env *flowdeskv1.Environment) {
			env.Settings.CriticalMoodBelow, env.Settings.CriticalMoodFall = 0.01, limit
		})
		w.tell("张三", good)
		for range 4 {
			w.tell("张三", plain)
		}
		require.Nil(t, w.alert(mood))
		turn := w.tell("张三", bad)
		out := &flowdeskv1.AlertJudgeOutput{}
		require.NoError(t, proto.Unmarshal(step(turn, "alert").GetOutput(), out))
		require.Equal(t, wanted, out.GetLevel() == critical, out.GetReason())
	}
}

func TestUnansweredQuestionAlarmsEndWithAnAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(w *world, reply *flowdeskv1.Command)
	}{
		{"staff answers", func(w *world, _ *flowdeskv1.Command) { w.tell("小助理", "在订单页申请") }},
		{"the robot's reply is confirmed at last", func(w *world, reply *flowdeskv1.Command) { w.settle(reply.GetId(), completed) }},
		{"the user takes it back", func(w *world, _ *flowdeskv1.Command) { w.tell("张三", "没事了，不用了") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "2026-01-05 10:00:00")
			reply := w.asks("张三", "发票怎么开")
			w.advance(11 * time.Minute)
			require.Equal(t, warning, w.alert(unanswered).GetLevel())
			require.NotEmpty(t, w.state.GetQuestions()[0].GetAlert())
			c.answer(w, reply)
			w.advance(time.Hour)
			a := w.alert(unanswered)
			require.Equal(t, warning, a.GetLevel())
			require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, a.GetState())
			require.True(t, a.GetAutoCancelled())
			require.Empty(t, keep(w.state.GetTimers(), "unanswered_error"))
		})
	}
}

func TestSayingThatThereIsNoAnswerLeavesTheQuestionOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	reply := w.asks("张三", "你们的门店地址在哪里？")
	require.True(t, reply.GetNoAnswer())
	require.Equal(t, []string{"staff"}, notices(w.last, "person"))
	w.settle(reply.GetId(), completed)
	require.Len(t, w.state.GetQuestions(), 1)
	w.advance(31 * time.Minute)
	require.Equal(t, grave, w.alert(unanswered).GetLevel())
	require.Contains(t, w.alert(unanswered).GetText(), "30 分钟")
	require.Equal(t, []string{"staff"}, notices(w.last, "alert"))
}

func TestAskingForAPersonHoldsTheConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	turn := w.tell("张三", "转人工")
	require.Len(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF), 1)
	require.Equal(t, []string{"staff"}, notices(turn, "person"))
	require.Empty(t, commandsOf(w.tell("张三", "发票怎么开"), "reply"), "the robot is quiet")
	require.NotEmpty(t, commandsOf(w.tell("李四", "发票怎么开"), "reply"), "for this user")
	w.tell("张三", "转人工")
	require.Len(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF), 1, "asked twice, one task")
}

func TestRobotThatGoesRaisesAnAlertThatEndsWhenItIsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", func(env *flowdeskv1.Environment) {
		env.Robots = []*flowdeskv1.Robot{
			{Id: "day", Title: "白班小助手", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}, State: flowdeskv1.RobotState_ROBOT_STATE_OFFLINE},
			{Id: "night", Title: "晚班小助手", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_NIGHT_REPLY}},
		}
	})
	change := &flowdeskv1.RobotChange{Robot: "day", Reason: "平台确认", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}}
	turn := w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Robot{Robot: change}})
	a := w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT)
	require.Equal(t, grave, a.GetLevel())
	require.Contains(t, a.GetText(), "晚班小助手代班")
	require.Equal(t, []string{"staff"}, notices(turn, "alert"))
	w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Robot{Robot: &flowdeskv1.RobotChange{Robot: "day", Online: true}}})
	require.True(t, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT).GetAutoCancelled())
}

func TestSilencedAlertIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.tell("张三", "我的钱什么时候到账")
	id := w.alert(important).GetId()
	act := func(e *flowdeskv1.AlertEvent) *flowdeskv1.Turn {
		e.Alert = id
		return w.turn(&flowdeskv1.Event{Actor: "helper", Payload: &flowdeskv1.Event_Alert{Alert: e}})
	}
	act(&flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_SILENCE, Until: engine.Timestamp(w.now.Add(time.Hour))})
	turn := act(&flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ESCALATE})
	require.Equal(t, grave, w.alert(important).GetLevel())
	require.Empty(t, notices(turn, "alert"))
	act(&flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, Reason: "处理好了"})
	turn = act(&flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE})
	require.Len(t, turn.GetNotes(), 1, "a resolved alert is not acknowledged")
	require.Contains(t, turn.GetNotes()[0], "refused: ")
}

func commandsOf(turn *flowdeskv1.Turn, purpose string) []*flowdeskv1.Command {
	var found []*flowdeskv1.Command
	for _, c := range commands(turn) {
		if c.GetPurpose() == purpose {
			found = append(found, c)
		}
	}
	return found
}

func keep(timers []*flowdeskv1.Timer, purpose string) []*flowdeskv1.Timer {
	var kept []*flowdeskv1.Timer
	for _, t := range timers {
		if t.GetPurpose() == purpose {
			kept = append(kept, t)
		}
	}
	return kept
}

func changes(a *flowdeskv1.Alert) []string {
	var list []string
	for _, c := range a.GetHistory() {
		list = append(list, c.GetChange())
	}
	return list
}
