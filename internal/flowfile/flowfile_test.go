package flowfile_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

const flows = "../../engine/testdata/flows"

// texts that YAML and JSON could take for something else, or write wrongly.
func texts() []string {
	return []string{
		"a", "", "yes", "no", "null", "~", "true", "0x10", "1e3", "01", "-", "- a", "a: b", "a #b", "#a", "&a", "*a", "!!str a", "{a}", "[a", "%a", "@a",
		"`a", "'a'", "\"a\"", "a\nb", "a\n", "\na", " a", "a ", "a \nb", "\ta", "a\tb", "a\r\nb", "a\u0000b", "a\u0085b", "a\u2028b", "\ufeffa",
		"2026-01-02", "12:30", "你好，{nickname}", "😀", "a\\nb", "---", "...", "?", "? a", "|", ">", "<<", "=", ".5", ".inf", "1_000",
		"first\n  second\nthird", "x\n\n\ny\n", "\\", "<script>&", "line one \n line two ",
	}
}

// random fills a message: every field with some probability, nested messages to a depth.
func random(r *rand.Rand, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if r.IntN(3) == 0 || f.Message() != nil && depth == 0 {
			continue
		}
		if o := f.ContainingOneof(); o != nil && m.WhichOneof(o) != nil && r.IntN(4) > 0 {
			continue
		}
		if !f.IsList() {
			m.Set(f, randomValue(r, m.NewField(f), f, depth))
			continue
		}
		list := m.NewField(f).List()
		for range r.IntN(3) {
			var fresh protoreflect.Value
			if f.Message() != nil {
				fresh = list.NewElement()
			}
			list.Append(randomValue(r, fresh, f, depth))
		}
		m.Set(f, protoreflect.ValueOfList(list))
	}
}

func randomValue(r *rand.Rand, fresh protoreflect.Value, f protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	all := texts()
	text := all[r.IntN(len(all))]
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text)
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.IntN(2) == 0)
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(r.IntN(values.Len())).Number())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(r.Uint32()))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(r.Uint64()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64([]float64{0.5, 1, -3, 1e21, 1e-9, 0.1 + 0.2}[r.IntN(6)])
	}
	switch f.Message().FullName() {
	case "google.protobuf.Duration":
		m := fresh.Message()
		m.Set(m.Descriptor().Fields().ByName("seconds"), protoreflect.ValueOfInt64(r.Int64N(1e6)))
		m.Set(m.Descriptor().Fields().ByName("nanos"), protoreflect.ValueOfInt32(r.Int32N(3)*500_000_000/2))
	case "google.protobuf.Struct":
		value, err := structpb.NewStruct(map[string]any{text: text, "list": []any{1.5, true, nil, map[string]any{"a": text}}, "empty": map[string]any{}})
		if err == nil {
			return protoreflect.ValueOfMessage(value.ProtoReflect())
		}
	default:
		random(r, fresh.Message(), depth-1)
	}
	return fresh
}

// TestRoundTrip writes random definitions and reads them again: nothing is lost in either form, and the same definition gives the same
// bytes.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		def, layout := &flowdeskv1.FlowDefinition{}, &flowdeskv1.FlowLayout{}
		random(r, def.ProtoReflect(), 5)
		random(r, layout.ProtoReflect(), 5)
		if len(layout.GetPositions())+len(layout.GetFrames())+len(layout.GetNotes()) == 0 {
			layout = nil // a file says nothing of an empty one
		}
		for name, write := range map[string]func(*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout) ([]byte, error){"yaml": flowfile.Write, "json": flowfile.WriteJSON} {
			data, err := write(def, layout)
			require.NoError(t, err)
			got, positions, diagnostics := flowfile.Parse(data)
			require.Empty(t, diagnostics, "%s %d:\n%s", name, i, data)
			require.Empty(t, cmp.Diff(def, got, protocmp.Transform()), "%s %d:\n%s", name, i, data)
			require.Empty(t, cmp.Diff(layout, positions.Layout(), protocmp.Transform()), "%s %d:\n%s", name, i, data)
			again, err := write(proto.CloneOf(def), layout)
			require.NoError(t, err)
			require.Equal(t, string(data), string(again))
		}
	}
}

