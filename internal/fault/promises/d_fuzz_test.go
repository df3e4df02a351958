//go:build faults

package promises

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/figures"
)

// executions finds how often a fuzz target ran.
var (
	executions = regexp.MustCompile(`execs: (\d+)`)
	targets    = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
)

// D1: no input crashes a decoder. A target that fails leaves its input in testdata/fuzz of its package.
func TestFuzzTargets(t *testing.T) {
	beside(t)
	promise(t, "D1", func(t *testing.T, row *figures.Row) {
		root := "../../.."
		found := make(map[string][]string)
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "web" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
				if err == nil {
					return filepath.SkipDir
				}
				return err
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range targets.FindAllStringSubmatch(string(text), -1) {
				found[filepath.Dir(path)] = append(found[filepath.Dir(path)], m[1])
			}
			return err
		}))
		n, ran := 0, 0
		for dir, names := range found {
			for _, name := range names {
				n++
				command := exec.CommandContext(t.Context(), "go", "test", "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", scaled(t, "2s", "10000000x", "20000000x"), ".")
				command.Dir = dir
				output, err := command.CombinedOutput()
				require.NoError(t, err, "%s in %s:\n%s", name, dir, output)
				if counts := executions.FindAllStringSubmatch(string(output), -1); len(counts) > 0 {
					count, err := strconv.Atoi(slices.MaxFunc(counts, func(a, b []string) int { return len(a[1]) - len(b[1]) })[1])
					require.NoError(t, err)
					ran += count
				}
			}
		}
		row.Trials, row.Note = ran, fmt.Sprintf("%d targets", n)
		require.GreaterOrEqual(t, n, 15)
	})
}
