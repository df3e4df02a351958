package turntest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/turntest"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

const head = `WAIT waits.

-- flow.yaml --
title: 等待
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: wait, wait: {duration: 600s}}
edges: [{from: start, to: wait}]

-- ten minutes --
`

func play(t *testing.T, script string) (*turntest.Played, error) {
	t.Helper()
	return turntest.Play(nodes.Builtin(), "WAIT", []byte(script), &flowdeskv1.Environment{})
}

// What follows from the commands is written below them, whatever stood there; comments and commands stay, and a second time nothing changes.
func TestPlayWritesWhatFollows(t *testing.T) {
	t.Parallel()
	played, err := play(t, head+"# a comment\n张三: 开始\n  wait -> something else\npass 10m\n")
	require.NoError(t, err)
	require.Equal(t, head+`# a comment
张三: 开始
  wait -> armed
    waits for {until: [10:10:00]}
pass 10m
  at 10:10:00
  wait -> out {ended_at: now}
`, string(played.Script))
	require.Equal(t, map[engine.Port]int{"armed": 1, "out": 1}, played.Ports)
	again, err := play(t, string(played.Script))
	require.NoError(t, err)
	require.Equal(t, string(played.Script), string(again.Script))
}

func TestBadScriptsAreRefused(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"no such command":              head + "jump\n",
		"no such thing":                head + "result c1 COMPLETED\n",
		"no such node":                 head + "config gone {}\n",
		"no such field":                head + "event {message: {nope: 1}}\n",
		"no such list":                 head + "look nope\n",
		"no length of time":            head + "pass soon\n",
		"no time":                      head + "at noon\n张三: 开始\n",
		"the time after the beginning": head + "张三: 开始\nat 2026-01-05 22:30\n",
		"two cases of one name":        head + "\n-- ten minutes --\n",
		"a case without a flow":        "WAIT waits.\n-- ten minutes --\n",
		"no word on what it does":      "-- flow.yaml --\ntitle: x\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := play(t, script)
			require.Error(t, err)
		})
	}
}

// A port that loses its case is named, and so are a type without a script and a script without a type.
func TestMissingNamesWhatHasNoCase(t *testing.T) {
	t.Parallel()
	catalog := nodes.Builtin()
	all := func() map[engine.Kind]map[engine.Port]int {
		reached := map[engine.Kind]map[engine.Port]int{}
		for _, nodeType := range catalog.Types() {
			if nodeType.Planned() {
				continue
			}
			ports := map[engine.Port]int{"own": 1}
			for _, p := range nodeType.Spec.GetPorts() {
				ports[engine.Port(p.GetName())] = 1
			}
			reached[nodeType.Kind] = ports
		}
		return reached
	}
	require.Empty(t, turntest.Missing(catalog, all()))
	for _, c := range []struct {
		name, want string
		change     func(map[engine.Kind]map[engine.Port]int)
	}{
		{"a port", "WAIT: no case takes port timeout", func(r map[engine.Kind]map[engine.Port]int) { delete(r["WAIT"], "timeout") }},
		{"a type", "WAIT has no script", func(r map[engine.Kind]map[engine.Port]int) { delete(r, "WAIT") }},
		{"a port of a config", "CONDITION_BRANCH: no case takes a port of its config", func(r map[engine.Kind]map[engine.Port]int) {
			delete(r["CONDITION_BRANCH"], "own")
		}},
		{"no type", "NOTHING has a script and is no node type", func(r map[engine.Kind]map[engine.Port]int) { r["NOTHING"] = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			reached := all()
			c.change(reached)
			require.Equal(t, []string{c.want}, turntest.Missing(catalog, reached))
		})
	}
}
