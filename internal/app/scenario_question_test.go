package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const invoiceAnswer = "在订单页点击申请发票即可。"

func TestQuestionByDayIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Second)
		require.Equal(t, said{"day", customerGroup, invoiceAnswer, "张三"}, w.alone())
		require.Len(t, w.messages(), 2, "question and answer, whatever number of robots heard them")
		w.advance(24 * time.Hour)
		w.silence()
	})
}

func TestQuestionInTheEveningWaitsOneToFiveMinutes(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "22:30", func(w *world) {
		w.says("张三", "发票怎么开")
		command := w.commands()[0]
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_DELAYED, command.GetState())
		wait := command.GetSendTime().AsTime().Sub(command.GetCreateTime().AsTime())
		require.GreaterOrEqual(t, wait, 60*time.Second)
		require.LessOrEqual(t, wait, 300*time.Second)
		w.advance(wait - time.Second)
		w.silence()
		w.advance(10 * time.Second)
		require.Equal(t, said{"night", customerGroup, invoiceAnswer, "张三"}, w.alone())
		w.advance(24 * time.Hour)
		w.silence()
	})
}

func TestQuestionInDeepNightWaitsByItsPriority(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		priority   flowdeskv1.Priority
		least      time.Duration
		most       time.Duration
	}{
		{"high", "实名认证怎么弄", flowdeskv1.Priority_PRIORITY_HIGH, 300 * time.Second, 600 * time.Second},
		{"medium", "发票怎么开", flowdeskv1.Priority_PRIORITY_MEDIUM, 600 * time.Second, 1800 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, "02:00", func(w *world) {
				w.says("张三", c.text)
				command := w.commands()[0]
				require.Equal(t, c.priority, command.GetPriority())
				wait := command.GetSendTime().AsTime().Sub(command.GetCreateTime().AsTime())
				require.GreaterOrEqual(t, wait, c.least)
				require.LessOrEqual(t, wait, c.most)
				w.advance(wait + 5*time.Second)
				require.Len(t, in(customerGroup, w.robotsSaid()), 1)
			})
		})
	}
}

func TestMinorQuestionInDeepNightIsAnsweredAtNineOnce(t *testing.T) {
	t.Parallel()
	scenario(t, "02:00", func(w *world) {
		w.says("张三", "发票怎么开，不着急")
		require.Equal(t, flowdeskv1.Priority_PRIORITY_LOW, w.commands()[0].GetPriority())
		w.until("08:59")
		w.silence()
		w.until("09:01")
		require.Equal(t, said{"day", customerGroup, invoiceAnswer, "张三"}, w.alone())
		w.advance(48 * time.Hour)
		w.silence()
	})
}

func TestQuestionThatNobodyAnswersIsNoticedAfterTenAndThirtyMinutes(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "你们仓库的叉车是什么牌子的")
		w.advance(5 * time.Second)
		lines := w.robotsSaid()
		require.Contains(t, in(customerGroup, lines)[0].text, "没有找到准确答案", "no invention without an answer")
		require.Len(t, in(staffGroup, lines), 1)
		w.advance(10 * time.Minute)
		alert := w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING, alert.GetLevel())
		w.robotsSaid()
		w.advance(20 * time.Minute)
		alert = w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, alert.GetLevel())
		require.NotEmpty(t, in(staffGroup, w.robotsSaid()), "the staff group is told of errors")
		w.says(assistant, "是合力牌的", "张三")
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED).GetState())
	})
}

func TestUserAsksForAPerson(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "转人工")
		w.advance(5 * time.Second)
		lines := w.robotsSaid()
		require.Len(t, in(customerGroup, lines), 1, "the user hears that a person comes")
		require.Len(t, in(staffGroup, lines), 1, "the staff hears of it")
		task := w.tasks()[0]
		require.Equal(t, flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF, task.GetOrigin())
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_PENDING, task.GetState())
	})
}

func TestWithdrawnQuestionIsNotAnswered(t *testing.T) {
	t.Parallel()
	scenario(t, "22:30", func(w *world) {
		w.says("张三", "发票怎么开")
		w.withdraw(w.messages()[0].GetId())
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, w.commands()[0].GetState())
		w.advance(24 * time.Hour)
		w.silence()
		require.NotEqual(t, flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SAID, w.why(w.messages()[0].GetId()).GetOutcome())
	})
}
