package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/turntest"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/nodes"
)

// One call to a model never asks for more tokens than the bounds count for it, however long the conversation and the question are: what is
// oldest goes first, and the question stays as far as it fits.
func TestAQuestionToAModelKeepsToItsBound(t *testing.T) {
	t.Parallel()
	definition, err := flowfile.Read([]byte(`
title: 模型
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: receive, message_receive: {}}
  - {id: sender, sender_identify: {}}
  - {id: intent, intent_recognize: {}}
  - {id: write, ai_reply_generate: {model: reply, max_characters: 2000}}
  - {id: done, analysis_trigger: {}}
edges:
  - {from: start, to: receive}
  - {from: receive, to: sender}
  - {from: sender, to: intent}
  - {from: intent, to: write}
  - {from: write, to: done}
  - {from: write, port: failed, to: done}
`))
	require.NoError(t, err)
	room, err := turntest.NewRoom(nodes.Builtin(), definition, &flowdeskv1.Environment{})
	require.NoError(t, err)
	bound := room.Program.Bounds.GetModelTokens() / 2 // the node may ask twice
	for range 40 {
		_, err := room.Says("张三", strings.Repeat("门店在哪里", 200))
		require.NoError(t, err)
		room.Now = room.Now.Add(5 * time.Minute) // said again, not reported twice
	}
	question := strings.Repeat("发票怎么开", 10_000)
	for _, said := range []string{"发票怎么开", question} {
		turn, err := room.Says("李四", said)
		require.NoError(t, err)
		all := map[string]*used{}
		count(turn, func(instance string) *used {
			if all[instance] == nil {
				all[instance] = &used{}
			}
			return all[instance]
		})
		require.Len(t, all, 1)
		for _, u := range all {
			require.Positive(t, u.tokens)
			require.LessOrEqual(t, u.tokens, bound)
			require.Greater(t, u.tokens, bound*9/10, "no more goes than must")
		}
		for _, effect := range turn.GetEffects() {
			if m := effect.GetMakeCall().GetModel(); m != nil {
				last := m.GetMessages()[len(m.GetMessages())-1]
				require.True(t, strings.HasPrefix(question, last.GetText()), "the question is asked last")
			}
		}
	}
}
