package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// switchable is a line of nodes, the two in the middle in a mode, the first of them with a config that is refused where it runs.
func switchable(tb testing.TB, branch, notify string) *flowdeskv1.FlowDefinition {
	tb.Helper()
	return flow(tb, fmt.Sprintf(`{"title":"t","nodes":[
		{"id":"start","triggerWebhook":{}},
		{"id":"receive","messageReceive":{}},
		{"id":"branch","mode":%q,"conditionBranch":{"cases":{"cases":[{"port":"yes","when":"nonsense("}]}}},
		{"id":"tell","mode":%q,"notify":{"text":"看"}},
		{"id":"done","analysisTrigger":{}}],
	"edges":[
		{"from":"start","to":"receive"},{"from":"receive","to":"branch"},
		{"from":"branch","port":"yes","to":"tell"},{"from":"branch","port":"else","to":"receive"},
		{"from":"tell","to":"done"}]}`, branch, notify))
}

func TestModes(t *testing.T) {
	t.Parallel()
	const runs, skipped, blocked = "NODE_MODE_UNSPECIFIED", "NODE_MODE_SKIPPED", "NODE_MODE_BLOCKED"
	next := func(p *engine.Program) string {
		if node := p.Node("receive").Next("out"); node != nil {
			return node.ID
		}
		return ""
	}
	tests := map[string]struct {
		branch, tell string
		want         string // what runs behind receive
	}{
		"a skipped node is passed by its first port":            {skipped, runs, "tell"},
		"skipped nodes one behind the other are passed at once": {skipped, skipped, "done"},
		"a blocked node ends the run ahead of it":               {blocked, runs, ""},
		"so does one behind a skipped node":                     {skipped, blocked, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def := switchable(t, test.branch, test.tell)
			program, diagnostics := language(t).Compile("f", 1, def)
			require.Empty(t, diagnostics)
			require.Equal(t, test.want, next(program))
			require.Nil(t, program.Node("branch"), "what is off is no part of the program")
			require.True(t, proto.Equal(def, program.Definition), "the definition is kept as it was written")
		})
	}

	t.Run("what runs is checked", func(t *testing.T) {
		t.Parallel()
		_, diagnostics := language(t).Compile("f", 1, switchable(t, runs, runs))
		require.NotEmpty(t, diagnostics)
	})
	t.Run("skipped nodes in a circle lead nowhere", func(t *testing.T) {
		t.Parallel()
		def := switchable(t, skipped, skipped)
		def.Edges[4].To, def.Nodes = "branch", def.Nodes[:4]
		program, _ := language(t).Compile("f", 1, def)
		require.NotNil(t, program)
		require.Empty(t, next(program))
	})
}
