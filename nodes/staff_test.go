package nodes_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const staffFlow = `
title: 工作人员
nodes:
  - {id: trigger, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {patterns: [{pattern: "^客服", role: ROLE_GROUP_ASSISTANT}]}}
  - id: route
    condition_branch:
      switch:
        value: nodes.sender.role
        cases:
          - {port: staff, values: [ROLE_GROUP_ASSISTANT, ROLE_AFTER_SALES]}
          - {port: user, values: [ROLE_USER]}
          - {port: rest, values: [ROLE_OPERATOR, ROLE_ROBOT]}
  - {id: activity, staff_activity_record: {}}
  - {id: intervene, staff_intervention_detect: {}}
  - id: tell
    intervention_notify:
      text: "{staff} 接手 {nickname}（{group}）至 {until}"
      targets: [{staff_group: true}, {person: helper}]
  - {id: intent, intent_recognize: {}}
  - {id: decide, ai_reply_decision: {}}
  - {id: send, robot_command_send: {text: "'稍等'", send_time: "now + duration('120s')"}}
  - {id: session, session_update: {}}
  - {id: end, analysis_trigger: {}}
edges:
  - {from: trigger, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: route}
  - {from: route, port: staff, to: activity}
  - {from: route, port: user, to: intent}
  - {from: route, port: rest, to: session}
  - {from: activity, to: intervene}
  - {from: intervene, port: intervened, to: tell}
  - {from: intervene, port: none, to: session}
  - {from: tell, to: session}
  - {from: intent, to: decide}
  - {from: decide, port: reply, to: send}
  - {from: decide, port: silent, to: session}
  - {from: decide, port: handoff, to: session}
  - {from: send, to: session}
  - {from: send, port: failed, to: session}
  - {from: session, to: end}
`

func staffRoom(t *testing.T) *room {
	t.Helper()
	return newRoom(t, staffFlow, "2026-01-05 10:00:00")
}

func TestStaffActivityRecord(t *testing.T) {
	t.Parallel()
	r := staffRoom(t)
	r.says("张三", "发票怎么开？")
	r.passes(time.Minute)
	r.says("李四", "你们的门店地址在哪里？")
	r.passes(time.Minute)
	turn := r.says("小助理", "您好，我来看看")
	var presence []*flowdeskv1.PresenceFact
	for _, e := range turn.GetEffects() {
		if p := e.GetRecordPresence(); p != nil {
			presence = append(presence, p)
		}
	}
	require.Len(t, presence, 1)
	require.Equal(t, "helper", presence[0].GetPerson())
	require.True(t, presence[0].GetActiveAt().AsTime().Equal(r.now))
	out := outputOf[*flowdeskv1.StaffActivityRecordOutput](t, "activity", turn)
	require.Equal(t, flowdeskv1.Presence_PRESENCE_ONLINE, out.GetPresence())
	require.InDelta(t, 120, out.GetResponseSeconds(), 0, "of the oldest question")
	require.InDelta(t, 120, facts("response_time", turn)[0].GetValue(), 0)

	r.passes(time.Minute)
	turn = r.says("小助理", "还在处理")
	require.Zero(t, outputOf[*flowdeskv1.StaffActivityRecordOutput](t, "activity", turn).GetResponseSeconds(), "nobody waits any more")
	require.Empty(t, facts("response_time", turn))
}

func TestStaffWithThreeOpenTasksIsBusy(t *testing.T) {
	t.Parallel()
	r := staffRoom(t)
	for range 3 {
		r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
			Create: true, Content: &flowdeskv1.TrackTask{Title: "处理", Assignee: "service"},
		}}})
	}
	out := outputOf[*flowdeskv1.StaffActivityRecordOutput](t, "activity", r.says("售后小王", "在处理"))
	require.Equal(t, int32(3), out.GetOpenTasks())
	require.Equal(t, flowdeskv1.Presence_PRESENCE_BUSY, out.GetPresence())
	out = outputOf[*flowdeskv1.StaffActivityRecordOutput](t, "activity", r.says("客服小李", "我也在"))
	require.Empty(t, out.GetPerson(), "known by a name pattern alone")
	require.Equal(t, flowdeskv1.Presence_PRESENCE_UNSPECIFIED, out.GetPresence())
}

