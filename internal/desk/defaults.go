package desk

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// DefaultError says which field has a default that cannot be applied.
type DefaultError struct {
	// Field is the full name of the field.
	Field string
	// Err is what is wrong with its default.
	Err error
}

// Error names the field.
func (e *DefaultError) Error() string { return fmt.Sprintf("default of %s: %v", e.Field, e.Err) }

// Unwrap gives what is wrong.
func (e *DefaultError) Unwrap() error { return e.Err }

//nolint:gochecknoglobals // computed once from the descriptor and never changed
var defaultSettings = sync.OnceValues(func() (*flowdeskv1.Settings, error) {
	s := &flowdeskv1.Settings{}
	return s, ApplyDefaults(s)
})

// DefaultSettings are the settings of an organisation that has set nothing. The caller owns the copy.
func DefaultSettings() *flowdeskv1.Settings {
	s, _ := defaultSettings() // that every default applies is proven by a test
	return proto.CloneOf(s)
}

// FillSettings gives a copy in which every unset field has its default. Nil gives DefaultSettings.
func FillSettings(s *flowdeskv1.Settings) *flowdeskv1.Settings {
	if s == nil {
		return DefaultSettings()
	}
	out := proto.CloneOf(s)
	_ = ApplyDefaults(out) // as above: a default that fails is a failing test
	return out
}

// ApplyDefaults fills every unset field of the message, and of the messages in it, that has a default in its options. A field that is set is
// never touched; neither is one that names a setting, because the setting wins over the default: Effective fills those. Members of a oneof
// have no defaults. The error is a *DefaultError.
func ApplyDefaults(msg proto.Message) error {
	return fill(msg.ProtoReflect(), nil)
}

// Effective gives a copy of a node's config as it applies under the settings: an unset field takes the setting that it names, else its
// default. The settings must have been filled.
func Effective[M proto.Message](cfg M, settings *flowdeskv1.Settings) (M, error) {
	out := proto.CloneOf(cfg)
	return out, fill(out.ProtoReflect(), settings.ProtoReflect())
}

// fill applies defaults, and settings where they are given.
func fill(m, settings protoreflect.Message) error {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.Has(fd) {
			if err := fillField(m, fd, settings); err != nil {
				return err
			}
		}
		if err := fillInside(m, fd, settings); err != nil {
			return err
		}
	}
	return nil
}

// fillField sets one unset field.
func fillField(m protoreflect.Message, fd protoreflect.FieldDescriptor, settings protoreflect.Message) error {
	spec := FieldSpec(fd)
	if spec == nil || inOneof(fd) {
		return nil
	}
	if name := spec.GetSetting(); name != "" {
		if settings == nil {
			return nil
		}
		done, err := takeSetting(m, fd, settings, protoreflect.Name(name))
		if err != nil {
			return &DefaultError{Field: string(fd.FullName()), Err: err}
		}
		if done {
			return nil
		}
	}
	if spec.GetDefaultValue() == "" {
		return nil
	}
	if err := setDefault(m, fd, spec.GetDefaultValue()); err != nil {
		return &DefaultError{Field: string(fd.FullName()), Err: err}
	}
	return nil
}

// takeSetting copies a setting of the same type; it reports whether the setting is set.
func takeSetting(m protoreflect.Message, fd protoreflect.FieldDescriptor, settings protoreflect.Message, name protoreflect.Name) (bool, error) {
	from := settings.Descriptor().Fields().ByName(name)
	if from == nil {
		return false, fmt.Errorf("there is no setting %s", name)
	}
	if from.Kind() != fd.Kind() || from.Cardinality() != fd.Cardinality() && (from.IsList() || fd.IsList()) || from.Message() != fd.Message() || from.Enum() != fd.Enum() {
		return false, fmt.Errorf("setting %s is of another type", name)
	}
	if !settings.Has(from) {
		return false, nil
	}
	value := settings.Get(from)
	switch {
	case fd.IsList():
		list, src := m.Mutable(fd).List(), value.List()
		for i := range src.Len() {
			list.Append(cloneValue(fd, src.Get(i)))
		}
	default:
		m.Set(fd, cloneValue(fd, value))
	}
	return true, nil
}

func cloneValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) protoreflect.Value {
	if fd.Message() == nil {
		return v
	}
	return protoreflect.ValueOfMessage(proto.Clone(v.Message().Interface()).ProtoReflect())
}

// fillInside goes into the messages of a set field.
func fillInside(m protoreflect.Message, fd protoreflect.FieldDescriptor, settings protoreflect.Message) error {
	if !m.Has(fd) {
		return nil
	}
	switch {
	case fd.IsMap():
		if fd.MapValue().Message() == nil {
			return nil
		}
		var err error
		m.Get(fd).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
			err = fill(v.Message(), settings)
			return err == nil
		})
		return err
	case fd.Message() == nil || wellKnown(fd.Message()):
		return nil
	case fd.IsList():
		list := m.Get(fd).List()
		for i := range list.Len() {
			if err := fill(list.Get(i).Message(), settings); err != nil {
				return err
			}
		}
		return nil
	default:
		return fill(m.Get(fd).Message(), settings)
	}
}

// setDefault parses a default: plain text for scalars, enums, durations and times, JSON for everything else.
func setDefault(m protoreflect.Message, fd protoreflect.FieldDescriptor, text string) error {
	if !fd.IsList() && !fd.IsMap() {
		v, plain, err := plainValue(fd, text)
		if err != nil {
			return err
		}
		if plain {
			m.Set(fd, v)
			return nil
		}
	}
	if !json.Valid([]byte(text)) {
		return fmt.Errorf("%q is not JSON", text)
	}
	parsed := m.New()
	if err := protojson.Unmarshal([]byte(`{"`+fd.JSONName()+`":`+text+`}`), parsed.Interface()); err != nil {
		return err
	}
	if parsed.Has(fd) {
		m.Set(fd, parsed.Get(fd))
	}
	return nil
}

// plainValue parses the text of a single scalar, enum, duration or time; it reports false for other types.
func plainValue(fd protoreflect.FieldDescriptor, text string) (v protoreflect.Value, plain bool, err error) {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), true, nil
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(text)), true, nil
	case protoreflect.BoolKind:
		b, err := strconv.ParseBool(text)
		return protoreflect.ValueOfBool(b), true, err
	case protoreflect.EnumKind:
		value := fd.Enum().Values().ByName(protoreflect.Name(text))
		if value == nil {
			return v, true, fmt.Errorf("%s has no value %s", fd.Enum().FullName(), text)
		}
		return protoreflect.ValueOfEnum(value.Number()), true, nil
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		n, err := strconv.ParseInt(text, 10, 32)
		return protoreflect.ValueOfInt32(int32(n)), true, err
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		n, err := strconv.ParseInt(text, 10, 64)
		return protoreflect.ValueOfInt64(n), true, err
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		n, err := strconv.ParseUint(text, 10, 32)
		return protoreflect.ValueOfUint32(uint32(n)), true, err
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, err := strconv.ParseUint(text, 10, 64)
		return protoreflect.ValueOfUint64(n), true, err
	case protoreflect.FloatKind:
		f, err := strconv.ParseFloat(text, 32)
		return protoreflect.ValueOfFloat32(float32(f)), true, err
	case protoreflect.DoubleKind:
		f, err := strconv.ParseFloat(text, 64)
		return protoreflect.ValueOfFloat64(f), true, err
	case protoreflect.MessageKind, protoreflect.GroupKind:
	}
	switch fd.Message().FullName() {
	case "google.protobuf.Duration":
		d, err := time.ParseDuration(text)
		return protoreflect.ValueOfMessage(durationpb.New(d).ProtoReflect()), true, err
	case "google.protobuf.Timestamp":
		t, err := time.Parse(time.RFC3339Nano, text)
		return protoreflect.ValueOfMessage(timestamppb.New(t).ProtoReflect()), true, err
	}
	return v, false, nil
}

// inOneof reports whether the field is a member of a real oneof; an optional field is not.
func inOneof(fd protoreflect.FieldDescriptor) bool {
	o := fd.ContainingOneof()
	return o != nil && !o.IsSynthetic()
}

func wellKnown(md protoreflect.MessageDescriptor) bool {
	return md.ParentFile().Package() == "google.protobuf"
}
