package failpoint_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

const root = "../../.."

// sources parses the packages that commit, call and migrate.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := make(map[string]*ast.File)
	set := token.NewFileSet()
	for _, dir := range []string{"engine/runner", "storage", "internal/connectors", "server", "internal/app", "internal/robotlink", "internal/outside", "internal/spill"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "/standin/") || strings.Contains(path, "test/") {
				return err
			}
			files[path], err = parser.ParseFile(set, path, nil, 0)
			return err
		}))
	}
	require.Greater(t, len(files), 50)
	return files
}

// hooks are the names of the failpoints that a piece of code passes.
func hooks(n ast.Node) (names []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := selector.X.(*ast.Ident); !ok || of.Name != "failpoint" {
			return true
		}
		for _, argument := range call.Args {
			if literal, ok := argument.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if name, err := strconv.Unquote(literal.Value); err == nil {
					names = append(names, name)
				}
			}
		}
		return true
	})
	return names
}

func TestEveryFailpointOfTheTableStandsSomewhere(t *testing.T) {
	t.Parallel()
	used := make(map[string]bool)
	for path, file := range sources(t) {
		for _, name := range hooks(file) {
			require.Contains(t, failpoint.Names(), failpoint.Name(name), "%s passes a failpoint that is not in the table", path)
			used[name] = true
		}
	}
	for _, name := range failpoint.Names() {
		require.True(t, used[string(name)], "nothing passes %s", name)
	}
	require.GreaterOrEqual(t, len(used), 40)
	seen := failpoint.Names()
	slices.Sort(seen)
	require.Len(t, slices.Compact(seen), len(failpoint.Table()), "a name stands for one failpoint")
}

// effects are the calls that change something which outlives the process, by their names and by a word of their receiver.
var effects = []struct{ receiver, method string }{
	{"store", "Commit"},
	{"", "Transact"},
	{"", "RunInTx"},
	{"", "simple"},
	{"t", "exec"}, // COMMIT on PostgreSQL and on SQLite
	{"http", "Do"},
	{"client", "Do"},
	{"link", "Send"},
	{"link", "Accepted"},
	{"link", "Results"},
	{"link", "ResultsOf"},
	{"shell", "Deliver"},
	{"migrator", "Migrate"},
	{"", "MarkUnapplied"},
	{"", "Perform"},
	{"write", "NewRaw"},
	{"write", "NewUpdate"},
	{"write", "NewInsert"},
	{"write", "NewDelete"},
	{"current", "Sync"}, // of the spill
}

// elsewhere are functions whose effects have their failpoint in a function around them or under them, with the reason.
var elsewhere = map[string]string{
	"engine/runner/calls.go ask":                "its caller passes one before and behind it",
	"storage/bunstore/commit.go Commit":         "the transactor under it passes those of its database",
	"storage/sqlite/transact.go step":           "its caller passes one before and behind each step",
	"storage/sqlite/transact.go telling":        "its caller passes one before and behind each step",
	"internal/outside/performer.go oneHTTP":     "the client under it passes one",
	"storage/bunstore/leases.go replicas":       "each of its callers passes one before and behind it",
	"storage/bunstore/limits.go takeUnit":       "a unit that was taken and not used only makes others wait",
	"storage/bunstore/limits.go whyNoUnit":      "it reads",
	"storage/bunstore/limits.go probe":          "as a unit that was taken and not used",
	"storage/bunstore/limits.go PutPause":       "a pause that is not stored holds in this process, and the platform asks again",
	"storage/bunstore/limits.go ClearPause":     "a pause that stays ends by itself",
	"storage/bunstore/limits.go ReturnUnits":    "tries that are not given back come back by themselves",
	"storage/bunstore/limits.go TrimUnits":      "what is left is removed by the next trim",
	"storage/bunstore/turn_log.go NewWriter":    "a writer without a turn is removed later",
	"storage/bunstore/turn_log.go TrimTurnLog":  "what is left is removed by the next trim",
	"storage/bunstore/turn_log.go trimWriter":   "as TrimTurnLog",
	"storage/bunstore/notes.go ForgetNotes":     "what is left is removed the next time",
	"storage/bunstore/retention.go PutSnapshot": "a snapshot is derived: without it more turns are folded",
	"engine/runner/outbox/settle.go record":     "whoever records passes one of his own",
}

func TestEveryCommitCallAndStepHasAFailpoint(t *testing.T) {
	t.Parallel()
	excused := make(map[string]bool)
	found := 0
	for path, file := range sources(t) {
		short, err := filepath.Rel(root, path)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			what := effect(f.Body)
			if what == "" {
				continue
			}
			found++
			where := short + " " + f.Name.Name
			if elsewhere[where] != "" {
				excused[where] = true
				continue
			}
			require.NotEmpty(t, hooks(f.Body), "%s calls %s and passes no failpoint", where, what)
		}
	}
	require.Greater(t, found, 15)
	for where, reason := range elsewhere {
		require.True(t, excused[where] || reason == "", "%s needs no excuse", where)
	}
}

// effect names the first effect in a function.
func effect(body ast.Node) (what string) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || what != "" {
			return what == ""
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		receiver := lastName(selector.X)
		for _, e := range effects {
			if selector.Sel.Name == e.method && (e.receiver == "" || receiver == e.receiver) {
				what = receiver + "." + e.method
			}
		}
		return true
	})
	return what
}

// lastName is the last word of a receiver: store of c.runner.store.
func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.CallExpr:
		return lastName(x.Fun)
	default:
		return ""
	}
}

// In a build without the tag no instruction is left of a hook.
func TestFailpointsAreFreeWithoutTheTag(t *testing.T) {
	t.Parallel()
	if failpoint.Enabled {
		t.Skip("this build has failpoints")
	}
	if failpoint.Hit("runner.commit.before") != nil || failpoint.Over(nil, "runner.commit.after", os.ErrClosed) != nil {
		t.Fatal("a failpoint acts in a build that has none")
	}
	binary := filepath.Join(t.TempDir(), "flowdesk")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/flowdesk/flowdesk/cmd/flowdesk").CombinedOutput()
	require.NoError(t, err, "%s", output)
	code, err := exec.CommandContext(t.Context(), "go", "tool", "objdump", "-s",
		"flowdesk/(engine|server|storage/bunstore|storage/sqlite|storage/postgres|internal/connectors)", binary).Output()
	require.NoError(t, err)
	require.Contains(t, string(code), "engine/runner.(*committer).store", "the code is there to be looked at")
	for line := range strings.Lines(string(code)) {
		if !strings.Contains(line, "migrations.go:") { // they run once
			require.NotContains(t, line, "fault/failpoint.")
		}
	}
}

func BenchmarkHit(b *testing.B) {
	for b.Loop() {
		if failpoint.Hit("runner.commit.before") != nil {
			b.Fatal()
		}
	}
}
