package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRegenerationCounts: what may be run again is in the bound as often as it may be.
func TestRegenerationCounts(t *testing.T) {
	calls := func(again int) int64 {
		return compiled(t, language(t), fmt.Sprintf(`
title: Regenerate
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: intent, intent_recognize: {}}
  - {id: write, ai_reply_generate: {model: reply}}
  - {id: check, reply_quality_check: {regenerate: write, max_regenerations: %d}}
  - {id: done, analysis_trigger: {}}
edges:
  - {from: start, to: intent}
  - {from: intent, to: write}
  - {from: write, to: check}
  - {from: write, port: failed, to: done}
  - {from: check, port: pass, to: done}
  - {from: check, port: rejected, to: done}
`, again)).Bounds.GetCalls()
	}
	once := calls(1) - calls(0)
	require.Positive(t, once)
	require.Equal(t, calls(0)+3*once, calls(3))
}

// TestLaterPortsCount: what a waiting node does later comes on top of what it does now; of other ports only one is taken.
func TestLaterPortsCount(t *testing.T) {
	commands := func(armed, came, timeout string) int64 {
		return compiled(t, language(t), fmt.Sprintf(`
title: Later
max_replies_per_message: 5
nodes:
  - {id: start, trigger_webhook: {}}
  - {id: wait, wait: {duration: 60s}}
  - {id: one, robot_command_send: {text: "'one'"}}
  - {id: two, robot_command_send: {text: "'two'"}}
  - {id: three, robot_command_send: {text: "'three'"}}
  - {id: done, analysis_trigger: {}}
  - {id: branch, condition_branch: {cases: {cases: [{port: a, when: "size(event.message.text) > 1"}, {port: b, when: "size(event.message.text) > 2"}]}}}
edges:
  - {from: start, to: branch}
  - {from: branch, port: a, to: one}
  - {from: branch, port: b, to: two}
  - {from: branch, port: else, to: wait}
  - {from: one, to: done}
  - {from: two, to: done}
  - {from: three, to: done}
  - {from: wait, port: armed, to: %s}
  - {from: wait, port: out, to: %s}
  - {from: wait, port: timeout, to: %s}
`, armed, came, timeout)).Bounds.GetCommands()
	}
	require.EqualValues(t, 3, commands("one", "two", "three"))
	require.EqualValues(t, 2, commands("done", "two", "three"))
	require.EqualValues(t, 1, commands("done", "three", "done"))
}
