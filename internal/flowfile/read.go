package flowfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Read reads a flow from a file. The error lists everything that is wrong, with line and column.
func Read(data []byte) (*flowdeskv1.FlowDefinition, error) {
	def, _, diagnostics := Parse(data)
	if len(diagnostics) == 0 {
		return def, nil
	}
	all := make([]error, 0, len(diagnostics))
	for _, d := range diagnostics {
		all = append(all, fmt.Errorf("line %d:%d: %s", d.GetLine(), d.GetColumn(), d.GetMessage()))
	}
	return nil, fmt.Errorf("read flow file: %w", errors.Join(all...))
}

// Parse reads a flow from a file and keeps the place of every field. It reports everything that is wrong; what could be read is in the
// definition even so. The definition is never nil.
func Parse(data []byte) (*flowdeskv1.FlowDefinition, *Positions, []*flowdeskv1.Diagnostic) {
	def := &flowdeskv1.FlowDefinition{}
	r := &reader{positions: newPositions(string(data))}
	root, err := parse(data)
	if err != nil {
		var f *fault
		if errors.As(err, &f) {
			r.report(f.code, f.at, "", f.reason)
		} else {
			r.report(CodeSyntax, &node{line: 1, column: 1}, "", err.Error())
		}
		return def, r.positions, r.diagnostics
	}
	r.message(root, def.ProtoReflect(), "")
	r.positions.index(def)
	return def, r.positions, r.diagnostics
}

type reader struct {
	positions   *Positions
	diagnostics []*flowdeskv1.Diagnostic
}

// message reads an object into a message.
func (r *reader) message(n *node, m protoreflect.Message, path string) {
	r.positions.put(path, n)
	if n.kind == kindNull && path != "" {
		return
	}
	if n.kind != kindObject {
		r.report(CodeType, n, path, subject(path), kindObject.named(), n.kind.named())
		return
	}
	given := map[protoreflect.FullName]bool{}
	for i, key := range n.keys {
		f := field(m.Descriptor(), key)
		if f == nil {
			r.report(CodeUnknownField, key, join(path, key.text), key.text, fieldNames(m.Descriptor()))
			continue
		}
		here := join(path, string(f.Name()))
		if given[f.FullName()] {
			r.report(CodeDuplicate, key, here, key.text)
			continue
		}
		given[f.FullName()] = true
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			if other := m.WhichOneof(o); other != nil {
				r.report(CodeOneof, key, here, other.JSONName(), f.JSONName())
				continue
			}
		}
		r.positions.put(here, n.values[i])
		r.positions.key(here, key)
		r.field(n.values[i], m, f, here)
	}
}

// field finds a field by its JSON name or its name in the proto.
func field(d protoreflect.MessageDescriptor, key *node) protoreflect.FieldDescriptor {
	if key.kind == kindList || key.kind == kindObject {
		return nil
	}
	if f := d.Fields().ByJSONName(key.text); f != nil {
		return f
	}
	return d.Fields().ByName(protoreflect.Name(key.text))
}

