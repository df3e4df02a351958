package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const (
	failed  = flowdeskv1.CommandState_COMMAND_STATE_FAILED
	timeout = flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT
	manual  = flowdeskv1.CommandState_COMMAND_STATE_MANUAL
)

func TestCommandThatFailsForGoodIsAPersonsWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	c := w.asks("张三", "发票怎么开")
	turn := w.settle(c.GetId(), failed)
	tasks := w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND)
	require.Len(t, tasks, 1)
	require.Equal(t, c.GetId(), tasks[0].GetCommand())
	require.Equal(t, "张三", tasks[0].GetTargetName())
	require.Equal(t, manual, w.state.Command(c.GetId()).GetState())
	require.Equal(t, []string{"staff"}, notices(turn, "person"))
	require.Equal(t, "failed", step(turn, "result").GetPort())
	require.Empty(t, commandsOf(turn, "reply"), "it is not said again")
	require.NotEmpty(t, w.state.GetQuestions(), "nobody has answered")

	w.settle(c.GetId(), completed) // a person had it sent again
	require.Empty(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND))
	require.Empty(t, w.state.GetQuestions())
	require.Equal(t, c.GetText(), w.state.GetContext()[len(w.state.GetContext())-1].GetText(), "what was said is part of the conversation")
}

func TestEndedTaskClosesItsCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	c := w.asks("张三", "发票怎么开")
	w.settle(c.GetId(), timeout)
	task := w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND)[0]
	w.turn(&flowdeskv1.Event{Actor: "helper", Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: task.GetId(), Action: flowdeskv1.TaskAction_TASK_ACTION_COMPLETE,
	}}})
	require.Nil(t, w.state.Command(c.GetId()))
}

func TestResultThatNeverComesIsHandedOverAndALateSuccessClosesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	c := w.asks("张三", "发票怎么开")
	turn := w.settle(c.GetId(), timeout)
	require.Equal(t, "unknown", step(turn, "result").GetPort())
	require.Len(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND), 1)
	require.Empty(t, commandsOf(turn, "reply"), "never sent again blindly")

	w.result(&flowdeskv1.CommandResult{Command: c.GetId(), State: completed, Robot: "day", Late: true})
	require.Empty(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND))
	require.Nil(t, w.state.Command(c.GetId()))
	require.Empty(t, w.state.GetQuestions())
}

func TestNoticeThatFailsIsATaskAndNoFurtherNotice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	notice := commandsOf(w.tell("张三", "我要投诉你们"), "alert")[0]
	turn := w.settle(notice.GetId(), failed)
	require.Len(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND), 1)
	require.Empty(t, commands(turn), "a notice about a failed notice would fail for ever")
}

func TestNoticeToAnotherChatIsNoPartOfTheConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	notice := commandsOf(w.tell("张三", "我要投诉你们"), "alert")[0]
	before := len(w.state.GetContext())
	w.settle(notice.GetId(), completed)
	require.Len(t, w.state.GetContext(), before)
}

func TestCancelThatComesTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	c := w.asks("张三", "发票怎么开")
	w.tell("小助理", "在订单页申请")
	require.Contains(t, w.queue.gone, c.GetId())
	w.result(&flowdeskv1.CommandResult{Command: c.GetId(), State: flowdeskv1.CommandState_COMMAND_STATE_SENT, CancelTooLate: true})
	require.NotNil(t, w.state.Command(c.GetId()))
	w.settle(c.GetId(), completed)
	require.Equal(t, c.GetText(), w.state.GetContext()[len(w.state.GetContext())-1].GetText(), "it was said all the same")
	require.Nil(t, w.state.Command(c.GetId()))
	require.Empty(t, w.state.GetCancelled())
}

func TestLinkOfASourceMayBeSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", func(env *flowdeskv1.Environment) {
		env.Settings.Answers = []*flowdeskv1.AnswerEntry{{Id: "a", Questions: []string{"发票怎么开"}, Answer: "请在 https://help.example.com/invoice 申请，3 个工作日内寄出。"}}
		env.Settings.IntentTemplates = []*flowdeskv1.IntentTemplate{{Intent: "INTENT_INQUIRY", Text: "{nickname}，请看 https://help.example.com/faq"}}
	})
	require.Contains(t, w.asks("张三", "发票怎么开").GetText(), "https://help.example.com/invoice")
	require.Equal(t, "李四，请看 https://help.example.com/faq", w.asks("李四", "你们的门店地址在哪里？").GetText())
	require.Contains(t, w.asks("张三", "发票怎么开").GetText(), "https://help.example.com/invoice", "who asks again is told again")
}

