package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Words that nothing is the right answer to: nobody is called, and the robot does not say that it found no answer to them.
func TestWordsThatNeedNoAnswer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"收到发货短信了，谢谢啦", "小助理辛苦了", "[捂脸][捂脸]", "我想问一下", "笑死，退群退群😂"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says("张三", text)
				w.advance(3 * time.Hour)
				w.silence()
				require.Empty(t, w.alerts())
			})
		})
	}
}

// Who complains or asks the same again hears an excuse once; the staff hears each time, and that the user was told.
func TestAnExcuseIsSaidOnce(t *testing.T) {
	t.Parallel()
	scenario(t, "14:00", func(w *world) {
		w.says("张三", "我买的东西到现在都没发货，你们到底怎么回事！")
		w.advance(time.Minute)
		w.says("张三", "再不处理我要投诉了")
		w.says("李四", "你们杭州仓库周日收货吗")
		w.advance(time.Minute)
		w.says("李四", "杭州仓库周日收不收货啊")
		w.advance(time.Minute)
		lines := w.robotsSaid()
		require.ElementsMatch(t, []string{
			"张三，非常抱歉给您带来了不好的体验，已通知工作人员尽快与您联系处理。", "李四，这个问题我暂时没有找到准确答案，已通知工作人员尽快回复您。",
		}, texts(in(customerGroup, lines)))
		told := in(staffGroup, lines)
		require.Len(t, told, 4)
		again := slices.DeleteFunc(told, func(l said) bool { return !strings.Contains(l.text, "不再重复") })
		require.Len(t, again, 2)
	})
}

// Who presses for what is under way asks nothing new, and who thanks for an answer waits for none.
func TestUrgingsAndThanks(t *testing.T) {
	t.Parallel()
	scenario(t, "22:30", func(w *world) {
		w.says("张三", "发票怎么开")
		w.says("张三", "急！")
		w.says("张三", "在吗？")
		w.advance(10 * time.Minute)
		require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(w.robotsSaid()))
		w.says("张三", "怎么弄的呀")
		w.says("张三", "看到了，谢谢")
		w.advance(10 * time.Minute)
		w.robotsSaid()
		w.advance(time.Hour)
		w.silence()
	})
}

// 算了不用了 ends what somebody was called for.
func TestWhoTakesAHandOffBack(t *testing.T) {
	t.Parallel()
	scenario(t, "15:00", func(w *world) {
		w.says("王五", "人工客服")
		w.advance(35 * time.Minute)
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.taskOf("王五").GetState())
		w.robotsSaid()
		w.says("王五", "算了不用了")
		w.advance(3 * time.Hour)
		w.silence()
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_CANCELLED, w.taskOf("王五").GetState())
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, w.alerts()[0].GetState())
	})
}

// Words of the shipped lexicon answer and complete after-sales tasks beside the organisation's own, and who is done is not asked to wait.
func TestOtherWordsForYesAndDone(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says(support, "麻烦完成一下实名认证", "张三", "李四")
		w.says("张三", "嗯嗯好滴")
		w.advance(10 * time.Second)
		require.Equal(t, []string{"张三，好的，请稍等，售后人员马上就来处理 👍"}, texts(in(customerGroup, w.robotsSaid())))
		w.says("李四", "好了，已认证")
		w.advance(10 * time.Second)
		w.silence()
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, w.taskOf("李四").GetState())
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, w.taskOf("张三").GetState())
	})
}
