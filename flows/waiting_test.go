package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const (
	completed = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED
	delayed   = flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	waiting   = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
)

// moreAnswers adds an address and opening hours to the question/answer file.
func moreAnswers(env *flowdeskv1.Environment) {
	env.Settings.Answers = append(env.Settings.Answers,
		&flowdeskv1.AnswerEntry{Id: "shop", Questions: []string{"门店地址在哪里"}, Answer: "门店在人民路 88 号。"},
		&flowdeskv1.AnswerEntry{Id: "hours", Questions: []string{"几点下班"}, Answer: "每天 18:00 下班。"},
		&flowdeskv1.AnswerEntry{Id: "real", Questions: []string{"实名认证怎么弄"}, Answer: "在设置页点击实名认证。"})
}

func TestSmallQuestionAtTwoIsAnsweredAtNineOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 02:00:00")
	c := w.asks("张三", "不急，发票怎么开")
	require.Equal(t, flowdeskv1.Priority_PRIORITY_LOW, c.GetPriority())
	require.Equal(t, delayed, c.GetState())
	require.Equal(t, "2026-01-05 09:00:00", c.GetSendTime().AsTime().In(w.env.Zone).Format(time.DateTime))
	require.Equal(t, flowdeskv1.Duty_DUTY_DAY_REPLY, c.GetDuty())

	w.until("08:59")
	require.Empty(t, w.queue.released, "nothing is said at night")
	require.Empty(t, w.queue.alerts, "a question whose reply is planned is not neglected")
	w.until("09:00")
	require.Equal(t, []string{c.GetId()}, w.queue.released)
	require.Equal(t, waiting, w.state.Command(c.GetId()).GetState())
	w.settle(c.GetId(), completed)
	require.Empty(t, w.state.GetQuestions())
	require.Empty(t, w.state.GetInstances())
	w.advance(48 * time.Hour)
	require.Len(t, w.queue.released, 1)
	require.Len(t, w.queue.commands, 1)
}

func TestHeldReplyThatIsNeverSaidBecomesAnAlert(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 02:00:00")
	w.asks("张三", "不急，发票怎么开")
	w.until("09:09")
	require.Empty(t, w.queue.alerts)
	w.until("09:11")
	a := w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED)
	require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING, a.GetLevel(), "the clock begins when the reply was due")
	w.until("09:31")
	require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED).GetLevel())
}

func TestHeldRepliesToOneUserAreSaidAsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 02:00:00", moreAnswers)
	first := w.asks("张三", "不急，发票怎么开")
	other := w.asks("李四", "不急，几点下班")
	second := w.asks("张三", "不急，门店地址在哪里")
	require.Contains(t, w.queue.gone, first.GetId())
	require.Equal(t, "在订单页点击申请发票即可。\n门店在人民路 88 号。", second.GetText())
	require.Equal(t, []string{first.GetReplyTo()}, second.GetAlsoAnswers())
	again := w.asks("张三", "不急，门店地址在哪里？")
	require.Equal(t, second.GetText(), again.GetText(), "the same answer is not said twice")
	require.Len(t, again.GetAlsoAnswers(), 2)
	w.until("10:00")
	require.ElementsMatch(t, []string{other.GetId(), again.GetId()}, w.queue.released)
	w.settle(again.GetId(), completed)
	require.Len(t, w.state.GetQuestions(), 1, "all questions of one user are answered, the other user's is not")
}

func TestEveningReplyTakesUpTheOneThatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 22:30:00", moreAnswers)
	first := w.asks("张三", "发票怎么开")
	second := w.asks("张三", "门店地址在哪里")
	require.Contains(t, w.queue.gone, first.GetId())
	require.Contains(t, second.GetText(), first.GetText())
	third := w.asks("张三", "几点下班")
	require.False(t, third.GetSendTime().AsTime().After(second.GetSendTime().AsTime()), "who writes on and on gets an answer all the same")
	w.advance(6 * time.Minute)
	require.Equal(t, []string{third.GetId()}, w.queue.released)
}

func TestUrgentReplyIsNeitherPutOffNorHeldWithALesserOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 02:00:00", moreAnswers)
	urgent := w.asks("张三", "实名认证怎么弄")
	require.Equal(t, flowdeskv1.Priority_PRIORITY_HIGH, urgent.GetPriority())
	medium := w.asks("张三", "门店地址在哪里")
	require.Equal(t, urgent.GetSendTime().AsTime(), medium.GetSendTime().AsTime(), "the urgent answer keeps its time")
	require.Equal(t, flowdeskv1.Priority_PRIORITY_HIGH, medium.GetPriority())
	low := w.asks("张三", "不急，几点下班")
	require.NotContains(t, w.queue.gone, medium.GetId(), "a held reply stands apart")
	require.NotContains(t, low.GetText(), "门店")
	w.until("02:30")
	require.Equal(t, []string{medium.GetId()}, w.queue.released)
	w.until("09:01")
	require.Equal(t, []string{medium.GetId(), low.GetId()}, w.queue.released)
}

