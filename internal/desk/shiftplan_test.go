package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/flowdesk/flowdesk/internal/desk"
)

// Spans of a day follow each other without a gap, and agree with the shift and the delay within.
func TestAShiftPlanCoversTheDay(t *testing.T) {
	t.Parallel()
	loaded := map[string]*time.Location{}
	for _, name := range zones {
		loaded[name] = zone(t, name)
	}
	shift := desk.DefaultSettings().GetDayShift()
	rapid.Check(t, func(t *rapid.T) {
		z := loaded[rapid.SampledFrom(zones).Draw(t, "zone")]
		rules, day := drawRules(t), drawInstant(t, "day")
		spans := desk.ShiftPlan(rules, shift, day, z)
		require.NotEmpty(t, spans)
		for i, s := range spans {
			if i > 0 {
				require.True(t, s.Start.Equal(spans[i-1].End))
			}
			require.Len(t, s.Stretches, 3, "each priority is decided")
			inside := s.Start.Add(time.Duration(rapid.Int64Range(0, int64(s.End.Sub(s.Start))-1).Draw(t, "inside")))
			for _, stretch := range s.Stretches {
				slot := desk.Delay(rules, z, inside, generator(1), stretch.Priority)
				require.Equal(t, slot.Rule, stretch.Rule)
				require.Equal(t, slot.Port, stretch.Port)
			}
		}
		require.False(t, day.Before(spans[0].Start))
		require.True(t, day.Before(spans[len(spans)-1].End))
	})
}