func TestStaffInterventionDetect(t *testing.T) {
	t.Parallel()
	const question = "发票怎么开？"
	for name, c := range map[string]struct {
		before []string // name, text, ...
		waits  time.Duration
		text   string
		users  []string // none is no intervention
	}{
		"greeting after a question":          {[]string{"张三", question}, time.Minute, "您好，我来看看", []string{"张三"}},
		"greeting to the room":               {nil, time.Minute, "大家早上好", nil},
		"greeting long after the last word":  {[]string{"张三", "好的"}, 31 * time.Minute, "大家早上好", nil},
		"who waits before who spoke last":    {[]string{"张三", question, "李四", "好的"}, time.Minute, "您好", []string{"张三"}},
		"word to who spoke without question": {[]string{"张三", "好的"}, time.Minute, "您好，还有什么可以帮您", []string{"张三"}},
		"answer to all who wait":             {[]string{"张三", question, "李四", "门店地址在哪里？"}, time.Minute, "马上回复各位", []string{"张三", "李四"}},
		"mention":                            {[]string{"张三", question}, time.Minute, "@李四 您好", []string{"李四"}},
		"mention of a colleague":             {[]string{"张三", question}, time.Minute, "@售后小王 麻烦看一下", nil},
		"mention of the robot":               {[]string{"张三", question}, time.Minute, "@白班小助手 回答一下", nil},
		"mention of user and colleague":      {[]string{"张三", question}, time.Minute, "@张三 @售后小王 会联系您", []string{"张三"}},
		"announcement":                       {[]string{"张三", question}, time.Minute, "@所有人 今晚系统维护", nil},
		"answer to a colleague":              {[]string{"张三", question, "财神爷", "快看一下"}, time.Minute, "收到", nil},
		"answer to the user after colleague": {[]string{"张三", question, "财神爷", "快看一下"}, time.Minute, "您好，在订单页申请", []string{"张三"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := staffRoom(t)
			for i := 0; i < len(c.before); i += 2 {
				r.says(c.before[i], c.before[i+1])
			}
			r.passes(c.waits)
			turn := r.says("小助理", c.text)
			out := outputOf[*flowdeskv1.StaffInterventionDetectOutput](t, "intervene", turn)
			port := "none"
			if len(c.users) > 0 {
				port = "intervened"
			}
			require.Equal(t, []string{port}, ports("intervene", turn), out.GetReason())
			var users []string
			for _, i := range r.state.GetInterventions() {
				for _, name := range []string{"张三", "李四"} {
					if i.GetParticipant() == engine.ParticipantID(name) {
						users = append(users, name)
					}
				}
				require.Equal(t, "helper", i.GetPerson())
				require.Equal(t, "小助理", i.GetName())
				require.Equal(t, 30*time.Minute, i.GetUntil().AsTime().Sub(r.now))
			}
			require.Equal(t, c.users, users, out.GetReason())
		})
	}
}

func TestInterventionSilencesTheRobotUntilTheLastWordIsOld(t *testing.T) {
	t.Parallel()
	r := staffRoom(t)
	mine := enqueued("reply", r.says("张三", "发票怎么开？"))[0]
	others := enqueued("reply", r.says("李四", "门店地址在哪里？"))[0]
	turn := r.says("小助理", "@张三 您好，我来处理")
	require.Equal(t, map[string]string{mine.GetId(): "人工已介入"}, cancelled(turn))
	require.Equal(t, []string{mine.GetId()}, outputOf[*flowdeskv1.StaffInterventionDetectOutput](t, "intervene", turn).GetCancelledCommands())
	require.NotNil(t, r.state.Command(others.GetId()), "the other user still gets an answer")
	require.Len(t, facts("intervention", turn), 1)

	require.Empty(t, enqueued("reply", r.says("张三", "要什么资料？")))
	require.NotEmpty(t, enqueued("reply", r.says("李四", "几点开门？")))
	r.passes(20 * time.Minute)
	turn = r.says("小助理", "@张三 需要营业执照")
	out := outputOf[*flowdeskv1.StaffInterventionDetectOutput](t, "intervene", turn)
	require.True(t, out.GetProlonged())
	require.Equal(t, 30*time.Minute, out.GetUntil().AsTime().Sub(r.now), "the pause counts from the last staff message")
	r.passes(29 * time.Minute)
	require.Empty(t, enqueued("reply", r.says("张三", "要什么资料？")))
	r.passes(time.Minute)
	require.Empty(t, r.state.GetInterventions(), "the robot returns by rule")
	require.NotEmpty(t, enqueued("reply", r.says("张三", "资料在哪里上传？")))
}

