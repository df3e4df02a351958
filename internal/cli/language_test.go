package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage/postgres"
)

// spoken tells which argument of which function is a text for people.
var spoken = map[string]int{
	"say": 0, "usage": 0, "invalid": 0, "failed": 0, "print": 0, "notice": 0, "row": 0, "col": 0, "line": 0, "section": 0, "checkName": 0,
	"done": 1, "confirm": 1, "progressAfter": 1, "add": 0, "either": 0,
}

// TestEveryTextIsThereInChinese finds the texts for people in the source, and requires a translation of each that takes the same values.
func TestEveryTextIsThereInChinese(t *testing.T) {
	t.Parallel()
	texts, err := chinese()
	require.NoError(t, err)
	wanted := append(inSource(t), fromElsewhere(t)...)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	var missing, unequal []string
	for _, english := range wanted {
		switch {
		case texts[english] == "":
			missing = append(missing, english)
		case !slices.Equal(verbs(english), verbs(texts[english])):
			unequal = append(unequal, english)
		}
	}
	require.Empty(t, missing, "zh.yaml lacks these")
	require.Empty(t, unequal, "the translations of these take other values")
	var unused []string
	own := make(map[string]string)
	require.NoError(t, yaml.Unmarshal(chineseFile, &own))
	for english := range own {
		if _, found := slices.BinarySearch(wanted, english); !found {
			unused = append(unused, english)
		}
	}
	require.Empty(t, unused, "nobody says these")
}

var verbPattern = regexp.MustCompile(`%(\[\d+\])?[.\d]*[a-z]`)

// verbs are the values that a text takes, in no order.
func verbs(text string) []string {
	found := verbPattern.FindAllString(text, -1)
	for i, v := range found {
		found[i] = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(v, "")
	}
	slices.Sort(found)
	return found
}

// inSource collects the texts that are written as literals, or as constants, where a person is spoken to.
func inSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var (
		texts     []string
		constants = make(map[string]string)
		names     []string
	)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if i < len(n.Values) {
						if text, ok := literal(n.Values[i]); ok {
							constants[name.Name] = text
						}
					}
				}
			case *ast.CallExpr:
				argument, isSpoken := spoken[called(n)]
				if !isSpoken || argument >= len(n.Args) {
					return true
				}
				if text, ok := literal(n.Args[argument]); ok {
					texts = append(texts, text)
				} else if name, ok := n.Args[argument].(*ast.Ident); ok {
					names = append(names, name.Name)
				}
			}
			return true
		})
	}
	for _, name := range names {
		if text := constants[name]; text != "" {
			texts = append(texts, text)
		}
	}
	// what is only a line's frame needs no translation, nor do names of things
	return slices.DeleteFunc(texts, func(text string) bool {
		return !strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	})
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// fromElsewhere are the texts that come from tables, tags and the API.
func fromElsewhere(t *testing.T) []string {
	t.Helper()
	texts := strings.Fields("error warning info platform online results queue callbacks raised joined escalated acknowledged assigned silenced resolved cancelled")
	texts = append(texts, flowCreated, flowChanged, flowUnchanged, "%dd", "%dh", "%dm", "%ds", "not paused")
	for _, e := range reasons {
		texts = append(texts, e.what, e.remedy)
	}
	for _, e := range exitMeanings {
		texts = append(texts, e.meaning)
	}
	for _, m := range misuses {
		texts = append(texts, m.means)
	}
	for _, l := range listers {
		texts = append(texts, l.missing)
	}
	texts = append(texts, postgres.Remedies()...)
	arms := (&flowdeskv1.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("payload").Fields()
	for i := range arms.Len() {
		texts = append(texts, strings.ReplaceAll(string(arms.Get(i).Name()), "_", " "))
	}
	for _, enum := range []protoreflect.EnumDescriptor{flowdeskv1.RobotState(0).Descriptor()} { // those without labels of their own
		for i := 1; i < enum.Values().Len(); i++ {
			texts = append(texts, shortValue(enum.Values().Get(i)))
		}
	}
	sh := &Shell{Language: English, sys: System{Getenv: func(string) string { return "" }}}
	k, err := newParser(t.Context(), &Commands{}, sh)
	require.NoError(t, err)
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		texts = append(texts, n.Help)
		for _, f := range n.Flags {
			texts = append(texts, f.Help)
		}
		for _, p := range n.Positional {
			texts = append(texts, p.Help)
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(k.Model.Node)
	return texts
}

func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	for number := range flowdeskv1.ErrorReason_name {
		if reason := flowdeskv1.ErrorReason(number); number != 0 {
			require.NotEmpty(t, reasons[reason].what, reason)
			require.NotEmpty(t, reasons[reason].remedy, reason)
		}
	}
}

// TestEveryCommandHasTwoExamplesThatParse takes each example of the help through the parser.
func TestEveryCommandHasTwoExamplesThatParse(t *testing.T) {
	t.Parallel()
	sh := &Shell{Language: English, remote: Remote{Output: "table"}, sys: System{Getenv: func(string) string { return "" }, ConfigDir: t.TempDir()}}
	k, err := newParser(t.Context(), &Commands{}, sh)
	require.NoError(t, err)
	for _, leaf := range k.Model.Leaves(true) {
		examples := examplesOf(leaf)
		require.GreaterOrEqual(t, len(examples), 2, pathOf(leaf))
		for _, e := range examples {
			require.True(t, strings.HasPrefix("flowdesk "+canonicalNoun(e), pathOf(leaf)), "%q is no example of %s", e, pathOf(leaf))
			parser, err := newParser(t.Context(), reflect.New(reflect.TypeOf(Commands{})).Interface(), sh)
			require.NoError(t, err)
			_, err = parser.Parse(words(e))
			require.NoError(t, err, e)
		}
	}
}

// canonicalNoun puts the main name of a verb in the place of its short one.
func canonicalNoun(example string) string {
	return strings.Replace(example, "flow fmt", "flow format", 1)
}

// words cuts an example as a shell does; quoted text has no spaces within it here.
func words(example string) []string {
	return strings.Fields(strings.ReplaceAll(example, "'", ""))
}