func corpus(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(flows, "*", "*.yaml"))
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	return files
}

// TestCanonical writes what it reads, and what is written is read and written the same.
func TestCanonical(t *testing.T) {
	for _, file := range corpus(t) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		def, err := flowfile.Read(data)
		if err != nil {
			continue // the corpus has broken files too
		}
		first, err := flowfile.Write(def, nil)
		require.NoError(t, err)
		again, err := flowfile.Read(first)
		require.NoError(t, err, "%s", file)
		second, err := flowfile.Write(again, nil)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second), "%s", file)
	}
}

func TestParseJSON(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"unknown field":   {"{\n  \"title\": \"x\",\n  \"nodes\": [{\"id\": \"a\", \"triggerWebhook\": {\"sauce\": 1}}]\n}", "FD0902 3:44"},
		"number for text": {"{\"title\": 12}", "FD0903 1:11"},
		"syntax":          {"{\"title\": \"x\",\n\"nodes\": [1 2]}", "FD0901 2:13"},
		"cut off":         {"{\"title\": \"x\",\n\"nodes\": [", "FD0901 2:11"},
		"twice":           {"{\"title\": \"x\",\n \"title\": \"y\"}", "FD0905 2:2"},
		"behind":          {"{\"title\": \"x\"} {}", "FD0901 1:16"},
		"layout":          {"{\"title\": \"x\",\n\"layout\": {\"positions\": [{\"node\": \"a\", \"z\": 1}]}}", "FD0902 2:40"},
		"surrogates":      {"{\"title\": \"\\ud83d\\ude00\"}", ""},
		"flow mapping":    {"{title: x}", ""},
		"byte order mark": {"\ufeff{\"title\": \"x\"}", ""},
		"empty":           {"", "FD0901 1:1"},
		"only a comment":  {"# nothing\n", "FD0901 1:1"},
		"not UTF-8":       {"title: \xff", "FD0901 1:1"},
		"too large":       {"title: " + strings.Repeat("x", flowfile.MaxSize), "FD0906 1:1"},
		"deep":            {strings.Repeat("{\"a\":", 200) + "1" + strings.Repeat("}", 200), "FD0906 1:502"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, diagnostics := flowfile.Parse([]byte(c.data))
			got := ""
			for _, d := range diagnostics {
				got += fmt.Sprintf(" %s %d:%d", d.GetCode(), d.GetLine(), d.GetColumn())
			}
			require.Equal(t, c.want, strings.TrimSpace(got), "%v", diagnostics)
		})
	}
}

// TestYAMLThatIsNoneIsFoundWhereItBreaks looks at places far below the line at which the broken list begins.
func TestYAMLThatIsNoneIsFoundWhereItBreaks(t *testing.T) {
	var file []string
	file = append(file, "title: x", "nodes:")
	for n := range 50 {
		file = append(file, fmt.Sprintf("  - id: n%d", n), "    wait: {duration: 1s}")
	}
	for name, c := range map[string]struct {
		line         string
		at           int // lines before it
		wantL, wantC int32
	}{
		"an indentation that fits nothing": {"   bad: [", 40, 41, 4},
		"a tab":                            {"\tid: x", 41, 42, 2},
		"two colons":                       {"    note: b: c", 80, 81, 5},
		"no key":                           {"what", 60, 61, 1},
		"the end of the list":              {"  ]", 102, 103, 3},
		"a list that is never closed":      {"  - [a,", 102, 103, 3},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Join(slices.Insert(slices.Clone(file), c.at, c.line), "\n") + "\n"
			_, _, diagnostics := flowfile.Parse([]byte(text))
			require.Len(t, diagnostics, 1)
			require.Equal(t, [2]int32{c.wantL, c.wantC}, [2]int32{diagnostics[0].GetLine(), diagnostics[0].GetColumn()}, diagnostics[0].GetMessage())
		})
	}
}

