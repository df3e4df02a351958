package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/nodes"
)

// BenchmarkTurn is the engine's part of the hot path: a question by day, with built-in understanding, and the result of its command.
func BenchmarkTurn(b *testing.B) {
	definition, err := flows.Load("unified")
	require.NoError(b, err)
	catalog := nodes.Builtin()
	program, _ := catalog.Compile("unified", 1, definition)
	require.NotNil(b, program)
	settings := desk.FillSettings(&flowdeskv1.Settings{
		Answers: []*flowdeskv1.AnswerEntry{{Id: "invoice", Questions: []string{"发票怎么开"}, Answer: "在订单页点击申请发票即可。"}},
	})
	env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: settings, Groups: []*flowdeskv1.Group{{Id: "g1"}}}, "env", catalog.Rules)
	require.NoError(b, err)
	state, now := engine.NewState("g1"), time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)
	nodes.Warm()
	var n uint64
	turn := func(event *flowdeskv1.Event) *flowdeskv1.Turn {
		n++
		now = now.Add(10 * time.Second)
		event.Id, event.Session, event.ReceivedAt = engine.NewID(now, n), "g1", engine.Timestamp(now)
		out, err := catalog.Turn(engine.Input{
			Event: event, Now: now, State: state, Env: env, Programs: []*engine.Program{program}, Seed: n,
			Program: func(string, int32) *engine.Program { return program },
		})
		require.NoError(b, err)
		return out
	}
	b.ReportAllocs()
	for b.Loop() {
		asked := turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
			Robot: "monitor", SenderName: "张三", Text: "发票怎么开", RawText: "发票怎么开", ContentType: 1, PlatformId: engine.NewID(now, n),
		}}})
		for _, effect := range asked.GetEffects() {
			if c := effect.GetEnqueueCommand(); c != nil && c.GetPurpose() == "reply" {
				turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
					Command: c.GetId(), State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED,
				}}})
			}
		}
	}
}
