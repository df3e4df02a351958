package nodes_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const operatorFlow = `
title: 运营
nodes:
  - {id: trigger, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - id: route
    condition_branch:
      switch:
        value: nodes.sender.role
        cases:
          - {port: operator, values: [ROLE_OPERATOR]}
          - {port: other, values: [ROLE_USER, ROLE_GROUP_ASSISTANT, ROLE_AFTER_SALES, ROLE_ROBOT]}
  - {id: track, operation_track: {}}
  - {id: detect, user_response_detect: {}}
  - {id: remind, no_response_notify: {}}
  - {id: conflict, conflict_detect: {}}
  - {id: answered, analysis_trigger: {fact: answered}}
  - {id: end, analysis_trigger: {}}
edges:
  - {from: trigger, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: route}
  - {from: route, port: operator, to: track}
  - {from: route, port: other, to: conflict}
  - {from: track, port: tracked, to: detect}
  - {from: track, port: ignored, to: conflict}
  - {from: detect, port: armed, to: remind}
  - {from: detect, port: none, to: conflict}
  - {from: detect, port: responded, to: answered}
  - {from: remind, port: armed, to: conflict}
  - {from: conflict, port: conflict, to: end}
  - {from: conflict, port: calm, to: end}
`

const instruction = "@张三 请今天完成实名认证"

func operatorRoom(t *testing.T) *room {
	t.Helper()
	r := newRoom(t, operatorFlow, "2026-01-05 10:00:00")
	r.says("李四", "大家好")
	r.says("张三", "早")
	return r
}

func TestOperationTrack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		targets []string // names; the empty name is the whole group
	}{
		"mention":                      {instruction, []string{"张三"}},
		"bare mention":                 {"@张三", []string{"张三"}},
		"greeting that awaits a word":  {"@张三 在吗", []string{"张三"}},
		"several mentions":             {"@张三 @李四 请扫码登录", []string{"张三", "李四"}},
		"a name twice":                 {"@张三 @张三 请扫码登录", []string{"张三"}},
		"someone who never spoke":      {"@王五 请扫码登录", []string{"王五"}},
		"mention run into the text":    {"@张三请尽快扫码", []string{"张三"}},
		"word to whom spoke last":      {"麻烦提供一下手机号", []string{"张三"}},
		"word that names a user":       {"请李四尽快扫码登录", []string{"李四"}},
		"word to everybody":            {"请大家尽快扫码登录", []string{""}},
		"all with a word":              {"@所有人 请尽快扫码登录", []string{""}},
		"all without a word":           {"@所有人 早上好", nil},
		"thanks":                       {"@张三 谢谢", nil},
		"acknowledgement":              {"@张三 收到", nil},
		"acknowledgement that asks on": {"@张三 收到，麻烦再发一下截图", []string{"张三"}},
		"no instruction":               {"今天天气不错", nil},
		"word of another meaning":      {"申请通过了", nil},
		"negated word":                 {"不用麻烦了", nil},
		"to staff":                     {"@小助理 请处理一下", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := operatorRoom(t)
			turn := r.says("财神爷", c.text)
			out := outputOf[*flowdeskv1.OperationTrackOutput](t, "track", turn)
			port := "ignored"
			if len(c.targets) > 0 {
				port = "tracked"
			}
			require.Equal(t, []string{port}, ports("track", turn), out.GetReason())
			var targets []string
			for _, id := range out.GetTasks() {
				task := r.state.Task(id)
				targets = append(targets, task.GetTargetName())
				require.Equal(t, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, task.GetState())
				require.Equal(t, flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR, task.GetOrigin())
				require.Equal(t, 30*time.Minute, task.GetResponseDeadline().AsTime().Sub(r.now))
				require.Equal(t, turn.GetEvent().GetId(), task.GetMessage())
				require.Equal(t, "财神爷", task.GetRequesterName())
			}
			require.Equal(t, c.targets, targets, out.GetReason())
			recorded := facts("operator_message", turn)
			require.Len(t, recorded, 1, "every operator's message has an outcome")
			require.Equal(t, port, valueOf(recorded[0], "outcome"))
		})
	}
}

