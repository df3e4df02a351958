package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestStaffStepsIn(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "21:30", func(w *world) {
		w.says("张三", "发票怎么开")
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_DELAYED, w.commands()[0].GetState())
		w.says(assistant, "我来处理，稍等", "张三")
		w.advance(10 * time.Second)
		require.Len(t, in(staffGroup, w.robotsSaid()), 1, "the staff group hears of the take-over")
		for _, c := range w.commands() {
			if c.GetPurpose() == "reply" {
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, c.GetState())
				require.NotEmpty(t, c.GetReason())
			}
		}

		w.advance(20 * time.Minute)
		w.says("张三", "退款多久到账")
		w.advance(9 * time.Minute)
		require.Empty(t, in(customerGroup, w.robotsSaid()), "the robot is quiet while a person holds the conversation")

		w.advance(2 * time.Minute)
		w.says("张三", "怎么开发票")
		w.advance(6 * time.Minute)
		require.Len(t, in(customerGroup, w.robotsSaid()), 1, "30 minutes after the last word of staff the robot is back")
	})
}

func TestTaskWithoutAResponse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"不行", "不可以", "请问你们的旗舰店在上海的哪一条路上，周末可以过去看看吗"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says(support, "请完成实名认证", "张三")
				w.says("张三", text)
				w.advance(30 * time.Second)
				for _, line := range in(customerGroup, w.robotsSaid()) {
					require.NotContains(t, line.text, "售后人员")
				}
				require.Equal(t, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, w.taskOf("张三").GetState())
			})
		})
	}
}

func TestNobodyAnswersAfterSales(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says(support, "请完成实名认证", "张三")
		w.advance(14 * time.Minute)
		w.silence()
		w.advance(2 * time.Minute)
		reminder := w.alone()
		require.Equal(t, customerGroup, reminder.group)
		require.Equal(t, "张三", reminder.at)
		w.advance(15 * time.Minute)
		require.Equal(t, staffGroup, w.alone().group)
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.taskOf("张三").GetState())
	})
}

func TestCompletionPhraseClosesTheTask(t *testing.T) {
	t.Parallel()
	for who, text := range map[string]string{"张三": "已经弄好了", support: "张三的已完成"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says(support, "请完成实名认证", "张三")
				w.says("张三", "在的")
				w.says("张三", "弄好了吗？")
				require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, w.taskOf("张三").GetState(), "a question completes nothing")
				w.says(who, text)
				require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, w.taskOf("张三").GetState())
				w.advance(10 * time.Second)
				w.robotsSaid()
				w.advance(48 * time.Hour)
				require.Empty(t, in(customerGroup, w.robotsSaid()), "nobody is reminded of what is done")
			})
		})
	}
}
