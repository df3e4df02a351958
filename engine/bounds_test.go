package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/turntest"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

// used is what one instance has done in all its turns.
type used struct{ steps, commands, calls, tokens, cost int64 }

// TestNoRunExceedsItsBounds compares what the compiler promises of a flow with what runs of it do (N9): for random histories over the shipped
// flow, with built-in understanding and with models that may be asked again, no instance takes more steps, enqueues more commands, makes
// more calls, asks for more tokens or spends more on expressions than the flow's bounds say.
func TestNoRunExceedsItsBounds(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../nodes/testdata/world.yaml")
	require.NoError(t, err)
	world, err := turntest.World(data)
	require.NoError(t, err)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			definition, err := flows.Load("unified")
			require.NoError(t, err)
			if seed%2 == 1 {
				askModels(definition)
			}
			all := map[string]*used{}
			of := func(instance string) *used {
				if all[instance] == nil {
					all[instance] = &used{}
				}
				return all[instance]
			}
			catalog := nodes.Builtin()
			counting := true
			catalog.CountCost(func(instance string, cost uint64) {
				if counting {
					of(instance).cost += int64(cost)
				}
			})
			room, err := turntest.NewRoom(catalog, definition, world)
			require.NoError(t, err)
			room.Replaying = func(replays bool) { counting = !replays }
			require.NoError(t, turntest.Live(room, rand.New(rand.NewPCG(seed, 7)), 40))
			_, err = room.Pass(49 * time.Hour)
			require.NoError(t, err)
			for _, turn := range room.Turns {
				count(turn, of)
			}
			delete(all, "") // what the rules did, and starts that were only tried
			var most used
			bounds := room.Program.Bounds
			for instance, u := range all {
				require.LessOrEqual(t, u.steps, bounds.GetSteps(), "steps of %s", instance)
				require.LessOrEqual(t, u.commands, bounds.GetCommands(), "commands of %s", instance)
				require.LessOrEqual(t, u.calls, bounds.GetCalls(), "calls of %s", instance)
				require.LessOrEqual(t, u.tokens, bounds.GetModelTokens(), "tokens of %s", instance)
				require.LessOrEqual(t, u.cost, bounds.GetExpressionCost(), "expression cost of %s", instance)
				most = used{
					max(most.steps, u.steps), max(most.commands, u.commands), max(most.calls, u.calls), max(most.tokens, u.tokens), max(most.cost, u.cost),
				}
			}
			require.Positive(t, most.steps)
			require.Positive(t, most.commands)
			require.Positive(t, most.cost)
			t.Logf("%d instances; most %+v of %v", len(all), most, bounds)
		})
	}
}

// askModels lets a flow ask models wherever it can, and once more where a reply is refused.
func askModels(definition *flowdeskv1.FlowDefinition) {
	for _, n := range definition.GetNodes() {
		switch {
		case n.GetIntentRecognize() != nil:
			n.GetIntentRecognize().Model = "intent"
		case n.GetAiReplyGenerate() != nil:
			n.GetAiReplyGenerate().Model = "reply"
		case n.GetReplyQualityCheck() != nil:
			n.GetReplyQualityCheck().Regenerate = "generate"
		}
	}
}

// count adds what a turn did to its instances. A character is counted as a token, which is more than any model counts for Chinese.
func count(turn *flowdeskv1.Turn, of func(string) *used) {
	for _, trace := range turn.GetTraces() {
		for _, step := range trace.GetSteps() {
			if !step.GetResumed() || step.GetPort() != "" {
				of(trace.GetInstance()).steps++
			}
		}
	}
	for _, effect := range turn.GetEffects() {
		if c := effect.GetEnqueueCommand(); c != nil {
			of(c.GetInstance()).commands++
		}
		call := effect.GetMakeCall()
		if call == nil {
			continue
		}
		of(call.GetInstance()).calls++
		if m := call.GetModel(); m != nil {
			tokens := utf8.RuneCountInString(m.GetInstructions()) + utf8.RuneCountInString(m.GetJsonSchema()) + int(m.GetMaxTokens())
			for _, message := range m.GetMessages() {
				tokens += utf8.RuneCountInString(message.GetText())
			}
			of(call.GetInstance()).tokens += int64(tokens)
		}
	}
}