// modelFlow is the shipped flow with a model, and one regeneration.
func modelFlow(t *testing.T) *flowdeskv1.FlowDefinition {
	t.Helper()
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	for _, n := range definition.GetNodes() {
		if n.GetAiReplyGenerate() != nil {
			n.GetAiReplyGenerate().Model = "reply"
		}
		if n.GetReplyQualityCheck() != nil {
			n.GetReplyQualityCheck().Regenerate = "generate"
		}
	}
	return definition
}

// model answers the call that a turn made.
func (w *world) model(turn *flowdeskv1.Turn, text string) *flowdeskv1.Turn {
	w.t.Helper()
	for _, e := range turn.GetEffects() {
		if call := e.GetMakeCall(); call.GetModel() != nil {
			w.now = w.now.Add(2 * time.Second)
			return w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: &flowdeskv1.CallAnswer{
				Call: call.GetId(), Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK, Body: text, Model: "stand-in",
			}}})
		}
	}
	require.Fail(w.t, "no call", "%v", turn.GetTraces())
	return nil
}

func TestModelIsHeldToItsSources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, issue string }{
		{"faithful", "您在订单页点击申请发票就可以了", ""},
		{"a link of its own", "请看 https://evil.example.com/pay", "unknown_link"},
		{"a number of its own", "开票需要 15 个工作日", "unfaithful"},
		{"its instructions", "你是群「华东客户群」的客服助手。用简体中文、两三句话、礼貌而具体地回答问题", "instructions"},
		{"a password", "后台密码：admin888", "secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, "2026-01-05 10:00:00", modelFlow(t))
			asked := w.tell("张三", "发票怎么开")
			require.Contains(t, callOf(asked).GetInstructions(), "在订单页点击申请发票即可", "the model is given its sources")
			turn := w.model(asked, c.text)
			if c.issue == "" {
				out := &flowdeskv1.AiReplyGenerateOutput{}
				require.NoError(t, proto.Unmarshal(step(turn, "generate").GetOutput(), out))
				require.Equal(t, "invoice", out.GetCitations()[0].GetSource())
				require.Equal(t, c.text, w.reply(turn).GetText())
				return
			}
			require.Empty(t, commandsOf(turn, "reply"))
			checked := &flowdeskv1.ReplyQualityCheckOutput{}
			require.NoError(t, proto.Unmarshal(step(turn, "check").GetOutput(), checked))
			require.NotEmpty(t, checked.GetIssues(), "%v", turn.GetTraces())
			require.Contains(t, checked.GetIssues()[0], c.issue)

			turn = w.model(turn, c.text) // once more, no better
			require.Empty(t, commandsOf(turn, "reply"))
			require.Equal(t, "rejected", step(turn, "check").GetPort())
			require.Len(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF), 1)
			require.Equal(t, []string{"staff"}, notices(turn, "person"))
		})
	}
}

func callOf(turn *flowdeskv1.Turn) *flowdeskv1.ModelRequest {
	for _, e := range turn.GetEffects() {
		if m := e.GetMakeCall().GetModel(); m != nil {
			return m
		}
	}
	return nil
}

func TestModelMustNotSayTheSameAgain(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, "2026-01-05 10:00:00", modelFlow(t))
	const said = "您在订单页点击申请发票就可以了"
	c := w.reply(w.model(w.tell("张三", "发票怎么开"), said))
	w.settle(c.GetId(), completed)
	turn := w.model(w.tell("张三", "我找不到，发票怎么开"), said)
	require.Empty(t, commandsOf(turn, "reply"))
	require.Equal(t, "再点右上角的三个点就能看到。", w.reply(w.model(turn, "再点右上角的三个点就能看到。")).GetText())
	require.NotEmpty(t, commandsOf(w.model(w.tell("李四", "发票怎么开"), said), "reply"), "to somebody else it is new")
}

