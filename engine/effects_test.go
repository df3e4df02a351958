package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// A copied participant has every field, also those that the language will gain, and shares nothing that an edit changes in place.
func TestACopiedParticipantIsWhole(t *testing.T) {
	t.Parallel()
	p := &flowdeskv1.Participant{
		LastActive: timestamppb.Now(), Moods: []float64{0.5, -1}, Facts: []*flowdeskv1.NamedValue{{Name: "city", Value: "杭州"}},
		FirstSeen: &timestamppb.Timestamp{Seconds: 7},
	}
	m := p.ProtoReflect()
	for i := range m.Descriptor().Fields().Len() {
		field := m.Descriptor().Fields().Get(i)
		switch {
		case field.IsList(), field.Message() != nil:
			require.True(t, m.Has(field), "the test gives no %s", field.Name())
		case field.Kind() == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString("of "+string(field.Name())))
		case field.Kind() == protoreflect.EnumKind:
			m.Set(field, protoreflect.ValueOfEnum(2))
		case field.Kind() == protoreflect.Int32Kind:
			m.Set(field, protoreflect.ValueOfInt32(int32(field.Number())))
		case field.Kind() == protoreflect.Int64Kind:
			m.Set(field, protoreflect.ValueOfInt64(int64(field.Number())))
		default:
			t.Fatalf("the test knows no %s", field.Kind())
		}
	}
	m.SetUnknown(protoreflect.RawFields{0xfa, 0x7f, 1, 'x'})

	c := copyParticipant(p)
	require.Empty(t, cmp.Diff(p, c, protocmp.Transform()))
	c.Moods[0], c.Facts[0] = 9, &flowdeskv1.NamedValue{Name: "other"}
	require.InDelta(t, 0.5, p.GetMoods()[0], 0)
	require.Equal(t, "city", p.GetFacts()[0].GetName())
}
