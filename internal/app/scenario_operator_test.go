package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const mediation = "我们马上配合他，去帮助他完成实名或者扫码登录等相关工作"

func TestInstructionWithAnAnswer(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says(operator, "今天把资料发我", "张三")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, w.tasks()[0].GetState())
		w.advance(10 * time.Minute)
		w.says("张三", "好的，马上发")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, w.tasks()[0].GetState())
		w.advance(2 * time.Hour)
		w.silence()
	})
}

func TestInstructionWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says(operator, "今天把资料发我", "张三")
		w.advance(29 * time.Minute)
		w.silence()
		w.advance(2 * time.Minute)
		reminder := w.alone()
		require.Equal(t, customerGroup, reminder.group)
		require.Equal(t, "张三", reminder.at)
		w.advance(10 * time.Minute)
		notice := w.alone()
		require.Equal(t, staffGroup, notice.group)
		require.Contains(t, notice.text, "张三")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.tasks()[0].GetState())
		w.advance(3 * time.Hour)
		w.silence()
	})
}

func TestLateAnswerCancelsTheNoticeToTheStaff(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says(operator, "今天把资料发我", "张三")
		w.advance(31 * time.Minute)
		require.Equal(t, customerGroup, w.alone().group)
		w.says("张三", "不好意思才看到，现在发")
		w.advance(3 * time.Hour)
		w.silence()
		require.NotEqual(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.tasks()[0].GetState())
	})
}

func TestConflictIsMediatedFromEitherSide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		story func(w *world)
	}{
		{"operator", func(w *world) {
			w.says(operator, "今天把资料发我", "张三")
			w.says(operator, "你怎么这么慢，再不弄就别干了，真是烦死了", "张三")
		}},
		{"user", func(w *world) {
			w.says(operator, "今天把资料发我", "张三")
			w.says("张三", "每次都这样催催催，烦不烦，我要投诉你们")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				c.story(w)
				w.advance(10 * time.Second)
				lines := w.robotsSaid()
				require.Len(t, in(customerGroup, lines), 1)
				require.Equal(t, mediation, in(customerGroup, lines)[0].text)
				require.NotEmpty(t, in(staffGroup, lines), "the staff is told")
				alert := w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_CONFLICT)
				require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, alert.GetLevel())
				require.Contains(t, alert.GetText(), "冲突调和中")
				flagged := false
				for _, task := range w.tasks() {
					flagged = flagged || task.GetConflict()
				}
				require.True(t, flagged, "the track task is flagged")
			})
		})
	}
}