func fieldNames(d protoreflect.MessageDescriptor) string {
	names := make([]string, 0, d.Fields().Len())
	for i := range d.Fields().Len() {
		names = append(names, d.Fields().Get(i).JSONName())
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (r *reader) field(n *node, m protoreflect.Message, f protoreflect.FieldDescriptor, path string) {
	if n.kind == kindNull { // as if it were not there, as in JSON
		return
	}
	if !f.IsList() {
		if value, ok := r.value(n, m.NewField(f), f, path); ok {
			m.Set(f, value)
		}
		return
	}
	if n.kind != kindList {
		r.report(CodeType, n, path, subject(path), kindList.named(), n.kind.named())
		return
	}
	list := m.NewField(f).List()
	for i, item := range n.items {
		here := fmt.Sprintf("%s[%d]", path, i)
		r.positions.put(here, item)
		var fresh protoreflect.Value
		if f.Message() != nil {
			fresh = list.NewElement()
		}
		value, ok := r.value(item, fresh, f, here)
		if !ok && f.Message() == nil {
			continue
		}
		if !ok {
			value = fresh
		}
		list.Append(value)
	}
	m.Set(f, protoreflect.ValueOfList(list))
}

// value reads one value of a field. Fresh is a new message for fields that hold one.
func (r *reader) value(n *node, fresh protoreflect.Value, f protoreflect.FieldDescriptor, path string) (protoreflect.Value, bool) {
	if d := f.Message(); d != nil {
		if f.IsMap() || d.ParentFile().Package() != "flowdesk.v1" {
			return r.wellKnown(n, fresh, f, path)
		}
		r.message(n, fresh.Message(), path)
		return fresh, true
	}
	switch f.Kind() {
	case protoreflect.StringKind:
		if n.kind == kindText || n.plain && n.kind != kindList && n.kind != kindObject {
			return protoreflect.ValueOfString(n.text), true
		}
		r.report(CodeType, n, path, subject(path), kindText.named(), n.kind.named())
	case protoreflect.BoolKind:
		if n.kind == kindBool {
			if b, err := strconv.ParseBool(strings.ToLower(n.text)); err == nil {
				return protoreflect.ValueOfBool(b), true
			}
		}
		r.report(CodeType, n, path, subject(path), kindBool.named(), n.kind.named())
	case protoreflect.EnumKind:
		return r.enum(n, f.Enum(), path)
	default:
		return r.number(n, f, path)
	}
	return protoreflect.Value{}, false
}

func (r *reader) enum(n *node, d protoreflect.EnumDescriptor, path string) (protoreflect.Value, bool) {
	switch n.kind {
	case kindText:
		if v := d.Values().ByName(protoreflect.Name(n.text)); v != nil {
			return protoreflect.ValueOfEnum(v.Number()), true
		}
	case kindNumber:
		if i, err := strconv.ParseInt(n.text, 10, 32); err == nil && d.Values().ByNumber(protoreflect.EnumNumber(i)) != nil {
			return protoreflect.ValueOfEnum(protoreflect.EnumNumber(i)), true
		}
	default:
		r.report(CodeType, n, path, subject(path), words{"a value of " + string(d.Name()), string(d.Name()) + " 的值"}, n.kind.named())
		return protoreflect.Value{}, false
	}
	names := make([]string, 0, d.Values().Len())
	for i := range d.Values().Len() {
		if v := d.Values().Get(i); v.Number() != 0 {
			names = append(names, string(v.Name()))
		}
	}
	r.report(CodeEnum, n, path, d.Name(), n.text, strings.Join(names, ", "))
	return protoreflect.Value{}, false
}

func (r *reader) number(n *node, f protoreflect.FieldDescriptor, path string) (protoreflect.Value, bool) {
	none := protoreflect.Value{}
	if n.kind != kindNumber && n.kind != kindText {
		r.report(CodeType, n, path, subject(path), kindNumber.named(), n.kind.named())
		return none, false
	}
	var value protoreflect.Value
	var err error
	want := "a whole number"
	switch f.Kind() {
	case protoreflect.Int32Kind:
		var i int64
		i, err = strconv.ParseInt(n.text, 10, 32)
		value = protoreflect.ValueOfInt32(int32(i))
	case protoreflect.Int64Kind:
		var i int64
		i, err = strconv.ParseInt(n.text, 10, 64)
		value = protoreflect.ValueOfInt64(i)
	case protoreflect.DoubleKind:
		var d float64
		want = "a number"
		if d, err = strconv.ParseFloat(n.text, 64); err == nil && (math.IsNaN(d) || math.IsInf(d, 0)) {
			err = errors.New("it is no finite number")
		}
		value = protoreflect.ValueOfFloat64(d)
	default:
		err = fmt.Errorf("fields of kind %s cannot be written in files", f.Kind())
	}
	if err != nil {
		r.report(CodeValue, n, path, subject(path), reason(err), want)
		return none, false
	}
	return value, true
}

// wellKnown reads durations, times and free values by their JSON form.
func (r *reader) wellKnown(n *node, fresh protoreflect.Value, f protoreflect.FieldDescriptor, path string) (protoreflect.Value, bool) {
	d := f.Message()
	want := "a value of the JSON form of " + string(d.Name())
	switch d.FullName() {
	case "google.protobuf.Duration":
		want = "a length of time in seconds, such as 30s"
	case "google.protobuf.Timestamp":
		want = "a time, such as 2026-01-02T15:04:05Z"
	}
	if f.IsMap() {
		r.report(CodeValue, n, path, subject(path), "maps cannot be written in files", want)
		return protoreflect.Value{}, false
	}
	data, err := json.Marshal(plainValue(n))
	if err == nil {
		err = protojson.Unmarshal(data, fresh.Message().Interface())
	}
	if err != nil {
		r.report(CodeValue, n, path, subject(path), reason(err), want)
		return protoreflect.Value{}, false
	}
	return fresh, true
}

// reason is an error without the prefix of its library, whose spaces differ from build to build on purpose.
func reason(err error) string {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	text = strings.TrimPrefix(text, "proto: ")
	if i := strings.Index(text, "): "); strings.HasPrefix(text, "(line ") && i > 0 {
		text = text[i+3:]
	}
	var syntax *strconv.NumError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("%q: %v", syntax.Num, syntax.Err)
	}
	return text
}

// plainValue is a value as encoding/json writes it.
func plainValue(n *node) any {
	switch n.kind {
	case kindNull:
		return nil
	case kindBool:
		return strings.EqualFold(n.text, "true")
	case kindNumber:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		return n.text
	case kindList:
		list := make([]any, 0, len(n.items))
		for _, item := range n.items {
			list = append(list, plainValue(item))
		}
		return list
	case kindObject:
		object := make(map[string]any, len(n.keys))
		for i, key := range n.keys {
			object[key.text] = plainValue(n.values[i])
		}
		return object
	default:
		return n.text
	}
}

func subject(path string) words {
	if path == "" {
		return words{"a flow", "流程"}
	}
	return words{path, path}
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}
