package turntest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
)

// Update is the flag -update of tests that compare with files: it writes what they got into the files. Read the difference before you commit it.
var Update = flag.Bool("update", false, "write what tests got into the files that they compare with; read the difference before you commit it")

// Run plays every script of a folder in the world of its world.yaml, each as a subtest, and then requires that every port of every node type
// of the catalog has a case. With -update it writes what follows from the commands; commands, comments and flows stay as they are.
func Run(t *testing.T, catalog *engine.Catalog, folder string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, worldFile))
	require.NoError(t, err)
	world, err := World(data)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	reached := map[engine.Kind]map[engine.Port]int{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		kind := engine.Kind(strings.ToUpper(name))
		reached[kind] = nil
		t.Run(name, func(t *testing.T) {
			require.NotNil(t, catalog.Type(kind), "a script is named after a node type")
			script, err := os.ReadFile(file)
			require.NoError(t, err)
			played, err := Play(catalog, kind, script, world)
			require.NoError(t, err)
			reached[kind] = played.Ports
			if *Update {
				require.NoError(t, os.WriteFile(file, played.Script, 0o644))
				return
			}
			if diff := cmp.Diff(strings.Split(string(script), "\n"), strings.Split(string(played.Script), "\n")); diff != "" {
				require.Fail(t, "the turns went another way", "%s (-want +got):\n%s\nIf that is right, run the test with -update and read the diff.", file, diff)
			}
		})
	}
	t.Run("ports", func(t *testing.T) {
		if f := flag.Lookup("test.run"); f != nil && strings.Contains(f.Value.String(), "/") {
			t.Skip("only some scripts were played")
		}
		require.Empty(t, Missing(catalog, reached))
	})
}
