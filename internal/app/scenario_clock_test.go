package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// count is how many of the lines hold a text.
func count(lines []said, text string) int {
	n := 0
	for _, l := range lines {
		if l.text == text {
			n++
		}
	}
	return n
}

const (
	operatorReminder = "张三，运营刚才的消息请您看一下并回复，谢谢！"
	operatorNotice   = "【无人回应】群「华东客户群」的 张三 未回应运营：请今天完成实名认证"
)

// A machine sleeps for three hours while everything waits: each thing that was due meanwhile happens once, in its order, and what counts from
// something else still has its distance from it.
func TestAMachineThatSleptForHours(t *testing.T) {
	scenario(t, "10:00", func(w *world) {
		w.says(operator, "请今天完成实名认证", "张三")
		w.says("李四", "转人工")
		w.says("王五", "你们老板的电话是多少？")
		w.says(assistant, "您好", "王五") // holds until 10:30
		w.advance(time.Minute)
		w.robotsSaid()

		w.jump(3 * time.Hour)
		w.advance(30 * time.Second)
		lines := w.robotsSaid()
		require.Equal(t, 1, count(lines, operatorReminder), "%v", lines)
		require.Zero(t, count(lines, operatorNotice), "the user has ten minutes from the reminder on")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.taskOf("李四").GetState())
		require.Len(t, in(staffGroup, lines), 1, "one alarm about 李四: %v", lines)

		w.says("王五", "发票怎么开")
		w.advance(30 * time.Second)
		require.Equal(t, 1, count(w.robotsSaid(), "在订单页点击申请发票即可。"), "the pause is over")

		w.advance(10 * time.Minute)
		require.Equal(t, 1, count(w.robotsSaid(), operatorNotice))
		w.advance(20 * time.Minute)
		require.Zero(t, count(w.robotsSaid(), operatorReminder))
	})
}

// A reply that waits for its time is judged again when a machine wakes up long after it.
func TestADelayedReplyAfterTheMachineSlept(t *testing.T) {
	scenario(t, "22:30", func(w *world) {
		w.says("张三", "发票怎么开")
		w.says("李四", "怎么开发票")
		w.silence()
		w.withdraw(w.messages()[0].GetId())
		w.jump(90 * time.Minute)
		w.advance(time.Minute)
		lines := w.robotsSaid()
		require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(lines), "once, and not to who took it back")
		require.Equal(t, "张三", lines[0].at)
	})
}

// Somebody sets the clock back by an hour: nothing happens twice or before its time, what is said stays in its order, and the robot answers.
func TestAClockThatIsSetBack(t *testing.T) {
	scenario(t, "10:00", func(w *world) {
		w.says(operator, "请今天完成实名认证", "张三")
		w.says("李四", "退款多久到账")
		w.advance(35 * time.Minute)
		require.Equal(t, 1, count(w.robotsSaid(), operatorReminder))

		w.jump(-time.Hour)
		w.says("王五", "发票怎么开")
		w.advance(30 * time.Second)
		require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(w.robotsSaid()))
		w.says("王五", "实名认证怎么弄")
		w.advance(30 * time.Second)
		require.Len(t, w.robotsSaid(), 1)
		heard := w.messages()
		slices.Reverse(heard)
		var order []string
		for _, m := range heard {
			if !m.GetOutgoing() {
				order = append(order, m.GetSenderName()+"："+m.GetText())
			}
		}
		require.Equal(t, []string{operator + "：@张三 请今天完成实名认证", "李四：退款多久到账", "王五：发票怎么开", "王五：实名认证怎么弄"}, order)

		w.advance(time.Hour + 10*time.Minute)
		lines := w.robotsSaid()
		require.Zero(t, count(lines, operatorReminder), "who was reminded is not reminded again")
		require.Equal(t, 1, count(lines, operatorNotice), "%v", lines)
	})
}

// The time is corrected by ten minutes either way while a command is on its way and somebody has taken over.
func TestTheClockIsCorrectedWhileACommandIsUnderWay(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": 10 * time.Minute, "back": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			scenario(t, "10:00", func(w *world) {
				w.says("张三", "发票怎么开") // its result comes in a second
				w.off.Add(int64(by))
				w.advance(2 * time.Minute)
				require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(w.robotsSaid()))
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.commands()[0].GetState())
				w.says(assistant, "我来看看", "李四")
				w.advance(10 * time.Second)
				require.Len(t, w.robotsSaid(), 1, "the staff is told of the take-over")
				w.off.Add(int64(by))
				w.says("李四", "发票怎么开")
				w.advance(10 * time.Second)
				w.silence()
				w.advance(50 * time.Minute)
				w.says("李四", "怎么开发票")
				w.advance(10 * time.Second)
				require.Contains(t, texts(w.robotsSaid()), "在订单页点击申请发票即可。", "the robot is back")
			})
		})
	}
}

// A machine falls asleep right after a send whose result callback is lost: when it wakes up long past the result's deadline, it looks before it gives
// up, and says nothing twice.
func TestTheResultOfASendBeforeTheMachineSlept(t *testing.T) {
	for name, by := range map[string]time.Duration{"for three hours": 3 * time.Hour, "a clock set back": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			scenario(t, "10:00", func(w *world) {
				require.NoError(w.t, w.sim.SetMode("sim-day", standin.Mode{CallbackLost: true}))
				w.says("张三", "发票怎么开")
				w.advance(5 * time.Second)
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_SENT, w.commands()[0].GetState())
				w.jump(by)
				w.advance(12 * time.Minute)
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.commands()[0].GetState())
				require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(w.robotsSaid()), "nobody is called, nothing is said twice")
				require.Empty(t, w.alerts())
			})
		})
	}
}
