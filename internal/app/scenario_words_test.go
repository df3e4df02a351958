package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Each robot of a group hears every message, and only the one that is mentioned sees it without its own name.
func TestQuestionToARobotIsAnsweredWhicheverRobotReportsIt(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.reports("monitor", "张三", "@白班小助手 发票怎么开", "m1")
		w.advance(5 * time.Second)
		require.Equal(t, invoiceAnswer, w.alone().text)
		w.reports("monitor", "张三", "@李四 发票怎么开", "m2")
		w.advance(5 * time.Second)
		w.silence()
	})
}

func TestNameThatHoldsSpacesIsMentionedWhole(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("Anna Li", "发票怎么开")
		w.says("Anna", "你好")
		w.says(support, "请扫码认证", "Anna Li")
		require.Len(t, w.tasks(), 1)
		require.Equal(t, "Anna Li", w.tasks()[0].GetTargetName())
		require.Equal(t, "请扫码认证", w.tasks()[0].GetTitle())
		w.says("Anna Li", "来了")
		w.advance(5 * time.Second)
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, w.tasks()[0].GetState())
		lines := in(customerGroup, w.robotsSaid())
		require.Equal(t, "Anna Li，好的，请稍等，售后人员马上就来处理 👍", lines[len(lines)-1].text)
	})
}

func TestThanksOfAnOperatorAskForNothing(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "你好")
		w.says(operator, "谢谢大家配合")
		w.advance(time.Hour)
		require.Empty(t, w.tasks())
		w.silence()
	})
}

func TestWhoAsksNothingIsNotToldThatNothingWasFound(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says(support, "请绑定手机", "张三")
		w.says("张三", "不行，我没时间")
		w.advance(5 * time.Second)
		lines := w.robotsSaid()
		require.Empty(t, in(customerGroup, lines))
		require.Len(t, in(staffGroup, lines), 1, "staff knows what the user said")
		require.Contains(t, in(staffGroup, lines)[0].text, "不行，我没时间")
	})
}

func TestNoticeShowsTheBeginningOfALongMessage(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "我要投诉你们"+strings.Repeat("，太慢了", 300))
		w.advance(5 * time.Second)
		lines := w.robotsSaid()
		for _, line := range append(in(staffGroup, lines), in(managementGroup, lines)...) {
			require.Less(t, len([]rune(line.text)), 300)
			require.Contains(t, line.text, "我要投诉你们，太慢了")
		}
		require.NotEmpty(t, in(managementGroup, lines))
	})
}
