package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

const (
	unansweredAlert = flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED
	resolvedAlert   = flowdeskv1.AlertState_ALERT_STATE_RESOLVED
)

// openAlerts are the alerts of a category that nobody has resolved, newest first.
func (w *world) openAlerts(category flowdeskv1.AlertCategory) []*flowdeskv1.Alert {
	w.t.Helper()
	var open []*flowdeskv1.Alert
	for _, a := range w.alerts() {
		if a.GetCategory() == category && a.GetState() != resolvedAlert {
			open = append(open, a)
		}
	}
	return open
}

// messageOf is the newest message with a text.
func (w *world) messageOf(text string) *flowdeskv1.Message {
	w.t.Helper()
	for _, m := range w.messages() {
		if m.GetText() == text {
			return m
		}
	}
	require.Fail(w.t, "no message", text)
	return nil
}

func TestWhoAnswersAfterSalesIsNotLeftWaiting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		then    func(w *world)
		waiting bool
	}{
		{"nobody comes", func(*world) {}, true},
		{"the user has done it alone", func(w *world) { w.says("张三", "绑定成功") }, false},
		{"the person comes", func(w *world) { w.says(support, "我来了", "张三") }, false},
		{"somebody claims the task", func(w *world) {
			_, err := flowdeskv1.NewTaskServiceClient(w.api).ClaimTrackTask(w.t.Context(), &flowdeskv1.ClaimTrackTaskRequest{Name: w.taskOf("张三").GetName()})
			require.NoError(w.t, err)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says(support, "请绑定手机", "张三")
				w.says("张三", "👌")
				require.Equal(t, flowdeskv1.Intent_INTENT_RESPONSE, w.messageOf("👌").GetIntent(), "what went to after-sales is understood too")
				w.advance(11 * time.Minute)
				c.then(w)
				w.advance(30 * time.Minute)
				open := w.openAlerts(unansweredAlert)
				if !c.waiting {
					require.Empty(t, open)
					return
				}
				require.Len(t, open, 1)
				require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, open[0].GetLevel())
				require.Contains(t, open[0].GetText(), "用户已响应绑定手机")
			})
		})
	}
}

func TestResponseThatAsksBackIsAResponse(t *testing.T) {
	t.Parallel()
	for text, response := range map[string]bool{
		"来了，怎么弄": true, "在的，实名认证怎么弄": true, "在的，请问你们旗舰店在哪里": false, "好的，但是你们服务太差了，我要投诉": false, "在的，怎么绑定手机": false,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says(support, "请完成实名认证", "张三")
				w.says("张三", text)
				require.Equal(t, response, w.taskOf("张三").GetState() == flowdeskv1.TaskState_TASK_STATE_RESPONDED)
				w.advance(10 * time.Second)
				for _, line := range in(customerGroup, w.robotsSaid()) {
					require.Equal(t, response, line.text == "张三，好的，请稍等，售后人员马上就来处理 👍", line.text)
				}
			})
		})
	}
}

func TestComplaintSaidTogetherWithAnAnswerStaysOpen(t *testing.T) {
	t.Parallel()
	scenario(t, "02:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.says("张三", "我要投诉，客服没人理我")
		w.advance(11 * time.Minute)
		require.Equal(t, invoiceAnswer+"\n张三，非常抱歉给您带来了不好的体验，已通知工作人员尽快与您联系处理。", in(customerGroup, w.robotsSaid())[0].text)
		w.advance(31 * time.Minute)
		open := w.openAlerts(unansweredAlert)
		require.Len(t, open, 1, "the question was answered, the complaint was not")
		require.Contains(t, open[0].GetText(), "我要投诉")
	})
}

func TestUnhappyUserIsNotToldThatNothingWasFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{complaint, "你们太垃圾了", "不做了，退群"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says("张三", text)
				w.advance(10 * time.Second)
				lines := w.robotsSaid()
				require.Equal(t, "张三，非常抱歉给您带来了不好的体验，已通知工作人员尽快与您联系处理。", in(customerGroup, lines)[0].text)
				require.NotEmpty(t, in(staffGroup, lines), "somebody does contact the user")
			})
		})
	}
}

