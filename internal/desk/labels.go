package desk

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// FieldSpec gives the options of a config field, nil when it has none.
func FieldSpec(fd protoreflect.FieldDescriptor) *flowdeskv1.FieldSpec {
	opts := fd.Options()
	if opts == nil || !proto.HasExtension(opts, flowdeskv1.E_Field) {
		return nil
	}
	spec, _ := proto.GetExtension(opts, flowdeskv1.E_Field).(*flowdeskv1.FieldSpec)
	return spec
}

// Label gives the text of an enum value in both languages: 严重 and Critical for ALERT_LEVEL_CRITICAL. A value without a label gives its name
// in both.
func Label(value protoreflect.Enum) *flowdeskv1.Text {
	vd := value.Descriptor().Values().ByNumber(value.Number())
	if vd == nil {
		return &flowdeskv1.Text{}
	}
	if opts := vd.Options(); opts != nil && proto.HasExtension(opts, flowdeskv1.E_Value) {
		if text, ok := proto.GetExtension(opts, flowdeskv1.E_Value).(*flowdeskv1.Text); ok && text != nil {
			return proto.CloneOf(text)
		}
	}
	return &flowdeskv1.Text{Zh: string(vd.Name()), En: string(vd.Name())}
}

// zh is the Chinese label of an enum value.
func zh(value protoreflect.Enum) string { return Label(value).GetZh() }