func TestReadNamesThePlace(t *testing.T) {
	_, err := flowfile.Read([]byte("title: x\nnodes:\n  - {id: a, wait: {duration: soon}}\n  - {id: b, what: {}}\n"))
	require.ErrorContains(t, err, "line 3:30")
	require.ErrorContains(t, err, "line 4:13")
}

// TestFind asks for characters inside texts, however the text is written.
func TestFind(t *testing.T) {
	data := strings.Join([]string{
		`title: Example`,
		`nodes:`,
		`  - id: a`,
		`    human_handoff:`,
		`      reason: plain text`,
		`      text: "tab\tand \u4f60 you"`,
		`  - id: b`,
		`    humanHandoff:`,
		`      reason: 'it''s late'`,
		`      text: |`,
		`        first line`,
		``,
		`        third line`,
	}, "\n")
	_, positions, diagnostics := flowfile.Parse([]byte(data))
	require.Empty(t, diagnostics)
	lines := strings.Split(data, "\n")
	for _, c := range []struct {
		node, field, text string
		offset            int32
	}{
		{"a", "reason", "text", 6},
		{"a", "text", "and", 4},
		{"a", "text", "you", 10},
		{"b", "reason", "late", 5},
		{"b", "text", "first", 0},
		{"b", "text", "line", 6},
		{"b", "text", "third", 12},
	} {
		line, column := positions.Find(c.node, c.field, c.offset)
		require.True(t, strings.HasPrefix(string([]rune(lines[line-1])[column-1:]), c.text), "%s.%s at %d is %d:%d", c.node, c.field, c.offset, line, column)
	}
	for _, c := range []struct {
		node, field  string
		line, column int
	}{
		{"a", "pause", 4, 5},    // not in the file: shown at the config's name
		{"a", "id", 3, 9},       // of the node itself
		{"", "title", 1, 8},     //
		{"", "variables", 1, 1}, // not in the file
		{"nobody", "x", 1, 1},   //
	} {
		line, column := positions.Find(c.node, c.field, -1)
		require.Equal(t, [2]int{c.line, c.column}, [2]int{line, column}, "%s.%s", c.node, c.field)
	}
}

func TestDraw(t *testing.T) {
	def, err := flowfile.Read([]byte(`{title: 'A "flow"', nodes: [{id: a, name: Start, trigger_manual: {}}, {id: w, wait: {duration: 1s}}, {id: c}],
		edges: [{from: a, to: w}, {from: w, port: timeout, to: c}]}`))
	require.NoError(t, err)
	require.Equal(t, `digraph "A \"flow\"" {
  rankdir=LR;
  node [shape=box];
  "a" [label="Start\nTRIGGER_MANUAL"];
  "w" [label="w\nWAIT"];
  "c" [label="c\n?"];
  "a" -> "w";
  "w" -> "c" [label="timeout"];
}
`, flowfile.Dot(def))
	require.Equal(t, "A \"flow\"\na  TRIGGER_MANUAL\n  out → w\n"+
		"w  WAIT\n  timeout → c\n"+
		"c  ?\n", flowfile.Outline(def))
}

// FuzzParse reads any bytes: it never panics, reports places inside the file, and what it took without complaint it can write and read
// again.
func FuzzParse(f *testing.F) {
	for _, file := range corpus(f) {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"title": "x", "nodes": [{"id": "a", "plugin": {"type": "t", "values": {"a": [1, null]}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		def, positions, diagnostics := flowfile.Parse(data)
		for _, d := range diagnostics {
			require.Positive(t, d.GetLine())
			require.Positive(t, d.GetColumn())
		}
		line, column := positions.Find("a", "text", 3)
		require.Positive(t, line*column)
		if len(diagnostics) > 0 {
			return
		}
		for _, write := range []func(*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout) ([]byte, error){flowfile.Write, flowfile.WriteJSON} {
			out, err := write(def, positions.Layout())
			require.NoError(t, err)
			again, _, diagnostics := flowfile.Parse(out)
			require.Empty(t, diagnostics, "%s", out)
			require.Empty(t, cmp.Diff(def, again, protocmp.Transform()), "%s", out)
		}
	})
}