func TestInstructionAnsweredInTime(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	id := r.task("张三").GetId()
	r.passes(10 * time.Minute)
	other := r.says("李四", "好的")
	require.Empty(t, ports("detect", other), "another user's word is no answer")

	turn := r.says("张三", "好的，我马上弄")
	require.Equal(t, []string{"responded"}, ports("detect", turn))
	require.Equal(t, []string{"responded"}, ports("remind", turn))
	out := outputOf[*flowdeskv1.UserResponseDetectOutput](t, "detect", turn)
	require.InDelta(t, 600, out.GetResponseSeconds(), 0)
	require.Equal(t, turn.GetEvent().GetId(), out.GetMessage())
	require.Len(t, facts("answered", turn), 1, "what follows the port runs")
	task := r.state.Task(id)
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, task.GetState())
	require.Equal(t, turn.GetEvent().GetId(), task.GetResponseMessage())
	require.Empty(t, r.state.GetInstances())

	require.Empty(t, said("", r.passes(23*time.Hour)...), "nobody is reminded")
	require.NotNil(t, r.state.Task(id))
	r.passes(time.Hour)
	require.Nil(t, r.state.Task(id), "an answer that nobody follows up completes the task at its deadline")
}

func TestInstructionWithoutAnswer(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	id := r.task("张三").GetId()
	require.Empty(t, r.passes(30*time.Minute-time.Second))

	turns := r.passes(time.Second)
	reminders := enqueued("", turns...)
	require.Len(t, reminders, 1)
	require.Equal(t, "reminder", reminders[0].GetPurpose())
	require.True(t, reminders[0].GetMention())
	require.Equal(t, "张三", reminders[0].GetTargetName())
	require.Equal(t, "g1", reminders[0].GetTargetSession())
	require.Equal(t, flowdeskv1.Duty_DUTY_DAY_REPLY, reminders[0].GetDuty())
	require.Equal(t, "张三，运营刚才的消息请您看一下并回复，谢谢！", reminders[0].GetText())
	require.Equal(t, int32(1), r.state.Task(id).GetReminders())
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, r.state.Task(id).GetState())

	require.Empty(t, said("", r.passes(10*time.Minute-time.Second)...))
	turns = r.passes(time.Second)
	require.Equal(t, []string{"staff: 【无人回应】群「华东客户群」的 张三 未回应运营：请今天完成实名认证"}, said("", turns...))
	require.Equal(t, []string{"notified"}, ports("remind", turns...))
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, r.state.Task(id).GetState())
	require.Len(t, facts("operator_no_response", turns...), 1)

	turn := r.says("张三", "不好意思刚看到，已经弄好了")
	require.Equal(t, []string{"responded"}, ports("detect", turn), "a very late answer is still noted")
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, r.state.Task(id).GetState())
}

func TestInstructionNeverAnsweredEndsItsWait(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	turns := r.passes(24 * time.Hour)
	require.Equal(t, []string{string(engine.Ended)}, ports("detect", turns...))
	require.Empty(t, r.state.GetInstances())
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, r.task("张三").GetState(), "the staff still has to act")
}

func TestLateAnswerCancelsTheNotice(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	reminder := enqueued("reminder", r.passes(35*time.Minute)...)[0]
	turn := r.says("张三", "刚看到，我现在弄")
	require.Equal(t, []string{"responded"}, ports("remind", turn))
	require.Contains(t, cancelled(turn), reminder.GetId(), "a reminder that has not left is taken back")
	out := outputOf[*flowdeskv1.NoResponseNotifyOutput](t, "remind", turn)
	require.True(t, out.GetReminded())
	require.False(t, out.GetStaffTold())
	require.Empty(t, said("", r.passes(2*time.Hour)...), "the staff is not told")
}

func TestWithdrawnInstructionAsksNobody(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	instructed := r.says("财神爷", instruction)
	turn := r.withdraws(instructed)
	require.Equal(t, []string{"cancelled"}, ports("remind", turn))
	require.Equal(t, []string{string(engine.Ended)}, ports("detect", turn))
	require.Nil(t, r.task("张三"))
	require.Empty(t, r.state.GetInstances())
	require.Empty(t, said("", r.passes(2*time.Hour)...))
}

