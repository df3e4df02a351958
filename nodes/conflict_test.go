package nodes_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const mediation = "我们马上配合他，去帮助他完成实名或者扫码登录等相关工作"

// conflictAlert is the open alert about a conflict, or nil.
func (r *room) conflictAlert() *flowdeskv1.Alert {
	for _, a := range r.state.GetAlerts() {
		if a.GetCategory() == flowdeskv1.AlertCategory_ALERT_CATEGORY_CONFLICT {
			return a
		}
	}
	return nil
}

func TestConflictDetect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before    []string // name, text, ...
		who, text string
		signal    string // empty is calm
	}{
		"harsh operator":                     {nil, "财神爷", "@张三 你怎么这么慢，再不弄就别干了", "harsh_tone"},
		"harsh operator without a mention":   {nil, "财神爷", "你们太不负责任了", "accusation"},
		"friendly operator":                  {nil, "财神爷", "@张三 请今天完成实名认证", ""},
		"operator scolds staff":              {nil, "财神爷", "@小助理 你怎么这么慢，再不弄就别干了", ""},
		"complaint while a task is open":     {[]string{"财神爷", instruction}, "张三", "每次都这样催催催，烦不烦", "complaint"},
		"insult while a task is open":        {[]string{"财神爷", instruction}, "张三", "你是不是有病", "insult"},
		"answer while a task is open":        {[]string{"财神爷", instruction}, "张三", "好的，我马上弄", ""},
		"complaint while the group is asked": {[]string{"财神爷", "@所有人 请尽快扫码登录"}, "张三", "每次都这样催催催，烦不烦", "complaint"},
		"complaint of whom nobody asked":     {[]string{"财神爷", instruction}, "李四", "每次都这样催催催，烦不烦", ""},
		"complaint to an operator":           {nil, "李四", "@财神爷 每次都这样催催催，烦不烦", "complaint"},
		"staff in a bad mood":                {nil, "小助理", "你们太不负责任了", ""},
		"complaint with nobody asked":        {nil, "张三", "每次都这样催催催，烦不烦", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := operatorRoom(t)
			for i := 0; i < len(c.before); i += 2 {
				r.says(c.before[i], c.before[i+1])
			}
			turn := r.says(c.who, c.text)
			out := outputOf[*flowdeskv1.ConflictDetectOutput](t, "conflict", turn)
			if c.signal == "" {
				require.Equal(t, []string{"calm"}, ports("conflict", turn), out.GetReason())
				require.Empty(t, said("mediation", turn))
				require.Nil(t, r.conflictAlert())
				return
			}
			require.Equal(t, []string{"conflict"}, ports("conflict", turn), out.GetReason())
			require.Contains(t, out.GetSignals(), c.signal)
			require.Equal(t, []string{mediation}, said("mediation", turn))
			require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, r.conflictAlert().GetLevel())
			require.Len(t, facts("conflict", turn), 1)
		})
	}
}

func TestConflictFlagsTheTaskAndTellsTheStaff(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	turn := r.says("张三", "每次都这样催催催，烦不烦")
	task := r.task("张三")
	require.True(t, task.GetConflict())
	require.Equal(t, []string{task.GetId()}, outputOf[*flowdeskv1.ConflictDetectOutput](t, "conflict", turn).GetTasks())
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, task.GetState(), "a complaint is an answer all the same")
	alert := r.conflictAlert()
	require.Equal(t, task.GetId(), alert.GetTask())
	require.Equal(t, "张三", alert.GetParticipantName())
	require.Contains(t, alert.GetText(), "冲突调和中")

	commands := enqueued("", turn)
	require.Len(t, commands, 3)
	require.Equal(t, []string{"management: 【严重告警】群「华东客户群」张三：" + alert.GetText()}, said("alert", turn))
	require.Len(t, said("person", turn), 1, "the staff group is told")
	require.Equal(t, flowdeskv1.Duty_DUTY_DAY_REPLY, enqueued("mediation", turn)[0].GetDuty())
}

func TestConflictIsMediatedOnceInTheQuietPeriod(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", "@张三 你怎么这么慢，再不弄就别干了")
	r.passes(20 * time.Minute)
	turn := r.says("张三", "每次都这样催催催，烦不烦")
	require.Equal(t, []string{"conflict"}, ports("conflict", turn))
	require.Empty(t, said("", turn), "the other side's words belong to the same conflict")
	require.Equal(t, int32(2), r.conflictAlert().GetCount())

	r.passes(9*time.Minute + 59*time.Second)
	require.Empty(t, said("mediation", r.says("财神爷", "@张三 你们太不负责任了")))
	r.passes(2 * time.Second)
	turn = r.says("财神爷", "@张三 真是烦死了，太不负责任了")
	require.Equal(t, []string{mediation}, said("mediation", turn))
	require.Len(t, said("person", turn), 1, "the alert is joined and the staff is told all the same")

	turn = r.says("财神爷", "@李四 你怎么这么慢，再不弄就别干了")
	require.Equal(t, []string{mediation}, said("mediation", turn), "another user's conflict is another")
}

func TestMediationNamesTheUserAndRobotStaysSilentForAPerson(t *testing.T) {
	t.Parallel()
	r := newRoom(t, `
title: 调和
nodes:
  - {id: trigger, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - {id: conflict, conflict_detect: {mediation_text: "{nickname}，别着急", operator_sentiment_below: 0.1}}
  - {id: end, analysis_trigger: {}}
edges:
  - {from: trigger, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: conflict}
  - {from: conflict, port: conflict, to: end}
  - {from: conflict, port: calm, to: end}
`, "2026-01-05 22:00:00")
	turn := r.says("财神爷", "@王五 你怎么这么慢，再不弄就别干了")
	require.Equal(t, []string{"王五，别着急"}, said("mediation", turn))
	require.Equal(t, flowdeskv1.Duty_DUTY_NIGHT_REPLY, enqueued("mediation", turn)[0].GetDuty())
	require.Equal(t, "王五", r.conflictAlert().GetParticipantName(), "also who has never spoken has a name")

	r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: "helper",
	}}})
	turn = r.says("财神爷", "@张三 你怎么这么慢，再不弄就别干了")
	require.Equal(t, []string{"conflict"}, ports("conflict", turn))
	require.Empty(t, said("mediation", turn))
	require.NotEmpty(t, said("alert", turn), "people hear of it")
}