func TestOwnConversationsGoOn(t *testing.T) {
	t.Parallel()
	r := staffRoom(t)
	r.says("张三", "发票怎么开？")
	r.says("小助理", "您好，我来看看")
	r.passes(10 * time.Minute)
	r.says("李四", "门店地址在哪里？")
	turn := r.says("小助理", "稍等，马上")
	out := outputOf[*flowdeskv1.StaffInterventionDetectOutput](t, "intervene", turn)
	require.Equal(t, []string{engine.ParticipantID("李四"), engine.ParticipantID("张三")}, out.GetUsers())
	require.False(t, out.GetProlonged(), "one of them is new")
	require.Equal(t, 30*time.Minute, r.state.Held(engine.ParticipantID("张三")).GetUntil().AsTime().Sub(r.now))
}

func TestTakeOverByHandIsNotShortened(t *testing.T) {
	t.Parallel()
	r := staffRoom(t)
	until := engine.Timestamp(r.now.Add(3 * time.Hour))
	r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: "service", Until: until,
	}}})
	turn := r.says("小助理", "@张三 您好")
	out := outputOf[*flowdeskv1.StaffInterventionDetectOutput](t, "intervene", turn)
	require.True(t, out.GetProlonged())
	require.Empty(t, out.GetUsers(), "the whole group is held")
	require.Len(t, r.state.GetInterventions(), 1)
	held := r.state.GetInterventions()[0]
	require.Equal(t, "service", held.GetPerson())
	require.True(t, held.GetManual())
	require.True(t, held.GetUntil().AsTime().Equal(until.AsTime()))
}

func TestInterventionNotify(t *testing.T) {
	t.Parallel()
	r := staffRoom(t)
	r.says("张三", "发票怎么开？")
	turn := r.says("客服小李", "您好，我来看看")
	notice := "客服小李 接手 张三（华东客户群）至 10:30"
	require.Equal(t, []string{"staff: " + notice, "helper-chat: " + notice}, said("intervention", turn))
	require.Len(t, outputOf[*flowdeskv1.InterventionNotifyOutput](t, "tell", turn).GetCommands(), 2)
	for _, c := range enqueued("intervention", turn) {
		require.Equal(t, flowdeskv1.Duty_DUTY_NOTIFY, c.GetDuty())
	}
	require.Equal(t, "客服小李", r.state.GetInterventions()[0].GetName())

	r.passes(time.Minute)
	turn = r.says("客服小李", "@张三 请看订单页")
	require.Equal(t, []string{"out"}, ports("tell", turn))
	require.True(t, outputOf[*flowdeskv1.InterventionNotifyOutput](t, "tell", turn).GetSkipped())
	require.Empty(t, said("", turn), "only the first is told")
}

func TestInterventionNotifyTellsTheStaffGroupAgainWhenAsked(t *testing.T) {
	t.Parallel()
	r := newRoom(t, `
title: 介入通知
nodes:
  - {id: trigger, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - {id: intervene, staff_intervention_detect: {pause: 600s}}
  - {id: tell, intervention_notify: {first_only: false}}
  - {id: end, analysis_trigger: {}}
edges:
  - {from: trigger, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: intervene}
  - {from: intervene, port: intervened, to: tell}
  - {from: intervene, port: none, to: tell}
  - {from: tell, to: end}
`, "2026-01-05 10:00:00")
	turn := r.says("小助理", "大家早上好")
	require.True(t, outputOf[*flowdeskv1.InterventionNotifyOutput](t, "tell", turn).GetSkipped(), "nobody has taken over")
	for _, until := range []string{"10:10", "10:11"} {
		require.Equal(t, []string{"staff: 【人工介入】小助理 已在群「华东客户群」接手，机器人暂停回复至 " + until}, said("", r.says("小助理", "@张三 您好")))
		r.passes(time.Minute)
	}
}
