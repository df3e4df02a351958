package nodes_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const afterSalesFlow = `
title: 售后
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - {id: check, after_sales_task_check: {response_words: [到位]}}
  - {id: identify, after_sales_identify: {kinds: [{name: 换绑, words: [换绑], priority: PRIORITY_HIGH}]}}
  - {id: create, after_sales_task_create: {}}
  - {id: detect, after_sales_response_detect: {}}
  - {id: remind, after_sales_no_response_notify: {}}
  - {id: track, after_sales_task_track: {completion_phrases: [收工]}}
  - {id: end, analysis_trigger: {}}
edges:
  - {from: start, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: check}
  - {from: check, port: response, to: detect}
  - {from: check, port: none, to: identify}
  - {from: identify, port: matched, to: create}
  - {from: identify, port: other, to: end}
  - {from: create, to: detect}
  - {from: detect, port: armed, to: remind}
  - {from: remind, port: armed, to: track}
  - {from: track, port: armed, to: end}
`

func afterSalesRoom(t *testing.T) *room {
	t.Helper()
	return newRoom(t, afterSalesFlow, "2026-01-05 10:00:00")
}

const soothed = "张三，好的，请稍等，售后人员马上就来处理 👍"

func TestAfterSalesIdentify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, port, kindName string
		kind                       flowdeskv1.TaskKind
	}{
		{"real name", "@张三 请完成实名认证", "matched", "", flowdeskv1.TaskKind_TASK_KIND_REAL_NAME},
		{"a configured kind comes first", "@张三 手机号要换绑", "matched", "换绑", flowdeskv1.TaskKind_TASK_KIND_OTHER},
		{"no kind", "@张三 你好", "other", "", flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED},
		{"nobody mentioned", "请完成实名认证", "other", "", flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED},
		{"a colleague mentioned", "@小助理 他要实名认证", "other", "", flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := afterSalesRoom(t)
			turn := r.says("售后小王", c.text)
			require.Equal(t, []string{"none"}, ports("check", turn))
			require.Equal(t, []string{c.port}, ports("identify", turn))
			if c.port == "matched" {
				require.Equal(t, c.kind, r.task("张三").GetKind())
				require.Equal(t, c.kindName, r.task("张三").GetKindName())
				require.Equal(t, "service", r.task("张三").GetAssignee())
			}
		})
	}
}

func TestAskingAgainOpensNoSecondTask(t *testing.T) {
	t.Parallel()
	r := afterSalesRoom(t)
	r.says("售后小王", "@张三 请完成实名认证")
	first := r.task("张三")
	r.passes(5 * time.Minute)
	r.says("售后小王", "@张三 请尽快完成实名认证")
	require.Len(t, r.state.GetTasks(), 1)
	require.Equal(t, first.GetId(), r.task("张三").GetId())
	require.Equal(t, 5*time.Minute, r.task("张三").GetDeadline().AsTime().Sub(first.GetDeadline().AsTime()))
}

func TestAfterSalesResponse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, port string }{
		{"在的", "response"}, {"到位", "response"}, {"不行", "none"}, {"可以吗", "none"}, {"你们周末营业吗，我想带孩子去店里看看", "none"},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			r := afterSalesRoom(t)
			r.says("售后小王", "@张三 请完成实名认证")
			r.passes(time.Minute)
			turn := r.says("张三", c.text)
			require.Equal(t, []string{c.port}, ports("check", turn))
			out := outputOf[*flowdeskv1.AfterSalesTaskCheckOutput](t, "check", turn)
			require.Equal(t, r.task("张三").GetId(), out.GetAfterSalesTaskId(), "the open task is named either way")
			require.Equal(t, c.port == "response", out.GetIsAfterSalesResponse() && out.GetRouteToAfterSales())
			if c.port == "none" {
				require.Empty(t, said("soothe", turn))
				return
			}
			require.Equal(t, []string{soothed}, said("soothe", turn), "soothed once, by the instance that waited or by the one that began")
			require.Len(t, said("after_sales_response", turn), 1)
			require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, r.task("张三").GetState())
			require.Empty(t, said("reminder", r.passes(time.Hour)...), "who has answered is not reminded")
		})
	}
}

func TestAfterSalesReminderAndEscalation(t *testing.T) {
	t.Parallel()
	r := afterSalesRoom(t)
	r.says("售后小王", "@张三 请完成实名认证")
	require.Empty(t, said("", r.passes(14*time.Minute)...))
	turns := r.passes(time.Minute)
	require.Len(t, said("reminder", turns...), 1)
	turns = r.passes(15 * time.Minute)
	require.Equal(t, []string{"notified"}, ports("remind", turns...))
	require.Len(t, said("after_sales_no_response", turns...), 1)
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, r.task("张三").GetState())
	require.NotEmpty(t, r.state.GetAlerts())

	turn := r.says("张三", "在的")
	require.Equal(t, []string{"response"}, ports("check", turn), "a late answer is one all the same")
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, r.task("张三").GetState())
}

func TestAfterSalesTaskCancelledByAPerson(t *testing.T) {
	t.Parallel()
	r := afterSalesRoom(t)
	r.says("售后小王", "@张三 请完成实名认证")
	turn := r.asks(r.task("张三").GetId(), flowdeskv1.TaskAction_TASK_ACTION_CANCEL)
	require.Equal(t, []string{"cancelled"}, ports("remind", turn))
	require.Empty(t, said("", r.passes(48*time.Hour)...))
	require.Empty(t, r.state.GetInstances(), "nobody waits any more")
}

func TestAfterSalesTaskIsDoneWhenSomebodySaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, who, text string
		done            bool
	}{
		{"the user", "张三", "已经弄好了", true},
		{"staff", "售后小王", "@张三 的已完成", true},
		{"a phrase of the config", "张三", "收工", true},
		{"a question", "张三", "弄好了吗", false},
		{"a negation", "张三", "还没弄好", false},
		{"another user", "李四", "弄好了", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := afterSalesRoom(t)
			r.says("售后小王", "@张三 请完成实名认证")
			r.passes(time.Minute)
			r.says("张三", "在的")
			turn := r.says(c.who, c.text)
			if !c.done {
				require.NotContains(t, ports("track", turn), "done")
				require.Equal(t, flowdeskv1.TaskState_TASK_STATE_RESPONDED, r.task("张三").GetState())
				return
			}
			require.Contains(t, ports("track", turn), "done")
			require.Equal(t, c.who, outputOf[*flowdeskv1.AfterSalesTaskTrackOutput](t, "track", turn).GetCompletedBy())
		})
	}
}

func TestAfterSalesTaskThatIsNotDoneInTime(t *testing.T) {
	t.Parallel()
	r := afterSalesRoom(t)
	r.says("售后小王", "@张三 请完成实名认证")
	r.says("张三", "在的")
	turns := r.passes(24*time.Hour + time.Minute)
	require.Contains(t, ports("track", turns...), "open")
	require.Len(t, said("after_sales_overdue", turns...), 1)
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, r.task("张三").GetState())
	require.Empty(t, r.state.GetInstances())
}
