package nodes_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/nodes"
)

// answered brings back the answer of the one call that a turn made.
func (r *room) answered(turn *flowdeskv1.Turn, answer *flowdeskv1.CallAnswer) *flowdeskv1.Turn {
	r.t.Helper()
	for _, effect := range turn.GetEffects() {
		if call := effect.GetMakeCall(); call != nil {
			answer.Call = call.GetId()
			return r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: answer}})
		}
	}
	require.Fail(r.t, "no call")
	return nil
}

func callOf(t *testing.T, turn *flowdeskv1.Turn) *flowdeskv1.Call {
	t.Helper()
	for _, effect := range turn.GetEffects() {
		if call := effect.GetMakeCall(); call != nil {
			return call
		}
	}
	require.Fail(t, "no call")
	return nil
}

const orderFlow = `
title: 查订单
variables:
  - {name: state, type: VARIABLE_TYPE_STRING, initial: "''"}
  - {name: days, type: VARIABLE_TYPE_INT, initial: "0"}
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - id: order
    http_request:
      url: "https://shop.example/orders/{event.message.text}?by={event.message.sender_name}"
      headers: [{name: X-Group, value: "{session.title}"}]
      extracts: [{variable: state, pointer: /data/state}, {variable: days, pointer: /data/days~1left}]
  - {id: found, create_task: {title: "{vars.state} {string(vars.days)}"}}
  - {id: lost, create_task: {title: "失败"}}
  - {id: doubt, create_task: {title: "不知道"}}
edges:
  - {from: start, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: order}
  - {from: order, to: found}
  - {from: order, port: failed, to: lost}
  - {from: order, port: unknown, to: doubt}
`

func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	ok := flowdeskv1.CallOutcome_CALL_OUTCOME_OK
	for _, c := range []struct {
		name, port, title string
		answer            *flowdeskv1.CallAnswer
	}{
		{"answer", "out", "已发货 3", &flowdeskv1.CallAnswer{Outcome: ok, Status: 200, Body: `{"data":{"state":"已发货","days/left":3}}`}},
		{"bad status", "failed", "失败", &flowdeskv1.CallAnswer{Outcome: ok, Status: 404, Body: `{}`}},
		{"a part is missing", "failed", "失败", &flowdeskv1.CallAnswer{Outcome: ok, Status: 200, Body: `{"data":{"state":"已发货"}}`}},
		{"a part has another type", "failed", "失败", &flowdeskv1.CallAnswer{Outcome: ok, Status: 200, Body: `{"data":{"state":"x","days/left":"three"}}`}},
		{"no JSON", "failed", "失败", &flowdeskv1.CallAnswer{Outcome: ok, Status: 200, Body: `<html>`}},
		{"no answer", "failed", "失败", &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "refused"}},
		{"outcome unknown", "unknown", "不知道", &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_UNKNOWN}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, orderFlow, "2026-01-05 10:00:00")
			asked := r.says("张 三", "A&B=1/..")
			call := callOf(t, asked)
			require.Equal(t, "https://shop.example/orders/A%26B%3D1%2F..?by=%E5%BC%A0%20%E4%B8%89", call.GetHttp().GetUrl(), "values cannot change the address's shape")
			require.False(t, call.GetEffectful())
			turn := r.answered(asked, c.answer)
			require.Equal(t, []string{c.port}, ports("order", turn))
			require.Equal(t, c.title, r.task("张 三").GetTitle())
		})
	}
}

const promptFlow = `
title: 抽取
variables:
  - {name: city, type: VARIABLE_TYPE_STRING, initial: "''"}
  - {name: people, type: VARIABLE_TYPE_INT, initial: "0"}
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - id: ask
    llm_prompt:
      model: extract
      prompt: "{event.message.text}"
      fields: [{variable: city, values: [上海, 杭州]}, {variable: people, description: 人数}]
  - {id: found, create_task: {title: "{vars.city} {string(vars.people)}"}}
  - {id: lost, human_handoff: {reason: "{nickname} 在 {group} 没听懂", text: "{nickname}，马上来人"}}
edges:
  - {from: start, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: ask}
  - {from: ask, to: found}
  - {from: ask, port: failed, to: lost}
`

