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
)

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
	want := words{"a whole number", "整数"}
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
		want = words{"a number", "数字"}
		if d, err = strconv.ParseFloat(n.text, 64); err == nil && (math.IsNaN(d) || math.IsInf(d, 0)) {
			err = errors.New("it is no finite number")
		}
		value = protoreflect.ValueOfFloat64(d)
	default:
		err = fmt.Errorf("fields of kind %s cannot be written in files", f.Kind())
	}
	if err != nil {
		r.report(CodeValue, n, path, subject(path), quoted(reason(err)), want)
		return none, false
	}
	return value, true
}

// wellKnown reads durations, times and free values by their JSON form.
func (r *reader) wellKnown(n *node, fresh protoreflect.Value, f protoreflect.FieldDescriptor, path string) (protoreflect.Value, bool) {
	d := f.Message()
	want := words{"a value of the JSON form of " + string(d.Name()), string(d.Name()) + " 的 JSON 形式的值"}
	switch d.FullName() {
	case "google.protobuf.Duration":
		want = words{"a length of time in seconds, such as 30s", "以秒为单位的时长，例如 30s"}
	case "google.protobuf.Timestamp":
		want = words{"a time, such as 2026-01-02T15:04:05Z", "时间，例如 2026-01-02T15:04:05Z"}
	}
	if f.IsMap() {
		r.report(CodeValue, n, path, subject(path), words{"maps cannot be written in files", "文件中不能写映射"}, want)
		return protoreflect.Value{}, false
	}
	data, err := json.Marshal(plainValue(n))
	if err == nil {
		err = protojson.Unmarshal(data, fresh.Message().Interface())
	}
	if err != nil {
		r.report(CodeValue, n, path, subject(path), quoted(reason(err)), want)
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
