package simulator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/simulator"
)

const unmet = `
setup: {start_time: "2026-01-06T10:00:00+08:00"}
steps:
  - say: {person: 张三, text: 三天了没人管，我要投诉}
  - advance: {by: 60s}
    expect:
      - line: {robot: day, contains: [慢走]}
      - line: {group: management, any_of: [甲, 乙], count: 2}
      - silence: {}
      - path: {nodes: [nowhere]}
      - variable: {name: mood, json: "1"}
      - task: {state: TASK_STATE_COMPLETED, conflict: false}
      - alert: {level: ALERT_LEVEL_INFO, contains: 退款}
      - command: {delay_min: 3600s, group: customers}
      - outcome: {any_of: [DERIVATION_OUTCOME_UNMATCHED]}
      - run: {status: INSTANCE_STATUS_FAILED}
`

// Who runs a case reads what it expected and what there was, and a reader of Chinese reads no word of English but ids.
func TestResultsAreToldInBothLanguages(t *testing.T) {
	t.Parallel()
	testCase, err := simulator.ReadCase([]byte(unmet))
	require.NoError(t, err)
	result, err := newManager(t).Run(t.Context(), nil, testCase)
	require.NoError(t, err)
	told := []struct{ expected, got, expectedZh, gotZh string }{
		{
			"a line: in 客户群, by 白班小助手, with “慢走”", "0 of that kind; there are: 白班小助手 in 客户群 to 张三: “张三，非常抱歉",
			"至少 1 条回复：群 客户群，机器人 白班小助手，含有 「慢走」", "0 个这样的；实际有：白班小助手在客户群对张三说「张三，非常抱歉",
		},
		{"2 lines: in 管理群, that is “甲” or “乙”", "0 of that kind; there are: 通知机器人 in 管理群: “【严重告警】", "2 条回复：群 管理群，内容是 「甲」 或 「乙」", "0 个这样的；实际有：通知机器人在管理群说「【严重告警】"},
		{"no robot says anything in 客户群", "白班小助手 in 客户群 to 张三: “", "机器人在「客户群」里不说话", "白班小助手在客户群对张三说「"},
		{"way through nowhere", "trigger out, receive out, ", "经过 nowhere", "trigger out, receive out, "},
		{"mood = 1", "mood is not set", "mood = 1", "mood 没有值"},
		{"a task: state Completed, conflict no", "there is none", "至少 1 个任务：状态 已完成，有冲突 否", "一个也没有"},
		{"an alert: level Info, with 退款", "0 of that kind; there are: level Critical, category Complaint, ", "至少 1 条告警：级别 提示，含有 退款", "0 个这样的；实际有：级别 严重，类别 投诉，状态 未处理，"},
		{"a command: in 客户群, delay at least 1h0m0s", "0 of that kind; there are: state Completed, ", "至少 1 条指令：群 客户群，延迟至少 1 时 0 分 0 秒", "0 个这样的；实际有：状态 成功，用途 alert，群 管理群，延迟 0 秒，"},
		{"last message: Unmatched", "Answered: answered by the robot: ", "最后一条消息：无流程匹配", "已回复：机器人已回复："},
		{"a run: status Failed", "0 of that kind; there are: status Completed, at ", "至少 1 次运行：状态 失败", "0 个这样的；实际有：状态 已完成，在节点 "},
	}
	require.Len(t, result.GetExpectations(), len(told))
	for i, e := range result.GetExpectations() {
		require.False(t, e.GetPassed(), e.GetExpected())
		require.Equal(t, told[i].expected, e.GetExpected())
		require.Equal(t, told[i].expectedZh, e.GetExpectedZh())
		require.Truef(t, strings.HasPrefix(e.GetGot(), told[i].got), "got %s", e.GetGot())
		require.Truef(t, strings.HasPrefix(e.GetGotZh(), told[i].gotZh), "got %s", e.GetGotZh())
	}
}

// A definition that does not compile fails its cases with a word about it, in both languages too.
func TestBrokenFlowIsToldInBothLanguages(t *testing.T) {
	t.Parallel()
	testCase, err := simulator.ReadCase([]byte(unmet))
	require.NoError(t, err)
	choice := &flowdeskv1.FlowChoice{Definition: &flowdeskv1.FlowDefinition{Title: "空"}}
	result, err := newManager(t).Run(t.Context(), choice, testCase)
	require.NoError(t, err)
	require.False(t, result.GetPassed())
	require.Equal(t, "the definition has errors", result.GetError())
	require.Contains(t, result.GetErrorZh(), "流程有错误")
}

// A run that fails fails its case with the node and the reason.
func TestFailedRunIsToldInBothLanguages(t *testing.T) {
	t.Parallel()
	testCase, err := simulator.ReadCase([]byte("setup: {start_time: \"2026-01-06T10:00:00+08:00\"}\nsteps: [{say: {person: 张三, text: 在吗}}]"))
	require.NoError(t, err)
	definition, _, faults := flowfile.Parse([]byte(fails))
	require.Empty(t, faults)
	result, err := newManager(t).Run(t.Context(), &flowdeskv1.FlowChoice{Definition: definition}, testCase)
	require.NoError(t, err)
	require.False(t, result.GetPassed())
	require.Contains(t, result.GetError(), "a run failed at node reply: ")
	require.Contains(t, result.GetErrorZh(), "运行在节点 reply 失败：")
}

const fails = `
title: 失败
nodes:
  - {id: trigger, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: reply, robot_command_send: {text: "['好'][size(event.message.text)]", priority: Priority.PRIORITY_MEDIUM, send_time: now}}
  - {id: fact, analysis_trigger: {fact: answered}}
edges:
  - {from: trigger, to: receive}
  - {from: receive, to: reply}
  - {from: reply, to: fact}
`
