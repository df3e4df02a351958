package flows_test

import (
	"fmt"
	"strconv"
	"strings"
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

// crowd is a group of as many people as a session keeps, half of whom have spaces in their names. It gives what plays a message's turn.
func crowd(tb testing.TB) (turn func(sender, said string)) {
	tb.Helper()
	definition, err := flows.Load("unified")
	require.NoError(tb, err)
	catalog := nodes.Builtin()
	program, _ := catalog.Compile("unified", 1, definition)
	require.NotNil(tb, program)
	env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: desk.DefaultSettings(), Groups: []*flowdeskv1.Group{{Id: "g1"}}}, "env", catalog.Rules)
	require.NoError(tb, err)
	state, now := engine.NewState("g1"), time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)
	nodes.Warm()
	var n uint64
	turn = func(sender, said string) {
		n++
		now = now.Add(10 * time.Second)
		event := &flowdeskv1.MessageEvent{Robot: "monitor", SenderName: sender, Text: said, RawText: said, ContentType: 1, PlatformId: engine.NewID(now, n)}
		for _, m := range strings.Split(said, "@")[1:] {
			event.Mentions = append(event.Mentions, strings.Fields(m)[0])
		}
		_, err := catalog.Turn(engine.Input{
			Event: &flowdeskv1.Event{
				Id: engine.NewID(now, n), Session: "g1", ReceivedAt: engine.Timestamp(now), Payload: &flowdeskv1.Event_Message{Message: event},
			},
			Now: now, State: state, Env: env, Programs: []*engine.Program{program}, Seed: n,
			Program: func(string, int32) *engine.Program { return program },
		})
		require.NoError(tb, err)
	}
	for i := range 250 {
		turn(fmt.Sprintf("用户%d", i), "好的")
		turn(fmt.Sprintf("Wang Li %d", i), "好的")
	}
	return turn
}

// mentioning is a text that mentions so many people.
func mentioning(count int) string {
	said := strings.Builder{}
	for i := range count {
		fmt.Fprintf(&said, "@Wang Li %d ", i%250)
	}
	return said.String() + "请看一下发票怎么开"
}

func BenchmarkTurnOfMentions(b *testing.B) {
	turn := crowd(b)
	for _, count := range []int{1, 10, 100, 10_000} {
		said := mentioning(count)
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				turn("用户7", said)
			}
		})
	}
}

// BenchmarkTurnOfALongText is a message of a megabyte.
func BenchmarkTurnOfALongText(b *testing.B) {
	turn := crowd(b)
	for name, part := range map[string]string{
		"words": "请看一下发票怎么开，", "numbers": "13800138000 12元 3月5日 ", "mentions": "@Wang Li ", "emoji": "😀🔔", "bare": "\u200b\u202e",
	} {
		said := strings.Repeat(part, 1<<20/len(part))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				turn("用户7", said)
			}
		})
	}
}