func TestReplyIsNotSentWhenAPersonWasFasterThanTheModel(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{"小助理": "人工已介入", "财神爷": "财神爷 已先回复"} {
		w := newWorldOf(t, "2026-01-05 10:00:00", modelFlow(t), operators)
		asked := w.tell("张三", "发票怎么开")
		w.tell(name, "在订单页申请")
		turn := w.model(asked, "您在订单页点击申请发票就可以了")
		require.Empty(t, commandsOf(turn, "reply"))
		require.Contains(t, step(turn, "send").GetNotes()[0], reason)
		require.Empty(t, w.state.GetQuestions(), "the question was answered before it was noted")
	}
}

func TestBoundParticipantKeepsItsRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.state.Participants = []*flowdeskv1.Participant{{Id: engine.ParticipantID("小号"), Name: "小号", Person: "helper", RoleRule: "directory_id"}}
	w.tell("小号", "发票怎么开")
	p := w.state.Participant(engine.ParticipantID("小号"))
	require.Equal(t, flowdeskv1.Role_ROLE_GROUP_ASSISTANT, p.GetRole())
	require.Equal(t, "helper", p.GetPerson())

	w.state.Participants = []*flowdeskv1.Participant{{Id: engine.ParticipantID("张三"), Name: "张三", Person: "helper", RoleRule: "directory_name"}}
	w.tell("张三", "发票怎么开")
	require.Equal(t, flowdeskv1.Role_ROLE_USER, w.state.Participant(engine.ParticipantID("张三")).GetRole(), "a name that changed hands binds nobody")
}

func TestOwnRobotsWordsAreRecordedAndNeverAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	turn := w.tell("白班小助手", "发票怎么开") // typed at the robot's phone, not sent by us
	require.Empty(t, commands(turn))
	require.Equal(t, flowdeskv1.Role_ROLE_ROBOT, w.state.GetContext()[0].GetRole())
	require.Empty(t, w.state.GetQuestions())
}

func TestLateRobotsRepeatIsMergedByItsOwnTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.says("张三", "好的", "A")
	w.now = w.now.Add(time.Minute)
	w.says("张三", "好的", "B")
	w.now = w.now.Add(time.Second)
	w.says("张三", "好的", "B") // its phone reports twice
	require.EqualValues(t, 1, w.state.GetMessageCount())
	require.Len(t, w.state.GetReports()[0].GetTimes(), 3)
}

// A name may be the beginning of another one.
func TestWordsToANamesakeAreNoAnswer(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"@张三丰 在订单页申请", "张三丰，在订单页申请"} {
		w := newWorld(t, "2026-01-05 22:30:00", moreAnswers)
		w.tell("张三", "发票怎么开")
		w.tell("张三丰", "几点下班")
		require.Len(t, w.state.GetQuestions(), 2)
		w.tell("小助理", said)
		require.Len(t, w.state.GetQuestions(), 1, said)
		require.Equal(t, engine.ParticipantID("张三"), w.state.GetQuestions()[0].GetParticipant(), said)
	}
}

func TestInstructionToOneOfTwoNamesakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", operators)
	w.tell("张三", "你好")
	w.tell("张三丰", "你好")
	w.tell("财神爷", "请张三丰尽快扫码登录")
	tasks := w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR)
	require.Len(t, tasks, 1)
	require.Equal(t, "张三丰", tasks[0].GetTargetName())
}

// The machine's clock may be put right while people talk.
func TestClockThatIsPutBackGivesNoNegativeTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00", operators)
	w.mentions("财神爷", "@张三 请扫码登录", "张三")
	w.tell("李四", "发票怎么开")
	w.now = w.now.Add(-time.Hour)
	for _, turn := range []*flowdeskv1.Turn{w.tell("张三", "好的"), w.mentions("小助理", "@李四 在订单页申请", "李四")} {
		for _, e := range turn.GetEffects() {
			require.GreaterOrEqual(t, e.GetRecordFact().GetValue(), 0.0, e)
		}
	}
	require.Empty(t, w.state.GetQuestions(), "李四 was answered")
	require.NotNil(t, w.tasks(flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR)[0].GetRespondedAt())
}

func TestReplyToSomebodyWithoutAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	require.Equal(t, "这个问题我暂时没有找到准确答案，已通知工作人员尽快回复您。", w.asks("", "你们的门店地址在哪里？").GetText())
}
