package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// withField is a message with one field of a type, whose options give a default or a setting.
func withField(t *testing.T, kind descriptorpb.FieldDescriptorProto_Type, typeName string, repeated bool, spec *flowdeskv1.FieldSpec) *dynamicpb.Message {
	t.Helper()
	label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	if repeated {
		label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	}
	field := &descriptorpb.FieldDescriptorProto{
		Name: proto.String("value"), JsonName: proto.String("value"), Number: proto.Int32(1), Type: &kind, Label: &label, Options: &descriptorpb.FieldOptions{},
	}
	if typeName != "" {
		field.TypeName = proto.String(typeName)
	}
	proto.SetExtension(field.GetOptions(), flowdeskv1.E_Field, spec)
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("test.proto"), Package: proto.String("test"), Syntax: proto.String("proto3"),
		Dependency:  []string{"flowdesk/v1/types.proto", "google/protobuf/duration.proto", "google/protobuf/timestamp.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{field}}},
	}, protoregistry.GlobalFiles)
	require.NoError(t, err)
	return dynamicpb.NewMessage(file.Messages().Get(0))
}

const (
	typeInt32    = descriptorpb.FieldDescriptorProto_TYPE_INT32
	typeString   = descriptorpb.FieldDescriptorProto_TYPE_STRING
	typeEnum     = descriptorpb.FieldDescriptorProto_TYPE_ENUM
	typeMessage  = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	typeBool     = descriptorpb.FieldDescriptorProto_TYPE_BOOL
	typeDuration = ".google.protobuf.Duration"
	typeTime     = ".google.protobuf.Timestamp"
)

func TestDefaultsOfEveryKind(t *testing.T) {
	for _, c := range []struct {
		name     string
		kind     descriptorpb.FieldDescriptorProto_Type
		typeName string
		repeated bool
		text     string
		want     string // as text of the value
	}{
		{"number", typeInt32, "", false, "-7", "-7"},
		{"unsigned", descriptorpb.FieldDescriptorProto_TYPE_UINT64, "", false, "7", "7"},
		{"long", descriptorpb.FieldDescriptorProto_TYPE_SINT64, "", false, "7", "7"},
		{"fraction", descriptorpb.FieldDescriptorProto_TYPE_FLOAT, "", false, "0.5", "0.5"},
		{"bytes", descriptorpb.FieldDescriptorProto_TYPE_BYTES, "", false, "ab", "[97 98]"},
		{"text is taken as it stands", typeString, "", false, `"quoted"`, `"quoted"`},
		{"truth", typeBool, "", false, "true", "true"},
		{"enum", typeEnum, ".flowdesk.v1.Role", false, "ROLE_USER", "4"},
		{"list of texts", typeString, "", true, `["a","b"]`, `[a b]`},
		{"list of enums", typeEnum, ".flowdesk.v1.Role", true, `["ROLE_USER"]`, "[4]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := withField(t, c.kind, c.typeName, c.repeated, &flowdeskv1.FieldSpec{DefaultValue: c.text})
			require.NoError(t, desk.ApplyDefaults(m))
			fd := m.Descriptor().Fields().Get(0)
			got := m.Get(fd)
			text := got.String()
			if fd.IsList() {
				text = "["
				for i := range got.List().Len() {
					if i > 0 {
						text += " "
					}
					text += got.List().Get(i).String()
				}
				text += "]"
			}
			require.Equal(t, c.want, text)
		})
	}
}

func TestDefaultsOfTimes(t *testing.T) {
	seconds := func(typeName, text string) int64 {
		m := withField(t, typeMessage, typeName, false, &flowdeskv1.FieldSpec{DefaultValue: text})
		require.NoError(t, desk.ApplyDefaults(m))
		value := m.Get(m.Descriptor().Fields().Get(0)).Message()
		return value.Get(value.Descriptor().Fields().ByName(protoreflect.Name("seconds"))).Int()
	}
	require.Equal(t, int64(90), seconds(typeDuration, "1m30s"))
	require.Equal(t, time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC).Unix(), seconds(typeTime, "2024-03-05T00:00:00Z"))
}

func TestBadDefaultsNameTheirField(t *testing.T) {
	for _, c := range []struct {
		name     string
		kind     descriptorpb.FieldDescriptorProto_Type
		typeName string
		repeated bool
		spec     *flowdeskv1.FieldSpec
	}{
		{"no number", typeInt32, "", false, &flowdeskv1.FieldSpec{DefaultValue: "seven"}},
		{"too great", typeInt32, "", false, &flowdeskv1.FieldSpec{DefaultValue: "4000000000"}},
		{"no truth", typeBool, "", false, &flowdeskv1.FieldSpec{DefaultValue: "maybe"}},
		{"no value of the enum", typeEnum, ".flowdesk.v1.Role", false, &flowdeskv1.FieldSpec{DefaultValue: "ROLE_KING"}},
		{"no duration", typeMessage, typeDuration, false, &flowdeskv1.FieldSpec{DefaultValue: "soon"}},
		{"no time", typeMessage, typeTime, false, &flowdeskv1.FieldSpec{DefaultValue: "noon"}},
		{"no JSON", typeString, "", true, &flowdeskv1.FieldSpec{DefaultValue: "a,b"}},
		{"JSON of another type", typeMessage, ".flowdesk.v1.TimeWindow", false, &flowdeskv1.FieldSpec{DefaultValue: `{"begin":"09:00"}`}},
		{"JSON that ends the message", typeString, "", true, &flowdeskv1.FieldSpec{DefaultValue: `[]},{"value":[]`}},
		{"no such setting", typeInt32, "", false, &flowdeskv1.FieldSpec{Setting: "nonsense"}},
		{"setting of another type", typeInt32, "", false, &flowdeskv1.FieldSpec{Setting: "time_zone"}},
		{"list from a single setting", typeString, "", true, &flowdeskv1.FieldSpec{Setting: "time_zone"}},
		{"setting of another message", typeMessage, typeTime, false, &flowdeskv1.FieldSpec{Setting: "day_shift"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := withField(t, c.kind, c.typeName, c.repeated, c.spec)
			_, err := desk.Effective(m, desk.DefaultSettings())
			var bad *desk.DefaultError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, "test.M.value", bad.Field)
			require.ErrorContains(t, err, "test.M.value")
		})
	}
}
