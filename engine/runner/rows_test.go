package runner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestARowHasEverythingOfWhatWasSaid(t *testing.T) {
	t.Parallel()
	m, c := &flowdeskv1.Message{}, &flowdeskv1.Command{}
	fill(m.ProtoReflect())
	fill(c.ProtoReflect())
	require.Empty(t, cmp.Diff(m, messageOf(m), protocmp.Transform()))
	require.Empty(t, cmp.Diff(c, commandOf(c), protocmp.Transform()))
}

func TestARowIsAMessageOfItsOwn(t *testing.T) {
	t.Parallel()
	m := &flowdeskv1.Message{Sentiment: proto.Float64(0.5)}
	messageOf(m).Sentiment = proto.Float64(-1)
	require.InDelta(t, 0.5, m.GetSentiment(), 0)
	c := &flowdeskv1.Command{State: flowdeskv1.CommandState_COMMAND_STATE_QUEUED}
	commandOf(c).State = flowdeskv1.CommandState_COMMAND_STATE_SENDING
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_QUEUED, c.GetState())
}

// fill gives every field of a message a value, and an unknown one.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case field.IsList() && field.Message() != nil:
			list := m.Mutable(field).List()
			list.Append(list.NewElement())
		case field.IsList():
			m.Mutable(field).List().Append(protoreflect.ValueOfString("of a list"))
		case field.Message() != nil:
			m.Mutable(field)
		default:
			m.Set(field, scalar(field))
		}
	}
	m.SetUnknown(protoreflect.RawFields{0xfa, 0x7f, 1, 'x'})
}

func scalar(field protoreflect.FieldDescriptor) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("of " + string(field.Name()))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(2)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(7)
	case protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(7)
	default:
		return protoreflect.ValueOfFloat64(0.5)
	}
}
