package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Turns keep their reasons in one language; a reader of the other understands what became of a message all the same.
func TestConclusionsAreWholeInBothLanguages(t *testing.T) {
	t.Parallel()
	reply := func(state flowdeskv1.CommandState, reason, delay string) *flowdeskv1.Derivation {
		return &flowdeskv1.Derivation{Commands: []*flowdeskv1.Command{{Purpose: "reply", State: state, Reason: reason, DelayReason: delay}}}
	}
	for name, c := range map[string]struct {
		derivation *flowdeskv1.Derivation
		zh, en     string
	}{
		"pending": {
			reply(flowdeskv1.CommandState_COMMAND_STATE_DELAYED, "", "深夜中优先级，随机延迟 10–30 分钟"),
			"回复等待中：深夜中优先级，随机延迟 10–30 分钟", "the reply is on its way: late night, medium priority: random delay of 10–30 min",
		},
		"pending at once": {reply(flowdeskv1.CommandState_COMMAND_STATE_QUEUED, "", ""), "回复等待中", "the reply is on its way"},
		"timed out": {
			reply(flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, "no result by its deadline", ""),
			"回复未发送：到期没有结果", "the reply was not sent: no result by its deadline",
		},
		"silent": {
			&flowdeskv1.Derivation{Guards: []*flowdeskv1.Guard{{Rule: "chitchat", Reason: "闲聊不回复", Stopped: true}}},
			"未回复：闲聊不回复", "not answered: small talk is not answered",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conclude(c.derivation)
			require.Equal(t, c.zh, c.derivation.GetSummary().GetZh())
			require.Equal(t, c.en, c.derivation.GetSummary().GetEn())
		})
	}
}