func TestRepliesThatFellDueDuringAnOutageAreSaidAsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 02:00:00", moreAnswers)
	medium := w.asks("张三", "门店地址在哪里")
	low := w.asks("张三", "不急，几点下班")
	w.now = w.now.Add(8 * time.Hour) // nobody was there
	turn := w.turn(commandDue(medium.GetId()))
	require.Empty(t, w.queue.released)
	together := w.reply(turn)
	require.Equal(t, "门店在人民路 88 号。\n每天 18:00 下班。", together.GetText())
	require.Equal(t, waiting, together.GetState())
	require.Contains(t, w.queue.gone, medium.GetId())
	require.Contains(t, w.queue.gone, low.GetId())
	require.Len(t, w.state.GetInstances(), 2, "both instances follow it")
	w.settle(together.GetId(), completed)
	require.Empty(t, w.state.GetInstances())
	require.Empty(t, w.state.GetQuestions())
}

func TestWaitingReplyIsDropped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		then         func(w *world)
	}{
		{"a person answered first", "人工已介入", func(w *world) { w.tell("小助理", "您好，发票在订单页申请") }},
		{"a person answered the user by name", "人工已介入", func(w *world) { w.mentions("小助理", "@张三 发票在订单页申请", "张三") }},
		{"the user took the question back", "用户已收回问题", func(w *world) { w.tell("张三", "没事了，不用了") }},
		{"the user says that it is solved", "用户已收回问题", func(w *world) { w.tell("张三", "谢谢，解决了") }},
		{"the conversation was closed", "会话已解决", func(w *world) {
			w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
				Action: flowdeskv1.SessionAction_SESSION_ACTION_RESOLVE,
			}}})
		}},
		{"a person took over", "人工已介入", func(w *world) {
			w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
				Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: "helper", Participant: engine.ParticipantID("张三"),
			}}})
		}},
		{"the user asked for a person", "人工已介入", func(w *world) { w.tell("张三", "转人工") }},
		{"an operator answered, who takes nothing over", "财神爷 已先回复", func(w *world) { w.tell("财神爷", "发票在订单页申请") }},
		{"a person spoke to somebody else", "", func(w *world) { w.mentions("小助理", "@李四 稍等", "李四") }},
		{"another user took something back", "", func(w *world) { w.tell("李四", "没事了，不用了") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "2026-01-05 22:30:00", operators)
			reply := w.asks("张三", "发票怎么开")
			c.then(w)
			w.advance(10 * time.Minute)
			if c.reason == "" {
				require.Equal(t, []string{reply.GetId()}, w.queue.released)
				return
			}
			require.Equal(t, c.reason, w.queue.gone[reply.GetId()])
			require.Empty(t, w.queue.released)
			for _, i := range w.state.GetInstances() {
				require.NotEqual(t, reply.GetInstance(), i.GetId(), "its instance has ended")
			}
		})
	}
}

// What happens without a flow taking notice of it is found out when the reply's time comes.
func TestReplyIsJudgedAgainWhenItsTimeComes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		since        *flowdeskv1.Utterance
	}{
		{"staff answered", "小助理 已先回复", &flowdeskv1.Utterance{Name: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT, Text: "在订单页申请"}},
		{"staff spoke to others", "", &flowdeskv1.Utterance{Name: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT, Text: "@李四 在订单页申请"}},
		{"staff's words were withdrawn", "", &flowdeskv1.Utterance{Name: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT, Text: "在吗", Withdrawn: true}},
		{"the user took it back", "用户已收回问题", &flowdeskv1.Utterance{Participant: engine.ParticipantID("张三"), Role: flowdeskv1.Role_ROLE_USER, Text: "不用了"}},
		{"a robot has said it", "已回复过相同内容", &flowdeskv1.Utterance{
			Role: flowdeskv1.Role_ROLE_ROBOT, TargetUser: engine.ParticipantID("张三"), Text: "在订单页点击申请发票即可。",
		}},
		{"a robot has said it to another user", "", &flowdeskv1.Utterance{
			Role: flowdeskv1.Role_ROLE_ROBOT, TargetUser: engine.ParticipantID("李四"), Text: "在订单页点击申请发票即可。",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "2026-01-05 02:00:00")
			reply := w.asks("张三", "不急，发票怎么开")
			since := proto.CloneOf(c.since)
			since.Message, since.Time = "later", engine.Timestamp(w.now)
			w.state.Context = append(w.state.GetContext(), since)
			w.until("09:01")
			require.Equal(t, c.reason, w.queue.gone[reply.GetId()])
			require.Equal(t, c.reason == "", len(w.queue.released) == 1)
		})
	}
}

func TestWithdrawnQuestionOfSeveralLeavesTheAnswerToTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 02:00:00", moreAnswers)
	first := w.asks("张三", "不急，发票怎么开")
	both := w.asks("张三", "不急，门店地址在哪里")
	withdraw := func(message string) {
		w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Withdrawn{Withdrawn: &flowdeskv1.MessageWithdrawn{Message: message}}})
	}
	withdraw(first.GetReplyTo())
	require.NotContains(t, w.queue.gone, both.GetId())
	withdraw(both.GetReplyTo())
	require.Equal(t, "消息已撤回", w.queue.gone[both.GetId()])
	require.Empty(t, w.state.GetQuestions())
}

func TestCommandThatTheSessionDoesNotKnowMayLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-05 10:00:00")
	w.turn(commandDue("unknown"))
	require.Equal(t, []string{"unknown"}, w.queue.released)
}