func TestImportantQuestionEscalatesOnlyWhileItIsUnanswered(t *testing.T) {
	t.Parallel()
	const important, warn = flowdeskv1.AlertCategory_ALERT_CATEGORY_IMPORTANT, flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING
	t.Run("answered", func(t *testing.T) {
		t.Parallel()
		scenario(t, "10:00", func(w *world) {
			w.says("张三", "退款多久到账")
			w.advance(time.Minute)
			require.Equal(t, warn, w.openAlerts(important)[0].GetLevel(), "the monitor shows it all the same")
			w.advance(2 * time.Hour)
			require.Equal(t, resolvedAlert, w.alertOf(important).GetState())
			require.Equal(t, warn, w.alertOf(important).GetLevel())
		})
	})
	t.Run("asked again", func(t *testing.T) {
		t.Parallel()
		scenario(t, "10:00", func(w *world) {
			w.says("张三", "退款多久到账")
			w.advance(time.Minute)
			w.says("张三", "我的退款怎么还没有到账呀，钱去哪里了")
			w.advance(2 * time.Hour)
			require.NotEmpty(t, w.openAlerts(important))
			require.Greater(t, w.openAlerts(important)[0].GetLevel(), warn)
		})
	})
}

func TestNobodyIsRemindedInAQuarrel(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says(operator, "尽快扫码登录", "张三")
		w.says("张三", "滚，天天催，烦死了")
		quarrel := w.messageOf("滚，天天催，烦死了")
		require.Less(t, quarrel.GetSentiment(), 0.3, "the mood of a quarrel is kept")
		require.Equal(t, flowdeskv1.Intent_INTENT_COMPLAINT, quarrel.GetIntent())
		w.says(operator, "你什么态度", "张三")
		w.advance(10 * time.Second)
		require.Equal(t, mediation, in(customerGroup, w.robotsSaid())[0].text)
		w.advance(45 * time.Minute)
		lines := w.robotsSaid()
		require.Empty(t, in(customerGroup, lines), "the robot does not press a user whom it has just calmed")
		told := false
		for _, line := range in(staffGroup, lines) {
			told = told || line.text == "【无人回应】群「华东客户群」的 张三 未回应运营：你什么态度"
		}
		require.True(t, told, "staff hears of it")
	})
}

func TestHandOffTaskFollowsWhoStepsIn(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "转人工")
		w.says("李四", "转人工")
		w.advance(time.Minute)
		w.says(assistant, "我来处理", "张三")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS, w.taskOf("张三").GetState())
		require.Equal(t, "helper", w.taskOf("张三").GetAssignee())
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_PENDING, w.taskOf("李四").GetState(), "nobody has come to 李四")
		w.says("张三", "问题解决了，谢谢")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, w.taskOf("张三").GetState())
		w.says("李四", "没事了，不用了")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, w.taskOf("李四").GetState())
	})
}

func TestWhatHoldsNoWordsIsNotAnswered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		said  standin.Utterance
		staff int
	}{
		{"picture", standin.Utterance{Text: "[图片]", Type: 2}, 1},
		{"file", standin.Utterance{Text: "合同.pdf", Type: 9}, 1},
		{"punctuation", standin.Utterance{Text: "？？"}, 0},
		{"nothing", standin.Utterance{Text: ""}, 0},
		{"link of the platform", standin.Utterance{Text: "群公告", Type: 8}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				c.said.Group, c.said.Sender = customerGroup, "张三"
				require.NoError(t, w.sim.Say(c.said))
				w.advance(10 * time.Second)
				lines := w.robotsSaid()
				require.Empty(t, in(customerGroup, lines))
				require.Len(t, in(staffGroup, lines), c.staff)
				var rule string
				for _, step := range w.why(w.messages()[0].GetId()).GetPath() {
					if step.GetNode() == "decide" {
						rule = step.GetPort()
					}
				}
				require.Equal(t, "silent", rule)
			})
		})
	}
}

func TestOnlyTheSpeakerTakesItsWordsBack(t *testing.T) {
	t.Parallel()
	scenario(t, "20:59", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(5 * time.Second)
		require.Equal(t, "day", w.alone().robot)
		w.until("21:00") // the other robot's shift begins
		w.withdraw(w.messageOf(invoiceAnswer).GetId())
		w.advance(5 * time.Second)
		require.Equal(t, "day", w.alone().robot)
	})
}
