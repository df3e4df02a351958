//go:build faults

package promises

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

// G1: what a load stored, over kills and failing robots, replays byte for byte.
func TestStoredTurnsReplay(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "G1", func(t *testing.T, row *figures.Row) {
			r := newRig(t, rig.Options{Database: url, Delay: time.Second})
			require.NoError(t, r.Mode(mode(0.02)))
			load := r.Begin(t.Context(), rig.Load{Kind: mixed, Rate: 200})
			for range scaled(t, 2, 20, 60) {
				rig.Pause(t.Context(), scaled(t, 3*time.Second, 20*time.Second, time.Minute))
				r.Servers[0].Kill()
				row.Kills++
				require.NoError(t, r.Servers[0].Start(t.Context(), ""))
			}
			load.Stop()
			require.NoError(t, r.Mode(mode(0)))
			report := judge(t, r, row, nil)
			validator, err := validate.New()
			require.NoError(t, err)
			catalog := nodes.Builtin()
			catalog.Validate = validator
			turns, err := check.Replay(t.Context(), r.Servers[0].Setting(), catalog)
			require.NoError(t, err)
			row.Trials, row.Note = turns, fmt.Sprintf("%d turns of %d runs", turns, report.Runs)
			require.GreaterOrEqual(t, report.Runs, 300)
		})
	})
}

// pure are the packages whose results depend on their arguments alone.
var pure = []string{"engine", "nodes", "internal/desk", "internal/text"}

// forbidden are what a pure package may not import, and which functions of time it may not call.
var (
	forbiddenImports = []string{"math/rand", "crypto/rand", "os", "net", "net/http", "database/sql", "syscall", "os/exec", "log", "log/slog"}
	forbiddenTimes   = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
)

// G2: pure packages see no clock, no chance, no environment, no network, and no order of a map.
func TestNoHiddenInputs(t *testing.T) {
	beside(t)
	promise(t, "G2", func(t *testing.T, row *figures.Row) {
		for _, dir := range pure {
			require.NoError(t, filepath.WalkDir(filepath.Join("../../..", dir), func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				if d.IsDir() && (dir == "engine" && d.Name() != "engine" || d.Name() == "testdata" || d.Name() == "train") {
					return filepath.SkipDir
				}
				if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
					return nil
				}
				row.Trials++
				set := token.NewFileSet()
				file, err := parser.ParseFile(set, path, nil, 0)
				require.NoError(t, err)
				for _, i := range file.Imports {
					name, err := strconv.Unquote(i.Path.Value)
					require.NoError(t, err)
					require.NotContains(t, forbiddenImports, name, path)
				}
				ast.Inspect(file, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						if of, ok := s.X.(*ast.Ident); ok && of.Name == "time" && of.Obj == nil {
							require.False(t, slices.Contains(forbiddenTimes, s.Sel.Name), "%s: time.%s", set.Position(n.Pos()), s.Sel.Name)
						}
					}
					return true
				})
				return nil
			}))
		}
		require.Greater(t, row.Trials, 50)
		row.Note = "files; that no map's order shows is what G1's bytes say"
	})
}
