package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// longest is how long one turn may take whose expressions the compiler allowed. It is far above what they cost, because the machine that
// fuzzes is busy.
const longest = 5 * time.Second

// FuzzExpression puts a text into a flow as an expression and as a template. What compiles must run: it may fail at run time, which ends
// the instance, but the turn goes through, and ends soon.
func FuzzExpression(f *testing.F) {
	for _, text := range []string{
		"event.manual.text", "'a' + event.manual.text", "now > timestamp('2026-01-01T00:00:00Z')", "vars.word.matches('(a|aa)+$')", "1/0", "1 % 0",
		"-9223372036854775808 / -1", "'x'.charAt(9)", "[1,2][3]", "{'a':1}['b']", "vars.word.split('').map(c, c + c).join('')", "duration('9999999999h')",
		"has(event.manual) ? 1 : 2", "maybe.start.?actor.orValue('')", "env.settings.time_zone", "'%s %d'.format(['a', 1])", "int('x')", "string(b'\\xff')",
		"[1,2,3].map(i, [1,2,3].map(j, [1,2,3].map(k, i*j*k)))", "'\\u0000'", "'😀'.size()", "optional.none().value()", "type(1)", "dyn(1) + 'a'", "\xff", "{", "a(", "((((((((1))))))))",
	} {
		f.Add(text, "公司")
	}
	settings := &flowdeskv1.Settings{}
	f.Fuzz(func(t *testing.T, text, said string) {
		text = string([]rune(text)) // a definition holds valid UTF-8 only: protocol buffers see to that
		said = string([]rune(said))
		node := func(id string, config func(*flowdeskv1.Node)) *flowdeskv1.Node {
			n := &flowdeskv1.Node{Id: id}
			config(n)
			return n
		}
		def := &flowdeskv1.FlowDefinition{
			Title:     "fuzz",
			Variables: []*flowdeskv1.Variable{{Name: "word", Type: flowdeskv1.VariableType_VARIABLE_TYPE_STRING, Initial: "'词'"}},
			Nodes: []*flowdeskv1.Node{
				node("start", func(n *flowdeskv1.Node) {
					n.Config = &flowdeskv1.Node_TriggerManual{TriggerManual: &flowdeskv1.TriggerManual{}}
				}),
				node("keep", func(n *flowdeskv1.Node) {
					n.Config = &flowdeskv1.Node_Set{Set: &flowdeskv1.Set{Assignments: []*flowdeskv1.Assignment{{Variable: "word", Value: text}}}}
				}),
				node("say", func(n *flowdeskv1.Node) {
					n.Config = &flowdeskv1.Node_Notify{Notify: &flowdeskv1.Notify{Text: text}}
				}),
				node("done", func(n *flowdeskv1.Node) {
					n.Config = &flowdeskv1.Node_AnalysisTrigger{AnalysisTrigger: &flowdeskv1.AnalysisTrigger{}}
				}),
			},
			Edges: []*flowdeskv1.Edge{{From: "start", To: "keep"}, {From: "keep", To: "say"}, {From: "say", To: "done"}},
		}
		catalog := actors()
		both, findings := catalog.Compile("flow", 1, def)
		for _, d := range findings {
			require.NotEmpty(t, d.GetCode())
			require.NotEmpty(t, d.GetMessage())
		}
		def.Nodes[1].Config = &flowdeskv1.Node_Set{Set: &flowdeskv1.Set{Assignments: []*flowdeskv1.Assignment{{Variable: "word", Value: "'词'"}}}}
		def.Nodes[2].GetNotify().Text = "{" + text + "}" // a template shows numbers, times and lists too
		template, _ := catalog.Compile("flow", 1, def)
		for _, program := range []*engine.Program{both, template} {
			if program == nil {
				continue
			}
			began := time.Now()
			newStage(t, program, settings).turn(manual(said))
			require.Less(t, time.Since(began), longest)
		}
	})
}
