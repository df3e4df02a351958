package flowfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Write is a definition as YAML in its canonical form: fields in the order and with the names of the protos, empty fields left out. The same
// definition gives the same bytes. A layout that is not empty follows it.
func Write(def *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout) ([]byte, error) {
	root, err := (&writer{name: func(f protoreflect.FieldDescriptor) string { return string(f.Name()) }}).file(def, layout)
	if err != nil {
		return nil, fmt.Errorf("write flow file: %w", err)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write flow file: %w", err)
	}
	return out.Bytes(), nil
}

// WriteJSON is Write as JSON, with the names that the API uses.
func WriteJSON(def *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout) ([]byte, error) {
	root, err := (&writer{name: protoreflect.FieldDescriptor.JSONName}).file(def, layout)
	if err != nil {
		return nil, fmt.Errorf("write flow file: %w", err)
	}
	var out bytes.Buffer
	writeJSON(&out, root, "")
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// writer makes the tree of a file; name is how fields are called in it.
type writer struct {
	name func(protoreflect.FieldDescriptor) string
}

func (w *writer) file(def *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout) (*yaml.Node, error) {
	root, err := w.object(def.ProtoReflect())
	if err != nil {
		return nil, err
	}
	return root, w.layout(root, layout)
}

// object is a message as a YAML mapping.
func (w *writer) object(m protoreflect.Message) (*yaml.Node, error) {
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) {
			continue
		}
		value, err := w.value(m.Get(f), f)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.JSONName(), err)
		}
		out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: w.name(f)}, value)
	}
	return out, nil
}

func (w *writer) value(v protoreflect.Value, f protoreflect.FieldDescriptor) (*yaml.Node, error) {
	if f.IsMap() {
		return nil, errors.New("maps cannot be written in files")
	}
	if !f.IsList() {
		return w.single(v, f)
	}
	out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for i := range v.List().Len() {
		item, err := w.single(v.List().Get(i), f)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, item)
	}
	return out, nil
}

func (w *writer) single(v protoreflect.Value, f protoreflect.FieldDescriptor) (*yaml.Node, error) {
	switch f.Kind() {
	case protoreflect.MessageKind:
		if f.Message().ParentFile().Package() == "flowdesk.v1" {
			return w.object(v.Message())
		}
		return wellKnownNode(v.Message())
	case protoreflect.StringKind:
		return textNode(v.String()), nil
	case protoreflect.BoolKind:
		return plainNode("!!bool", strconv.FormatBool(v.Bool())), nil
	case protoreflect.EnumKind:
		if value := f.Enum().Values().ByNumber(v.Enum()); value != nil {
			return textNode(string(value.Name())), nil
		}
		return nil, fmt.Errorf("%s has no value %d", f.Enum().Name(), v.Enum())
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return plainNode("!!int", strconv.FormatInt(v.Int(), 10)), nil
	case protoreflect.DoubleKind:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			return nil, errors.New("it is no finite number")
		}
		return numberNode(v.Float()), nil
	default:
		return nil, fmt.Errorf("fields of kind %s cannot be written in files", f.Kind())
	}
}

func plainNode(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

func numberNode(f float64) *yaml.Node {
	data, err := json.Marshal(f)
	if err != nil {
		return plainNode("!!float", "0")
	}
	tag := "!!float"
	if !strings.ContainsAny(string(data), ".e") {
		tag = "!!int"
	}
	return plainNode(tag, string(data))
}

// textNode chooses the style that reads back as the same text: several lines as a block, anything that YAML would read as something else
// in quotes.
func textNode(text string) *yaml.Node {
	n := plainNode("!!str", text)
	switch {
	case strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	}):
		n.Style = yaml.DoubleQuotedStyle
	case strings.Contains(text, "\n"):
		n.Style = yaml.LiteralStyle
		if strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\n") || strings.Contains(text, " \n") {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

// wellKnownNode writes a message of protobuf's own by its JSON form.
func wellKnownNode(m protoreflect.Message) (*yaml.Node, error) {
	data, err := protojson.Marshal(m.Interface())
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", m.Descriptor().Name(), err)
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("write %s: %w", m.Descriptor().Name(), err)
	}
	return anyNode(value), nil
}

func anyNode(value any) *yaml.Node {
	switch v := value.(type) {
	case bool:
		return plainNode("!!bool", strconv.FormatBool(v))
	case float64:
		return numberNode(v)
	case string:
		return textNode(v)
	case []any:
		out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			out.Content = append(out.Content, anyNode(item))
		}
		return out
	case map[string]any:
		out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, key := range sortedKeys(v) {
			out.Content = append(out.Content, textNode(key), anyNode(v[key]))
		}
		return out
	default:
		return plainNode("!!null", "null")
	}
}

// writeJSON writes a tree as JSON, two spaces a level.
func writeJSON(out *bytes.Buffer, n *yaml.Node, indent string) {
	open, closing := "[", "]"
	if n.Kind == yaml.MappingNode {
		open, closing = "{", "}"
	}
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		out.WriteString(quoteJSON(n.Value))
	case n.Kind == yaml.ScalarNode:
		out.WriteString(n.Value)
	case len(n.Content) == 0:
		out.WriteString(open + closing)
	default:
		out.WriteString(open)
		step := 1
		if n.Kind == yaml.MappingNode {
			step = 2
		}
		for i := 0; i < len(n.Content); i += step {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString("\n" + indent + "  ")
			if step == 2 {
				out.WriteString(quoteJSON(n.Content[i].Value) + ": ")
			}
			writeJSON(out, n.Content[i+step-1], indent+"  ")
		}
		out.WriteString("\n" + indent + closing)
	}
}

func quoteJSON(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