func TestTaskClosedByAPerson(t *testing.T) {
	t.Parallel()
	for action, port := range map[flowdeskv1.TaskAction]string{
		flowdeskv1.TaskAction_TASK_ACTION_COMPLETE: "cancelled",
		flowdeskv1.TaskAction_TASK_ACTION_CANCEL:   "cancelled",
		flowdeskv1.TaskAction_TASK_ACTION_START:    "cancelled",
		flowdeskv1.TaskAction_TASK_ACTION_ESCALATE: "cancelled",
		flowdeskv1.TaskAction_TASK_ACTION_RESPOND:  "responded",
	} {
		t.Run(action.String(), func(t *testing.T) {
			t.Parallel()
			r := operatorRoom(t)
			r.says("财神爷", instruction)
			turn := r.asks(r.task("张三").GetId(), action)
			require.Equal(t, []string{port}, ports("remind", turn))
			require.Empty(t, said("", r.passes(2*time.Hour)...))
		})
	}
	t.Run("deleted", func(t *testing.T) {
		t.Parallel()
		r := operatorRoom(t)
		r.says("财神爷", instruction)
		turn := r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{Task: r.task("张三").GetId(), Delete: true}}})
		require.Equal(t, []string{"cancelled"}, ports("remind", turn))
		require.Empty(t, r.state.GetInstances())
	})
}

func TestMovedDeadlineMovesTheReminder(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: r.task("张三").GetId(), Fields: []string{"response_deadline"},
		Content: &flowdeskv1.TrackTask{ResponseDeadline: engine.Timestamp(r.now.Add(time.Hour))},
	}}})
	require.Empty(t, said("", r.passes(59*time.Minute)...))
	require.Len(t, said("reminder", r.passes(time.Minute)...), 1)
}

func TestInstructionToTwoUsers(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", "@张三 @李四 请扫码登录")
	turn := r.says("李四", "好的")
	require.Empty(t, ports("detect", turn), "one still has to answer")
	require.Empty(t, ports("remind", turn))

	turns := r.passes(30 * time.Minute)
	require.Len(t, enqueued("reminder", turns...), 1)
	require.Equal(t, "张三", enqueued("reminder", turns...)[0].GetTargetName(), "who has answered is not reminded")
	turns = r.passes(10 * time.Minute)
	require.Equal(t, []string{"notified"}, ports("remind", turns...))
	require.Len(t, said("no_response", turns...), 1)
	require.Contains(t, said("no_response", turns...)[0], "的 张三 未回应")
	turn = r.says("张三", "来了")
	require.Equal(t, []string{"responded"}, ports("detect", turn))
}

func TestTwoUsersAreRemindedSinglyAndToldOfTogether(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", "@张三 @李四 请扫码登录")
	require.Len(t, said("reminder", r.passes(30*time.Minute)...), 2)
	turns := r.passes(10 * time.Minute)
	require.Equal(t, []string{"staff: 【无人回应】群「华东客户群」的 张三、李四 未回应运营：请扫码登录"}, said("", turns...))
	require.Equal(t, []string{"notified"}, ports("remind", turns...))
}

func TestInstructionToTheGroupIsAnsweredByAnyUser(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", "@所有人 请尽快扫码登录")
	require.Empty(t, ports("detect", r.says("小助理", "好的")), "staff is not asked")
	require.Equal(t, []string{"responded"}, ports("detect", r.says("赵六", "好的")))
}

func TestTwoInstructionsRemindOnce(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	r.passes(time.Minute)
	r.says("财神爷", "@张三 麻烦快一点")
	turns := r.passes(35 * time.Minute)
	require.Len(t, said("reminder", turns...), 1)
	require.Len(t, said("no_response", r.passes(10*time.Minute)...), 2, "the staff hears of both")
}

func TestNoReminderWhileAPersonHoldsTheConversation(t *testing.T) {
	t.Parallel()
	r := operatorRoom(t)
	r.says("财神爷", instruction)
	r.passes(20 * time.Minute)
	r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: "helper", Participant: engine.ParticipantID("张三"),
	}}})
	turns := r.passes(15 * time.Minute)
	require.Empty(t, said("", turns...))
	require.False(t, outputOf[*flowdeskv1.NoResponseNotifyOutput](t, "remind", turns...).GetReminded())
}

func TestWithoutTasksThereIsNothingToWaitFor(t *testing.T) {
	t.Parallel()
	r := newRoom(t, `
title: 无任务
nodes:
  - {id: trigger, trigger_webhook: {}}
  - {id: detect, user_response_detect: {tasks: '["gone"]'}}
  - {id: remind, no_response_notify: {tasks: '["gone"]'}}
  - {id: end, analysis_trigger: {}}
edges:
  - {from: trigger, to: detect}
  - {from: detect, port: armed, to: remind}
  - {from: detect, port: none, to: remind}
  - {from: remind, port: armed, to: end}
`, "2026-01-05 10:00:00")
	turn := r.says("张三", "早")
	require.Equal(t, []string{"none"}, ports("detect", turn))
	require.Equal(t, []string{"armed"}, ports("remind", turn))
	require.Empty(t, r.state.GetInstances())
}
