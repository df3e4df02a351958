package reasons_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/reasons"
)

// Whoever gives commands a new purpose, or results a new proof, says in both languages what it means.
func TestEveryPurposeAndProofHasWords(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, pattern := range []string{"../../nodes/*.go", "../../engine/runner/outbox/*.go", "../../server/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, word := range namesIn(t, name) {
				found[word] = true
				require.Regexp(t, `\p{Han}`, reasons.Word(reasons.Chinese, word), "%s writes %q, which words.json does not have", name, word)
			}
		}
	}
	for _, word := range []string{"reply", "soothe", "after_sales_overdue", "manual", "test", "lookup", "echo", "person"} {
		require.True(t, found[word], word)
	}
	require.Equal(t, "by hand", reasons.Word(reasons.English, "manual"))
	require.Equal(t, "手动", reasons.Word(reasons.Chinese, "manual"))
	require.Equal(t, "of-a-program", reasons.Word(reasons.Chinese, "of-a-program"))
}

// namesIn are the purposes and proofs that a file writes: in constants and fields of such names, and as what notify is told last.
func namesIn(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var words []string
	take := func(label, value ast.Expr) {
		text, ok := value.(*ast.BasicLit)
		if !ok || text.Kind != token.STRING {
			return
		}
		called := ""
		switch label := label.(type) {
		case *ast.Ident:
			called = label.Name
		case *ast.SelectorExpr:
			called = label.Sel.Name
		}
		called = strings.ToLower(called)
		if strings.HasPrefix(called, "purpose") || strings.HasPrefix(called, "proof") {
			word, err := strconv.Unquote(text.Value)
			require.NoError(t, err)
			words = append(words, word)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			take(n.Key, n.Value)
		case *ast.ValueSpec:
			for i, value := range n.Values {
				take(n.Names[i], value)
			}
		case *ast.AssignStmt:
			for i := range min(len(n.Lhs), len(n.Rhs)) {
				take(n.Lhs[i], n.Rhs[i])
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "notify" {
				take(ast.NewIdent("purpose"), n.Args[len(n.Args)-1])
			}
		}
		return true
	})
	return words
}
