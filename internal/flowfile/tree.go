package flowfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of a file.
const (
	MaxSize        = 1 << 20
	maxDepth       = 100
	maxNodes       = 200_000 // values, aliases expanded
	maxDiagnostics = 200
)

type kind int

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindText
	kindList
	kindObject
)

// named is what the kind is called.
func (k kind) named() words {
	return [...]words{{"nothing", "空"}, {"true or false", "true 或 false"}, {"a number", "数字"}, {"a text", "文本"}, {"a list", "列表"}, {"an object", "对象"}}[k]
}

// style is how a text stands in the file; it says where its characters are.
type style int

const (
	stylePlain  style = iota // the characters themselves, on one line
	styleQuoted              // after a quotation mark, on one line
	styleBlock               // line by line below a |
	styleOther               // only the beginning is known
)

// node is one value of a file, whether YAML or JSON.
type node struct {
	kind   kind
	text   string // of scalars
	plain  bool   // a YAML scalar without quotes: its text may serve as a text, whatever it looks like
	style  style
	line   int
	column int
	items  []*node // of lists
	keys   []*node // of objects, in their order
	values []*node
}

// fault is an error of the text with its place.
type fault struct {
	code   string
	at     *node
	reason words
}

func (f *fault) Error() string { return f.reason.en }

// jsonForm is how JSON begins; a flow mapping of YAML has keys without quotes.
var jsonForm = regexp.MustCompile(`^\s*\{\s*["}]`)

// parse reads a file: JSON when it looks like it, else YAML.
func parse(data []byte) (*node, error) {
	start := &node{line: 1, column: 1}
	if len(data) > MaxSize {
		return nil, &fault{CodeTooLarge, start, words{fmt.Sprintf("more than %d bytes", MaxSize), fmt.Sprintf("超过 %d 字节", MaxSize)}}
	}
	if !utf8.Valid(data) {
		return nil, &fault{CodeSyntax, start, words{"it is not UTF-8", "不是 UTF-8 文本"}}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if jsonForm.Match(data) {
		return parseJSON(data)
	}
	return parseYAML(data)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line \d+: )?(.*)$`)

func parseYAML(data []byte) (*node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &fault{CodeSyntax, &node{line: 1, column: 1}, words{"it is empty", "内容为空"}}
	case err != nil:
		reason := err.Error()
		if m := yamlLine.FindStringSubmatch(reason); m != nil {
			reason = m[1]
		}
		return nil, &fault{CodeSyntax, brokenAt(data, err.Error()), quoted(reason)}
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, &fault{CodeSyntax, &node{line: max(1, second.Line), column: 1}, words{"it holds more than one document", "包含多个文档"}}
	}
	c := &converter{}
	return c.convert(document.Content[0], 0)
}

// converter turns YAML nodes into ours and bounds what aliases can do.
type converter struct{ nodes int }

func (c *converter) convert(y *yaml.Node, depth int) (*node, error) {
	n := &node{line: max(1, y.Line), column: max(1, y.Column)}
	if c.nodes++; c.nodes > maxNodes {
		return nil, &fault{CodeTooLarge, n, words{fmt.Sprintf("more than %d values", maxNodes), fmt.Sprintf("超过 %d 个值", maxNodes)}}
	}
	if depth > maxDepth {
		return nil, &fault{CodeTooLarge, n, words{fmt.Sprintf("nested deeper than %d", maxDepth), fmt.Sprintf("嵌套超过 %d 层", maxDepth)}}
	}
	switch y.Kind {
	case yaml.AliasNode:
		return c.convert(y.Alias, depth+1)
	case yaml.SequenceNode:
		n.kind = kindList
		for _, item := range y.Content {
			converted, err := c.convert(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, converted)
		}
	case yaml.MappingNode:
		n.kind = kindObject
		for i := 0; i+1 < len(y.Content); i += 2 {
			key, err := c.convert(y.Content[i], depth+1)
			if err != nil {
				return nil, err
			}
			value, err := c.convert(y.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			n.keys, n.values = append(n.keys, key), append(n.values, value)
		}
	default:
		scalar(n, y)
	}
	return n, nil
}

func scalar(n *node, y *yaml.Node) {
	n.text = y.Value
	switch y.Tag {
	case "!!null":
		n.kind = kindNull
	case "!!bool":
		n.kind = kindBool
	case "!!int", "!!float":
		n.kind = kindNumber
	default:
		n.kind = kindText
	}
	switch {
	case y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		n.style = styleQuoted
	case y.Style&yaml.LiteralStyle != 0:
		n.style = styleBlock
	case y.Style&yaml.FoldedStyle != 0:
		n.style = styleOther
	default:
		n.plain = true
	}
}

// parseJSON reads JSON with the place of every value; encoding/json forgets them.
func parseJSON(data []byte) (*node, error) {
	p := &jsonParser{data: data, decoder: json.NewDecoder(bytes.NewReader(data))}
	p.decoder.UseNumber()
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	end := p.place()
	if _, err := p.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &fault{CodeSyntax, end, words{"something follows the value", "值后面还有内容"}}
	}
	return n, nil
}

type jsonParser struct {
	data    []byte
	decoder *json.Decoder
	nodes   int
}

// place is where the next value or key begins.
func (p *jsonParser) place() *node {
	at := int(p.decoder.InputOffset())
	for at < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[at]) >= 0 {
		at++
	}
	before := p.data[:at]
	line := bytes.Count(before, []byte("\n"))
	return &node{line: line + 1, column: utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1}
}

func (p *jsonParser) wrap(err error) error {
	at := p.place()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &fault{CodeSyntax, at, quoted(strings.TrimPrefix(err.Error(), "json: "))}
	}
	return &fault{CodeSyntax, at, quoted(err.Error())}
}

func (p *jsonParser) value(depth int) (*node, error) {
	n := p.place()
	if p.nodes++; p.nodes > maxNodes {
		return nil, &fault{CodeTooLarge, n, words{fmt.Sprintf("more than %d values", maxNodes), fmt.Sprintf("超过 %d 个值", maxNodes)}}
	}
	if depth > maxDepth {
		return nil, &fault{CodeTooLarge, n, words{fmt.Sprintf("nested deeper than %d", maxDepth), fmt.Sprintf("嵌套超过 %d 层", maxDepth)}}
	}
	token, err := p.decoder.Token()
	if err != nil {
		return nil, p.wrap(err)
	}
	switch t := token.(type) {
	case nil:
		n.kind = kindNull
	case bool:
		n.kind, n.text = kindBool, strconv.FormatBool(t)
	case json.Number:
		n.kind, n.text = kindNumber, t.String()
	case string:
		n.kind, n.text, n.style = kindText, t, styleQuoted
	case json.Delim:
		return n, p.members(n, t, depth)
	}
	return n, nil
}

func (p *jsonParser) members(n *node, open json.Delim, depth int) error {
	n.kind = kindList
	if open == '{' {
		n.kind = kindObject
	}
	for p.decoder.More() {
		if n.kind == kindObject {
			key, err := p.value(depth + 1)
			if err != nil {
				return err
			}
			n.keys = append(n.keys, key)
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		if n.kind == kindObject {
			n.values = append(n.values, value)
		} else {
			n.items = append(n.items, value)
		}
	}
	if _, err := p.decoder.Token(); err != nil {
		return p.wrap(err)
	}
	return nil
}
