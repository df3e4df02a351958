package engine

import (
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const durationName protoreflect.FullName = "google.protobuf.Duration"

// kindOf is the kind of a node by the arm of its config, empty when it has none.
func kindOf(node *flowdeskv1.Node) Kind {
	m := node.ProtoReflect()
	arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config"))
	if arm == nil {
		return ""
	}
	return KindOf(arm)
}

// configOf is a copy of a node's config with defaults filled in.
func (t *NodeType) configOf(node *flowdeskv1.Node) proto.Message {
	config := proto.Clone(node.ProtoReflect().Get(t.Arm).Message().Interface())
	walkMessages(config, func(m protoreflect.Message, _ string) { fillDefaults(m) })
	return config
}

// fillDefaults sets the unset fields of one message that have a default. A field that names a setting stays unset: the run takes the
// organisation's value. Members of a oneof have no defaults: setting one would choose it.
func fillDefaults(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		spec := FieldSpec(f)
		if spec.GetDefaultValue() == "" || spec.GetSetting() != "" || m.Has(f) {
			continue
		}
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			continue
		}
		if err := setDefault(m, f, spec.GetDefaultValue()); err != nil {
			panic(fmt.Sprintf("default of %s: %v", f.FullName(), err)) //nolint:forbidigo // a fault of the descriptor; TestDefaults reads them all
		}
	}
}

func setDefault(m protoreflect.Message, f protoreflect.FieldDescriptor, text string) error {
	if f.IsList() || f.IsMap() || f.Message() != nil && f.Message().FullName() != durationName {
		// JSON for one field is the JSON of a message with only that field.
		only := m.New().Interface()
		if err := protojson.Unmarshal([]byte(fmt.Sprintf("{%q:%s}", f.JSONName(), text)), only); err != nil {
			return err //nolint:wrapcheck // the caller names the field
		}
		m.Set(f, only.ProtoReflect().Get(f))
		return nil
	}
	value, err := scalar(f, text)
	if err == nil {
		m.Set(f, value)
	}
	return err
}

// scalar reads the plain text of a scalar, an enum or a duration.
func scalar(f protoreflect.FieldDescriptor, text string) (protoreflect.Value, error) {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), nil
	case protoreflect.BoolKind:
		b, err := strconv.ParseBool(text)
		return protoreflect.ValueOfBool(b), err
	case protoreflect.Int32Kind:
		n, err := strconv.ParseInt(text, 10, 32)
		return protoreflect.ValueOfInt32(int32(n)), err
	case protoreflect.Int64Kind:
		n, err := strconv.ParseInt(text, 10, 64)
		return protoreflect.ValueOfInt64(n), err
	case protoreflect.DoubleKind:
		d, err := strconv.ParseFloat(text, 64)
		return protoreflect.ValueOfFloat64(d), err
	case protoreflect.EnumKind:
		value := f.Enum().Values().ByName(protoreflect.Name(text))
		if value == nil {
			return protoreflect.Value{}, fmt.Errorf("%s has no value %s", f.Enum().Name(), text)
		}
		return protoreflect.ValueOfEnum(value.Number()), nil
	case protoreflect.MessageKind:
		d, err := time.ParseDuration(text)
		return protoreflect.ValueOfMessage(durationpb.New(d).ProtoReflect()), err
	default:
		return protoreflect.Value{}, fmt.Errorf("a default of kind %s cannot be read", f.Kind())
	}
}
