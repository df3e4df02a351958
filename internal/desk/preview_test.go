package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestPreviewOfSevenDays(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	from := time.Date(2024, 3, 5, 0, 0, 0, 0, shanghai)
	stretches := desk.Preview(desk.DefaultSettings().GetDelayRules(), shanghai, from, 7)
	require.Len(t, stretches, 3*7*4, "for each priority and day: night, early, day, evening")
	night := stretches[0]
	require.Equal(t, high, night.Priority)
	require.Equal(t, "night.high", night.Rule)
	require.Equal(t, from.Add(6*time.Hour), night.To)
	require.Equal(t, from.Add(5*time.Minute), night.Earliest)
	require.Equal(t, from.Add(6*time.Hour+10*time.Minute), night.Latest)
	lowNight := stretches[2*7*4]
	require.Equal(t, desk.DelayTomorrow, lowNight.Port)
	require.Equal(t, from.Add(9*time.Hour), lowNight.Earliest.In(shanghai))
	require.Equal(t, lowNight.Earliest, lowNight.Latest, "all that is held leaves at 09:00")
	last := stretches[len(stretches)-1]
	require.Equal(t, from.AddDate(0, 0, 7), last.To)
}

// The night in which the clock goes forward or back is an hour shorter or longer; nothing is lost or said twice.
func TestPreviewAcrossDaylightSaving(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	rules := desk.DefaultSettings().GetDelayRules()
	nights := func(day time.Time) time.Duration {
		var sum time.Duration
		for _, s := range desk.Preview(rules, berlin, day, 1) {
			if s.Rule == "night.low" {
				sum += s.To.Sub(s.From)
			}
		}
		return sum
	}
	require.Equal(t, 5*time.Hour, nights(time.Date(2024, 3, 31, 0, 0, 0, 0, berlin)))
	require.Equal(t, 7*time.Hour, nights(time.Date(2024, 10, 27, 0, 0, 0, 0, berlin)))
}

// Stretches follow each other without a gap, and agree with Delay at their ends and within.
func TestPreviewAgreesWithDelay(t *testing.T) {
	loaded := map[string]*time.Location{}
	for _, name := range zones {
		loaded[name] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		z := loaded[rapid.SampledFrom(zones).Draw(t, "zone")]
		rules := drawRules(t)
		from := drawInstant(t, "from")
		days := rapid.IntRange(1, 7).Draw(t, "days")
		var at time.Time
		var p flowdeskv1.Priority
		for _, s := range desk.Preview(rules, z, from, days) {
			if s.Priority != p {
				p, at = s.Priority, from
			}
			require.True(t, s.From.Equal(at), "no gap before %v", s.From)
			require.True(t, s.From.Before(s.To))
			at = s.To
			inside := s.From.Add(time.Duration(rapid.Int64Range(0, int64(s.To.Sub(s.From))-1).Draw(t, "inside")))
			for _, now := range []time.Time{s.From, inside, s.To.Add(-time.Nanosecond)} {
				slot := desk.Delay(rules, z, now, generator(1), p)
				require.Equal(t, slot.Rule, s.Rule)
				require.Equal(t, slot.Port, s.Port)
				require.False(t, slot.SendTime.Before(s.Earliest), "%v before %v", slot.SendTime, s.Earliest)
				require.False(t, slot.SendTime.After(s.Latest), "%v after %v", slot.SendTime, s.Latest)
			}
		}
	})
}
