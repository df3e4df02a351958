package flowfile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Positions know where in a file the fields of a flow stand.
type Positions struct {
	lines  []string
	values map[string]*node // by the path from the definition, in the names of the protos
	keys   map[string]*node
	nodes  map[string]string // id of a node -> path of its config
	places map[string]string // id of a node -> its own path
	layout *flowdeskv1.FlowLayout
}

func newPositions(data string) *Positions {
	return &Positions{
		lines:  strings.Split(strings.TrimPrefix(data, "\ufeff"), "\n"),
		values: map[string]*node{}, keys: map[string]*node{}, nodes: map[string]string{}, places: map[string]string{},
	}
}

func (p *Positions) put(path string, n *node) { p.values[path] = n }
func (p *Positions) key(path string, n *node) { p.keys[path] = n }

// index learns the ids of the nodes. The later of two nodes with one id is the one that diagnostics mean.
func (p *Positions) index(def *flowdeskv1.FlowDefinition) {
	for i, n := range def.GetNodes() {
		place := fmt.Sprintf("nodes[%d]", i)
		m := n.ProtoReflect()
		arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config"))
		p.places[n.GetId()] = place
		if arm != nil {
			p.nodes[n.GetId()] = place + "." + string(arm.Name())
		} else {
			p.nodes[n.GetId()] = place
		}
	}
}

// Complete puts line and column into diagnostics that have none.
func (p *Positions) Complete(diagnostics []*flowdeskv1.Diagnostic) {
	for _, d := range diagnostics {
		if d.GetLine() == 0 {
			line, column := p.Find(d.GetNode(), d.GetField(), d.GetOffset())
			d.Line, d.Column = int32(line), int32(column)
		}
	}
}

// Find is the line and column, from 1, of a field of a node's config, or of the definition when node is empty. A field that is not in the
// file is found at what holds it. Offset, when it is not negative, is a position inside the field's text.
func (p *Positions) Find(node, field string, offset int32) (line, column int) {
	path := p.path(node, field)
	found, exact := p.values[path], true
	for found == nil && path != "" {
		exact = false
		path = parent(path)
		found = p.values[path]
	}
	if found == nil {
		return 1, 1
	}
	if key := p.keys[path]; key != nil && (found.kind == kindObject || found.kind == kindList) {
		found = key // an object is shown at its name
	}
	if exact && offset >= 0 {
		return p.inside(found, int(offset))
	}
	return found.line, found.column
}

// path is the path from the definition. Compilers name edges and ids with a node though they stand outside its config.
func (p *Positions) path(node, field string) string {
	if node == "" || strings.HasPrefix(field, "edges[") {
		return field
	}
	config, known := p.nodes[node]
	if !known {
		return field
	}
	if _, own := p.values[p.places[node]+"."+field]; own && field != "" && p.values[config+"."+field] == nil {
		return p.places[node] + "." + field
	}
	if field == "" {
		return config
	}
	return config + "." + field
}

func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

// inside is the place of a character of a text.
func (p *Positions) inside(n *node, offset int) (line, column int) {
	switch n.style {
	case stylePlain, styleQuoted:
		if n.line > len(p.lines) || strings.Contains(n.text, "\n") {
			return n.line, n.column
		}
		if n.style == styleQuoted {
			return n.line, n.column + 1 + escaped(p.lines[n.line-1], n.column, offset)
		}
		if n.column-1+utf8.RuneCountInString(n.text) > utf8.RuneCountInString(p.lines[n.line-1]) {
			return n.line, n.column // it goes on in the next line
		}
		return n.line, n.column + offset
	case styleBlock:
		return p.insideBlock(n, offset)
	default:
		return n.line, n.column
	}
}

// escaped is how many characters of the file the first characters of a quoted text take.
func escaped(line string, column, characters int) int {
	runes := []rune(line)
	quote := column - 1
	if quote >= len(runes) {
		return characters
	}
	mark, i := runes[quote], quote+1
	for ; characters > 0 && i < len(runes); characters-- {
		switch {
		case mark == '\'' && runes[i] == '\'':
			i += 2
		case mark == '"' && runes[i] == '\\' && i+1 < len(runes):
			i += 2 + hexDigits(runes[i+1])
		default:
			i++
		}
	}
	return i - quote - 1 + characters
}

// hexDigits are those that follow an escape's letter.
func hexDigits(letter rune) int {
	switch letter {
	case 'x':
		return 2
	case 'u':
		return 4
	case 'U':
		return 8
	default:
		return 0
	}
}

func (p *Positions) insideBlock(n *node, offset int) (line, column int) {
	row, rest := 0, offset
	for text := range strings.SplitSeq(n.text, "\n") {
		length := utf8.RuneCountInString(text)
		if rest <= length {
			break
		}
		rest -= length + 1
		row++
	}
	line = n.line + 1 + row
	if line > len(p.lines) {
		return n.line, n.column
	}
	indent := -1
	for i := n.line; i < len(p.lines) && indent < 0; i++ { // the first line with text decides
		if trimmed := strings.TrimLeft(p.lines[i], " "); strings.TrimSpace(trimmed) != "" {
			indent = len(p.lines[i]) - len(trimmed)
		}
	}
	return line, max(indent, 0) + rest + 1
}