func TestLLMPrompt(t *testing.T) {
	t.Parallel()
	ok := flowdeskv1.CallOutcome_CALL_OUTCOME_OK
	for _, c := range []struct {
		name, port, title string
		answer            *flowdeskv1.CallAnswer
	}{
		{"answer", "out", "上海 4", &flowdeskv1.CallAnswer{Outcome: ok, Body: `{"city":"上海","people":4}`, Model: "m", Tokens: 20, CostMicros: 7}},
		{"a value that is not allowed", "failed", "张三 在 华东客户群 没听懂", &flowdeskv1.CallAnswer{Outcome: ok, Body: `{"city":"火星","people":4}`}},
		{"a field is missing", "failed", "张三 在 华东客户群 没听懂", &flowdeskv1.CallAnswer{Outcome: ok, Body: `{"city":"上海"}`}},
		{"another type", "failed", "张三 在 华东客户群 没听懂", &flowdeskv1.CallAnswer{Outcome: ok, Body: `{"city":"上海","people":"four"}`}},
		{"the model fails", "failed", "张三 在 华东客户群 没听懂", &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "busy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, promptFlow, "2026-01-05 10:00:00")
			asked := r.says("张三", "我们四个人想去上海")
			require.JSONEq(t, `{"type":"object","required":["city","people"],"additionalProperties":false,"properties":{
				"city":{"type":"string","enum":["上海","杭州"]},"people":{"type":"integer","description":"人数"}}}`, callOf(t, asked).GetModel().GetJsonSchema())
			turn := r.answered(asked, c.answer)
			require.Equal(t, []string{c.port}, ports("ask", turn))
			require.Equal(t, c.title, r.task("张三").GetTitle())
			if c.port == "failed" {
				require.NotNil(t, r.state.Held(r.task("张三").GetTargetUserId()), "the robot is quiet for the person")
				require.Len(t, said("person", turn), 1, "the staff is told")
				require.Equal(t, []string{"张三，马上来人"}, said("handoff", turn))
			} else {
				out := outputOf[*flowdeskv1.LlmPromptOutput](t, "ask", turn)
				require.EqualValues(t, 7, out.GetCostMicros())
			}
		})
	}
}

const alarmFlow = `
title: 告警与任务
nodes:
  - {id: start, trigger_webhook: {filter: "event.message.text == '坏了'"}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - {id: raise, raise_alert: {level: ALERT_LEVEL_ERROR, text: "设备坏了：{event.message.sender_name}"}}
  - {id: task, create_task: {title: 修设备, kind: TASK_KIND_OTHER, kind_name: 维修, priority: PRIORITY_HIGH, deadline: 7200s}}
  - {id: tell, notify: {text: "有设备坏了", targets: [{staff_group: true}, {person: helper}, {channel: ops}]}}
  - {id: fixed, trigger_webhook: {filter: "event.message.text == '好了'"}}
  - {id: receive2, message_receive: {}}
  - {id: sender2, sender_identify: {}}
  - {id: done, update_task: {task: "size(session.tasks) > 0 ? session.tasks[0].id : ''", action: TASK_ACTION_COMPLETE, reason: 已修好}}
  - {id: over, resolve_alert: {categories: [ALERT_CATEGORY_FLOW], reason: 已修好}}
  - {id: nothing, notify: {text: "没有任务", targets: [{session: g1}]}}
edges:
  - {from: start, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: raise}
  - {from: raise, to: task}
  - {from: task, to: tell}
  - {from: fixed, to: receive2}
  - {from: receive2, to: sender2}
  - {from: sender2, to: done}
  - {from: done, to: over}
  - {from: done, port: missing, to: nothing}
`

