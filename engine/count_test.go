package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestAnAlertOfAnEarlierDayDoesNotBeginTheDayAnew(t *testing.T) {
	t.Parallel()
	s := NewState("g")
	put := func(id, day string) {
		s.apply(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_PutAlert{PutAlert: &flowdeskv1.Alert{Id: id, Day: day, Participant: "p"}}})
	}
	put("a1", "2026-01-05")
	put("a2", "2026-01-05")
	put("a3", "2026-01-04") // brought by the merge of a group
	require.Len(t, s.GetAlertCounts(), 1)
	require.Equal(t, "2026-01-05", s.GetAlertCounts()[0].GetDay())
	require.EqualValues(t, 2, s.GetAlertCounts()[0].GetCount())
	put("a4", "2026-01-05")
	require.EqualValues(t, 3, s.GetAlertCounts()[0].GetCount())
	put("a5", "2026-01-06")
	require.Equal(t, "2026-01-06", s.GetAlertCounts()[0].GetDay())
	require.EqualValues(t, 1, s.GetAlertCounts()[0].GetCount())
}
