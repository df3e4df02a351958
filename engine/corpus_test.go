package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/turntest"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/validate"
)

// The corpus holds one broken flow per file. The comment at its head lists everything that must be found, one finding a line: code, node,
// field, line:column. A dash is an empty node or field. A line "# without: KIND" takes a node type out of the catalog.
const (
	badFlows  = "testdata/flows/bad"
	goodFlows = "testdata/flows/good"
)

// A Chinese text is one with Chinese characters in it and without a phrase of English; names of the language stay as they are.
var (
	han          = regexp.MustCompile(`\p{Han}`)
	englishWords = regexp.MustCompile(`[a-z]+ [a-z]+ [a-z]+`)
)

// quoting are the codes whose messages quote a library: what it could not read of a file, an expression or a regular expression.
var quoting = []string{"FD0901", "FD0908", "FD1301", "FD1305", "FD1309", "FD1310", "FD1501"}

func corpus(tb testing.TB, dir string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	require.NoError(tb, err)
	slices.Sort(files)
	return files
}

// checked reads and compiles a file as a user's file is.
func checked(catalog *engine.Catalog, data []byte) (*engine.Program, []*flowdeskv1.Diagnostic) {
	def, positions, diagnostics := flowfile.Parse(data)
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	program, diagnostics := catalog.Compile("flow", 1, def)
	positions.Complete(diagnostics)
	return program, diagnostics
}

func corpusCatalog(tb testing.TB, without string) *engine.Catalog {
	tb.Helper()
	all := slices.DeleteFunc(language(tb).Types(), func(t *engine.NodeType) bool { return string(t.Kind) == without })
	catalog := engine.NewCatalog(engine.Rules{}, all...)
	var err error
	catalog.Validate, err = validate.New()
	require.NoError(tb, err)
	return catalog
}

func TestBadFlows(t *testing.T) {
	catalog := corpusCatalog(t, "")
	covered := map[string]bool{}
	files := corpus(t, badFlows)
	require.GreaterOrEqual(t, len(files), 60)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			header, body := splitHeader(string(data))
			catalog := catalog
			for _, line := range header {
				if kind, ok := strings.CutPrefix(line, "without: "); ok {
					catalog = corpusCatalog(t, kind)
				}
			}
			program, diagnostics := checked(catalog, data)
			var got []string
			fatal := false
			for _, d := range diagnostics {
				got = append(got, fmt.Sprintf("%s %s %s %d:%d", d.GetCode(), dash(d.GetNode()), dash(d.GetField()), d.GetLine(), d.GetColumn()))
				covered[d.GetCode()] = true
				fatal = fatal || d.GetSeverity() == flowdeskv1.Severity_SEVERITY_ERROR
				require.NotEmpty(t, d.GetMessage())
				require.NotEmpty(t, d.GetMessageZh())
				require.NotEmpty(t, d.GetRemedy())
				require.NotContains(t, d.GetMessage()+d.GetMessageZh()+d.GetRemedy()+d.GetRemedyZh(), "%!", "a text lacks an argument")
				require.Regexp(t, han, d.GetMessageZh())
				require.Regexp(t, han, d.GetRemedyZh(), d.GetCode())
				require.NotRegexp(t, englishWords, d.GetRemedyZh(), "%s speaks English", d.GetCode())
				if !slices.Contains(quoting, d.GetCode()) {
					require.NotRegexp(t, englishWords, d.GetMessageZh(), "%s speaks English", d.GetCode())
				}
			}
			require.Equal(t, fatal, program == nil, "no program exactly when there is an error")
			if *turntest.Update {
				writeHeader(t, file, header, got, body)
				return
			}
			want := slices.DeleteFunc(header, func(line string) bool { return strings.HasPrefix(line, "without: ") })
			require.Empty(t, cmp.Diff(want, got), "%v", diagnostics)
		})
	}
	if !t.Failed() {
		for _, code := range append(engine.DiagnosticCodes(), flowfile.Codes()...) {
			require.True(t, covered[code] || slices.Contains(inNoFile, code), "no flow of the corpus shows %s", code)
		}
	}
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// splitHeader takes the comment lines at the head of a file.
func splitHeader(text string) (header []string, body string) {
	for {
		line, rest, ok := strings.Cut(text, "\n")
		comment, is := strings.CutPrefix(line, "# ")
		if !ok || !is {
			return header, text
		}
		header, text = append(header, comment), rest
	}
}

// writeHeader writes the expectations. Lines move with the number of expectations, so the number of lines is kept in step.
func writeHeader(t *testing.T, file string, old, got []string, body string) {
	t.Helper()
	var keep []string
	for _, line := range old {
		if strings.HasPrefix(line, "without: ") {
			keep = append(keep, line)
		}
	}
	lines := append(keep, got...)
	var out strings.Builder
	for _, line := range lines {
		out.WriteString("# " + line + "\n")
	}
	require.NoError(t, os.WriteFile(file, []byte(out.String()+body), 0o600))
	require.Len(t, old, len(lines), "the header has grown or shrunk: run again")
}

func TestGoodFlows(t *testing.T) {
	catalog := corpusCatalog(t, "")
	files := corpus(t, goodFlows)
	require.GreaterOrEqual(t, len(files), 12)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			program, diagnostics := checked(catalog, data)
			require.Empty(t, diagnostics)
			require.NotNil(t, program)
			for _, n := range program.Nodes {
				for _, e := range program.Definition.GetEdges() {
					if e.GetFrom() == n.ID {
						require.Less(t, n.Index, program.Node(e.GetTo()).Index, "edges point forward")
					}
				}
			}
		})
	}
}

func FuzzCompile(f *testing.F) {
	for _, dir := range []string{badFlows, goodFlows} {
		for _, file := range corpus(f, dir) {
			data, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	catalog := corpusCatalog(f, "")
	f.Fuzz(func(t *testing.T, data []byte) {
		def, positions, found := flowfile.Parse(data)
		program, diagnostics := catalog.Compile("flow", 1, def)
		positions.Complete(diagnostics)
		_, again := catalog.Compile("flow", 1, def)
		require.Len(t, again, len(diagnostics))
		for i, d := range diagnostics {
			require.NotEmpty(t, d.GetCode())
			require.Equal(t, again[i].GetMessage(), d.GetMessage(), "the same flow, the same findings in the same order")
			require.Positive(t, d.GetLine())
		}
		if program != nil && len(found) == 0 {
			require.Positive(t, program.Bounds.GetSteps())
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(goodFlows, "everything.yaml"))
	require.NoError(b, err)
	def, _, diagnostics := flowfile.Parse(data)
	require.Empty(b, diagnostics)
	catalog := language(b)
	b.ReportMetric(float64(len(def.GetNodes())), "nodes")
	for b.Loop() {
		if program, found := catalog.Compile("flow", 1, def); program == nil {
			b.Fatal(found)
		}
	}
}
