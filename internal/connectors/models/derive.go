package models

import (
	"math"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// deriver collects the definitions of the messages that a schema refers to.
type deriver struct {
	defs      map[string]any
	recursive bool
}

// message returns the schema of a message and keeps it as a definition.
func (d *deriver) message(m protoreflect.MessageDescriptor) map[string]any {
	name := string(m.FullName())
	if known, ok := d.defs[name].(map[string]any); ok {
		d.recursive = true
		return known
	}
	out := map[string]any{"type": "object", "additionalProperties": false}
	d.defs[name] = out
	properties, required := map[string]any{}, []string{}
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		properties[f.JSONName()] = d.field(f)
		// A message field has presence without saying so, but leaving it out is hardly meant; in a recursion it must end.
		if f.ContainingOneof() == nil && !f.HasOptionalKeyword() && (f.Kind() != protoreflect.MessageKind || f.Cardinality() == protoreflect.Repeated || !d.reaches(f.Message(), m, 0)) {
			required = append(required, f.JSONName())
		}
	}
	out["properties"], out["required"] = properties, required
	return out
}

// reaches reports whether a message of type from can hold one of type to.
func (d *deriver) reaches(from, to protoreflect.MessageDescriptor, depth int) bool {
	if from.FullName() == to.FullName() || depth > 16 {
		return true
	}
	if _, known := wellKnown(from); known {
		return false
	}
	for i := range from.Fields().Len() {
		if f := from.Fields().Get(i); f.Message() != nil && !f.IsMap() && d.reaches(f.Message(), to, depth+1) {
			return true
		}
	}
	return false
}

func (d *deriver) field(f protoreflect.FieldDescriptor) map[string]any {
	switch {
	case f.IsMap():
		return map[string]any{"type": "object", "additionalProperties": d.value(f.MapValue())}
	case f.IsList():
		return map[string]any{"type": "array", "items": d.value(f)}
	default:
		return d.value(f)
	}
}

func (d *deriver) value(f protoreflect.FieldDescriptor) map[string]any {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return map[string]any{"type": "boolean"}
	case protoreflect.StringKind:
		return map[string]any{"type": "string"}
	case protoreflect.BytesKind:
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return map[string]any{"type": "number"}
	case protoreflect.EnumKind:
		return map[string]any{"type": "string", "enum": choices(f.Enum())}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return map[string]any{"type": "integer", "minimum": math.MinInt32, "maximum": math.MaxInt32}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return map[string]any{"type": "integer", "minimum": 0, "maximum": math.MaxUint32}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return map[string]any{"type": "integer", "minimum": 0}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return map[string]any{"type": "integer"}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if schema, ok := wellKnown(f.Message()); ok {
			return schema
		}
		d.message(f.Message())
		return map[string]any{"$ref": "#/$defs/" + string(f.Message().FullName())}
	default:
		return map[string]any{}
	}
}

func choices(e protoreflect.EnumDescriptor) []string {
	var out []string
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		if v.Number() == 0 && strings.HasSuffix(string(v.Name()), "_UNSPECIFIED") {
			continue
		}
		out = append(out, string(v.Name()))
	}
	return out
}

// wellKnown gives the messages whose JSON form is their own.
func wellKnown(m protoreflect.MessageDescriptor) (map[string]any, bool) {
	switch m.FullName() {
	case "google.protobuf.Timestamp":
		return map[string]any{"type": "string", "format": "date-time"}, true
	case "google.protobuf.Duration":
		return map[string]any{"type": "string", "pattern": `^-?[0-9]+(\.[0-9]{1,9})?s$`}, true
	case "google.protobuf.FieldMask", "google.protobuf.StringValue", "google.protobuf.BytesValue":
		return map[string]any{"type": "string"}, true
	case "google.protobuf.BoolValue":
		return map[string]any{"type": "boolean"}, true
	case "google.protobuf.DoubleValue", "google.protobuf.FloatValue":
		return map[string]any{"type": "number"}, true
	case "google.protobuf.Int32Value", "google.protobuf.Int64Value", "google.protobuf.UInt32Value", "google.protobuf.UInt64Value":
		return map[string]any{"type": "integer"}, true
	case "google.protobuf.Struct", "google.protobuf.Empty", "google.protobuf.Any":
		return map[string]any{"type": "object"}, true
	case "google.protobuf.ListValue":
		return map[string]any{"type": "array"}, true
	case "google.protobuf.Value":
		return map[string]any{}, true
	default:
		return nil, false
	}
}