func TestAlertsTasksAndNotices(t *testing.T) {
	t.Parallel()
	r := newRoom(t, alarmFlow, "2026-01-05 10:00:00")
	turn := r.says("张三", "好了")
	require.Equal(t, []string{"missing"}, ports("done", turn))
	require.Equal(t, []string{"没有任务"}, said("notice", turn))

	turn = r.says("张三", "坏了")
	require.Equal(t, []string{"staff: 有设备坏了", "helper-chat: 有设备坏了"}, said("notice", turn))
	require.Equal(t, "ops", callOf(t, turn).GetNotice().GetChannel())
	alert := r.state.GetAlerts()[0]
	require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, alert.GetLevel())
	require.Equal(t, "设备坏了：张三", alert.GetText())
	task := r.task("张三")
	require.Equal(t, "维修", task.GetKindName())
	require.Equal(t, flowdeskv1.Priority_PRIORITY_HIGH, task.GetPriority())

	r.passes(time.Minute)
	turn = r.says("张三", "坏了")
	require.True(t, outputOf[*flowdeskv1.RaiseAlertOutput](t, "raise", turn).GetJoined(), "a repetition joins")

	turn = r.says("张三", "好了")
	require.Equal(t, []string{"out"}, ports("done", turn))
	require.Equal(t, []string{alert.GetId()}, outputOf[*flowdeskv1.ResolveAlertOutput](t, "over", turn).GetAlerts())
}

func TestScheduleStartsOncePerDueTime(t *testing.T) {
	t.Parallel()
	r := newRoom(t, `
title: 早会
nodes:
  - {id: morning, trigger_schedule: {cron: "0 9 * * *"}}
  - {id: tell, notify: {text: 开早会, targets: [{staff_group: true}]}}
edges: [{from: morning, to: tell}]
`, "2026-01-05 09:00:00")
	due := func(flow, node string) *flowdeskv1.Turn {
		return r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Schedule{Schedule: &flowdeskv1.ScheduleDue{Flow: flow, Node: node, Due: timestampOf(r.now)}}})
	}
	require.Empty(t, said("notice", due("other", "morning")), "another flow's time")
	require.Empty(t, said("notice", due("work", "evening")), "another trigger's time")
	require.Len(t, said("notice", due("work", "morning")), 1)
	require.Empty(t, said("notice", due("work", "morning")), "the same time again")
	r.now = r.now.AddDate(0, 0, 1)
	require.Len(t, said("notice", due("work", "morning")), 1)
}

func TestBadConfigsOfGeneralNodesAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ node, code string }{
		"cron of four fields":    {`{id: x, trigger_schedule: {cron: "0 9 * *"}}`, "FD2003"},
		"cron out of range":      {`{id: x, trigger_schedule: {cron: "99 9 * * *"}}`, "FD2003"},
		"a notice to nobody":     {`{id: x, notify: {text: a}}`, ""},
		"an alert of no level":   {`{id: x, raise_alert: {text: a}}`, ""},
		"a task without a title": {`{id: x, create_task: {}}`, ""},
		"no action":              {`{id: x, update_task: {task: "'t'"}}`, ""},
		"an unknown variable":    {`{id: x, http_request: {url: "https://a.example", extracts: [{variable: nope, pointer: /a}]}}`, "FD1205"},
		"an unknown field":       {`{id: x, llm_prompt: {model: a, prompt: b, fields: [{variable: nope}]}}`, "FD1205"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			definition, err := flowfile.Read([]byte("title: x\nnodes:\n  - {id: start, trigger_manual: {}}\n  - " + c.node + "\nedges: [{from: start, to: x}]\n"))
			require.NoError(t, err)
			catalog := nodes.Builtin()
			catalog.Validate = validator(t)
			program, diagnostics := catalog.Compile("f", 1, definition)
			require.Nil(t, program)
			found := c.code == ""
			for _, d := range diagnostics {
				found = found || d.GetCode() == c.code
			}
			require.True(t, found, "%v", diagnostics)
		})
	}
}
