package engine_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

func unmarshal(data []byte, m proto.Message) bool {
	return len(data) > 0 && proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(data, m) == nil
}

func compiled(t *testing.T, catalog *engine.Catalog, file string) *engine.Program {
	t.Helper()
	def, err := flowfile.Read([]byte(file))
	require.NoError(t, err)
	program, diagnostics := catalog.Compile("flow", 1, def)
	for _, d := range diagnostics {
		require.Equal(t, flowdeskv1.Severity_SEVERITY_WARNING, d.GetSeverity(), "%v", d)
	}
	require.NotNil(t, program)
	return program
}

// TestExpressions evaluates expressions and templates of all kinds inside a turn.
func TestExpressions(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"event":             {"{event.manual.text}", "hello"},
		"escaped braces":    {"{{{event.manual.text}}}", "{hello}"},
		"braces inside":     {"{ {'a': '}'}['a'] }", "}"},
		"session":           {"{session.id}", "group"},
		"environment":       {"{env.settings.time_zone}", "Asia/Shanghai"},
		"now":               {"{now}", "2026-03-01T09:02:03+08:00"},
		"variable":          {"{vars.count + 1}", "3"},
		"double":            {"{vars.ratio / 2.0}", "1.5"},
		"list":              {"{vars.words}", "a、b"},
		"duration":          {"{vars.pause}", "90s"},
		"output":            {"{nodes.start.actor}", "li"},
		"output of nothing": {"[{nodes.skip.port}]", "[]"},
		"maybe ran":         {"{maybe.long.?commands[?0].orValue('none')}", "long"},
		"maybe did not":     {"{maybe.short.?commands[?0].orValue('none')}", "none"},
		"first":             {"{first(['', 'x', 'y'])}", "x"},
		"first of none":     {"[{first([])}]", "[]"},
		"first list":        {"{first([[''], ['z']])}", "z"},
		"enum by label":     {"{vars.count > 0 ? Role.ROLE_USER : Role.ROLE_ROBOT}", "用户"},
		"enum by name":      {"{event.alert.content.level}", "ALERT_LEVEL_UNSPECIFIED"},
		"strings":           {"{'a-b'.split('-').join('+')}", "a+b"},
	} {
		t.Run(name, func(t *testing.T) {
			program := compiled(t, actors(), `
title: Expressions
variables:
  - {name: count, type: VARIABLE_TYPE_INT, initial: 1}
  - {name: ratio, type: VARIABLE_TYPE_DOUBLE, initial: 1}
  - {name: words, type: VARIABLE_TYPE_STRING_LIST}
  - {name: pause, type: VARIABLE_TYPE_DURATION, initial: duration('90s')}
nodes:
  - {id: start, trigger_manual: {}}
  - id: put
    set:
      assignments:
        - {variable: count, value: vars.count + 1}
        - {variable: ratio, value: vars.count + 1}
        - {variable: words, value: "['a', 'b']"}
  - {id: skip, condition_branch: {cases: {cases: [{port: never, when: 'false'}]}}}
  - {id: branch, condition_branch: {cases: {cases: [{port: long, when: size(event.manual.text) > 3}]}}}
  - {id: long, notify: {text: long, targets: [{staff_group: true}]}}
  - {id: short, notify: {text: short, targets: [{staff_group: true}]}}
  - id: tell
    notify: {targets: [{staff_group: true}], text: "`+strings.ReplaceAll(c.text, `"`, `\"`)+`"}
  - {id: done, analysis_trigger: {}}
edges:
  - {from: start, to: put}
  - {from: put, to: skip}
  - {from: skip, port: never, to: branch}
  - {from: skip, port: else, to: branch}
  - {from: branch, port: long, to: long}
  - {from: branch, port: else, to: short}
  - {from: long, to: tell}
  - {from: short, to: tell}
  - {from: tell, to: done}
`)
			require.Equal(t, c.want, said(t, newStage(t, program, &flowdeskv1.Settings{}).turn(manual("hello")))["tell"])
		})
	}
}

