package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestAfterSalesMentionOpensATaskOfItsKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		kind       flowdeskv1.TaskKind
		priority   flowdeskv1.Priority
	}{
		{"real name", "请尽快完成实名认证", flowdeskv1.TaskKind_TASK_KIND_REAL_NAME, flowdeskv1.Priority_PRIORITY_HIGH},
		{"QR code", "麻烦扫码认证一下", flowdeskv1.TaskKind_TASK_KIND_QR_CODE, flowdeskv1.Priority_PRIORITY_HIGH},
		{"phone", "需要绑定手机", flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING, flowdeskv1.Priority_PRIORITY_MEDIUM},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.says(support, c.text, "张三")
				tasks := w.tasks()
				require.Len(t, tasks, 1)
				require.Equal(t, c.kind, tasks[0].GetKind())
				require.Equal(t, c.priority, tasks[0].GetPriority())
				require.Equal(t, flowdeskv1.TaskState_TASK_STATE_WAITING_USER_RESPONSE, tasks[0].GetState())
				require.Equal(t, "张三", tasks[0].GetTargetName())
				require.Equal(t, 24*time.Hour, tasks[0].GetDeadline().AsTime().Sub(tasks[0].GetCreateTime().AsTime()))
			})
		})
	}
}

func TestResponseToATaskIsSoothedByHowTheStaffStand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		before     func(w *world)
	}{
		{"online", "张三，好的，请稍等，售后人员马上就来处理 👍", func(w *world) { w.says(support, "请完成实名认证", "张三") }},
		{"busy", "张三，好的，请稍等，售后人员正在处理其他任务，马上就来 ⏳", func(w *world) {
			w.says(support, "请完成实名认证", "李四")
			w.says(support, "请完成实名认证", "王五")
			w.says(support, "请完成实名认证", "张三")
		}},
		{"offline", "张三，好的，请稍等，已通知售后人员，马上会来处理 🔔", func(w *world) {
			w.says(support, "请完成实名认证", "张三")
			w.advance(29 * time.Minute)
			require.Len(w.t, w.robotsSaid(), 1, "the reminder")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				c.before(w)
				w.silence()
				w.says("张三", "在的")
				w.advance(30 * time.Second)
				lines := w.robotsSaid()
				require.Equal(t, []said{{"day", customerGroup, c.want, "张三"}}, in(customerGroup, lines), "soothed at once, once")
				require.Len(t, in(staffGroup, lines), 1, "the after-sales person is told")
				answer := slices.DeleteFunc(w.messages(), func(m *flowdeskv1.Message) bool { return m.GetText() != "在的" })[0]
				require.NotEmpty(t, answer.GetAfterSalesTask())
				var nodes []string
				for _, step := range w.why(answer.GetId()).GetPath() {
					nodes = append(nodes, step.GetNode()+" "+step.GetPort())
				}
				require.Contains(t, nodes, "task_check response", "node 2.5 leads the answer to the after-sales branch")
				require.Contains(t, nodes, "response armed")
			})
		})
	}
}

func TestReminderNamesTheKindInWords(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says(support, "请完成实名认证", "张三")
		w.advance(16 * time.Minute)
		require.Contains(t, w.alone().text, "实名认证")
	})
}
