package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/cli"
)

// TestTheReferenceIsCurrent holds docs/cli.md to the commands as they are. make docs writes it anew.
func TestTheReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	for file, language := range map[string]cli.Language{"../../docs/cli.md": cli.English, "../../docs/cli.zh-CN.md": cli.Chinese} {
		want, err := cli.Reference(t.Context(), &commands{}, language)
		require.NoError(t, err)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(strings.Split(want, "\n"), strings.Split(string(got), "\n")), "make docs")
	}
}

// TestEveryHelpIsThereInChinese finds help that is English in the Chinese reference: a line of letters without any Chinese one.
func TestEveryHelpIsThereInChinese(t *testing.T) {
	t.Parallel()
	english, err := cli.Reference(t.Context(), &commands{}, cli.English)
	require.NoError(t, err)
	chinese, err := cli.Reference(t.Context(), &commands{}, cli.Chinese)
	require.NoError(t, err)
	known := make(map[string]bool)
	for line := range strings.Lines(chinese) {
		known[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(english) {
		line = strings.TrimSpace(line)
		_, help, found := strings.Cut(line, "  ") // a flag, argument or verb, and its help
		if found && strings.Contains(help, " ") && !strings.HasPrefix(line, "flowdesk ") {
			assert.False(t, known[line], "internal/cli/zh_server.yaml lacks %q", strings.TrimSpace(help))
		}
	}
}