// TestSettingTemplates renders texts that come from the settings: names of the node, expressions over what exists everywhere, and values
// that look like templates and are none.
func TestSettingTemplates(t *testing.T) {
	program := compiled(t, actors(), `
title: Settings
nodes:
  - {id: start, trigger_manual: {}}
  - {id: person, human_handoff: {}}
  - {id: done, analysis_trigger: {}}
edges: [{from: start, to: person}, {from: person, to: done}]
`)
	for text, want := range map[string]string{
		"":                            "",
		"您好 {nickname}":               "您好 {now}",
		"{session.id}：{{nickname}}":   "group：{nickname}",
		"{size(event.manual.text)} 字": "2 字",
	} {
		turn := newStage(t, program, &flowdeskv1.Settings{HandoffText: text}).turn(manual("你好"))
		out := &flowdeskv1.HumanHandoffOutput{}
		require.True(t, unmarshal(turn.GetTraces()[0].GetSteps()[1].GetOutput(), out) || want == "")
		require.Equal(t, want, out.GetTask())
	}
	for _, text := range []string{"{", "{nodes.start.actor}", "{event.manual}", "{1 +}"} {
		turn := newStage(t, program, &flowdeskv1.Settings{HandoffText: text}).turn(manual("x"))
		require.Contains(t, turn.GetTraces()[0].GetError(), "template of the settings", text)
	}
}

// TestBoundsHold runs random flows in which every node may branch, wait, send and fail, and finds no run above what was proven.
func TestBoundsHold(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	reached := 0
	for range 300 {
		file, n := randomFlow(r)
		program := compiled(t, actors(), file)
		for range 3 {
			s := newStage(t, program, &flowdeskv1.Settings{})
			steps, commands := int64(0), int64(0)
			for i := range n + 2 {
				event := signal()
				if i == 0 {
					event = manual(strings.Repeat("x", r.IntN(4)))
				}
				turn := s.turn(event)
				for _, trace := range turn.GetTraces() {
					require.Empty(t, trace.GetError(), "%s", file)
					steps += int64(len(trace.GetSteps()))
				}
				for _, e := range turn.GetEffects() {
					if e.GetEnqueueCommand() != nil {
						commands++
					}
				}
			}
			require.LessOrEqual(t, steps, program.Bounds.GetSteps(), "%s", file)
			require.LessOrEqual(t, commands, program.Bounds.GetCommands(), "%s", file)
			if commands == program.Bounds.GetCommands() && commands > 0 {
				reached++
			}
		}
	}
	require.Greater(t, reached, 50, "the bound of commands is tight: runs reach it")
}

// randomFlow is a flow over a chain of nodes; every port leads to a later one.
func randomFlow(r *rand.Rand) (file string, waits int) {
	n := 2 + r.IntN(6)
	var nodes, edges strings.Builder
	later := func(i int) string {
		if j := i + 1 + r.IntN(3); j < n {
			return fmt.Sprintf("n%d", j)
		}
		return "done"
	}
	edge := func(i int, port, to string) { fmt.Fprintf(&edges, "  - {from: n%d, port: %s, to: %s}\n", i, port, to) }
	for i := range n {
		var config string
		ports := []string{"out"}
		switch r.IntN(4) {
		case 0:
			config, ports = "wait: {event: {kinds: [EVENT_KIND_SIGNAL]}}", []string{"armed", "out"}
			waits++
		case 1:
			config, ports = fmt.Sprintf("condition_branch: {cases: {cases: [{port: yes, when: size(event.manual.text) > %d}]}}", r.IntN(3)), []string{"yes", "else"}
		case 2:
			config = "robot_command_send: {text: \"'hi'\"}"
		default:
			config, ports = fmt.Sprintf("notify: {text: \"{size(event.manual.text) > %d ? 'fail' : 'go'}\", targets: [{staff_group: true}]}", r.IntN(3)), []string{"out", "error"}
		}
		fmt.Fprintf(&nodes, "  - {id: n%d, %s}\n", i, config)
		for p, port := range ports {
			to := later(i)
			if p == 0 && i+1 < n {
				to = fmt.Sprintf("n%d", i+1)
			}
			edge(i, port, to)
		}
	}
	return "title: Random\nmax_replies_per_message: 5\nnodes:\n  - {id: start, trigger_manual: {}}\n" + nodes.String() +
		"  - {id: done, analysis_trigger: {}}\nedges:\n  - {from: start, to: n0}\n" + edges.String(), waits
}

// TestTriggerReadsInitial: a filter may read a variable's initial value before there is an instance.
func TestTriggerReadsInitial(t *testing.T) {
	program := compiled(t, language(t), `
title: Initial
variables: [{name: word, type: VARIABLE_TYPE_STRING, initial: "'go'"}]
nodes:
  - {id: start, trigger_event: {kinds: [EVENT_KIND_SIGNAL], filter: event.signal.name == vars.word}}
  - {id: done, analysis_trigger: {}}
edges: [{from: start, to: done}]
`)
	s := newStage(t, program, &flowdeskv1.Settings{})
	for name, began := range map[string]int{"go": 1, "stop": 0} {
		event := signal()
		event.GetSignal().Name = name
		require.Len(t, s.turn(event).GetTraces(), began, name)
	}
}
