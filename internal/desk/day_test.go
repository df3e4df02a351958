package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestAtDaylightSaving(t *testing.T) {
	for _, c := range []struct {
		name  string
		zone  string
		day   desk.Day
		at    desk.Minute
		want  string // with offset
		clock desk.Clock
	}{
		{"ordinary", "Asia/Shanghai", desk.Day{2024, 3, 10}, 540, "2024-03-10T09:00:00+08:00", desk.ClockOnce},
		{"24:00 is 00:00 of the next day", "Asia/Shanghai", desk.Day{2024, 2, 29}, desk.EndOfDay, "2024-03-01T00:00:00+08:00", desk.ClockOnce},
		{"skipped in New York", "America/New_York", desk.Day{2024, 3, 10}, 150, "2024-03-10T03:00:00-04:00", desk.ClockSkipped},
		{"just before the gap", "America/New_York", desk.Day{2024, 3, 10}, 119, "2024-03-10T01:59:00-05:00", desk.ClockOnce},
		{"just after the gap", "America/New_York", desk.Day{2024, 3, 10}, 180, "2024-03-10T03:00:00-04:00", desk.ClockOnce},
		{"twice in New York: the first", "America/New_York", desk.Day{2024, 11, 3}, 90, "2024-11-03T01:30:00-04:00", desk.ClockTwice},
		{"after the second", "America/New_York", desk.Day{2024, 11, 3}, 120, "2024-11-03T02:00:00-05:00", desk.ClockOnce},
		{"skipped in Berlin", "Europe/Berlin", desk.Day{2024, 3, 31}, 120, "2024-03-31T03:00:00+02:00", desk.ClockSkipped},
		{"twice in Berlin: the first", "Europe/Berlin", desk.Day{2024, 10, 27}, 150, "2024-10-27T02:30:00+02:00", desk.ClockTwice},
		{"midnight skipped in Beirut", "Asia/Beirut", desk.Day{2024, 3, 31}, 0, "2024-03-31T01:00:00+03:00", desk.ClockSkipped},
		{"half an hour in Lord Howe", "Australia/Lord_Howe", desk.Day{2024, 10, 6}, 135, "2024-10-06T02:30:00+11:00", desk.ClockSkipped},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, clock := desk.At(c.day, c.at, zone(t, c.zone))
			require.Equal(t, c.want, got.Format(time.RFC3339))
			require.Equal(t, c.clock, clock)
		})
	}
}

var zones = []string{"Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"}

func drawInstant(t *rapid.T, name string) time.Time {
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	return time.UnixMilli(from + rapid.Int64Range(0, 3*365*24*3600*1000).Draw(t, name)).UTC()
}

// NextAt is the first instant after t of those that At gives, and never more than a day and a change of the clock away.
func TestNextAtIsTheNextOfAt(t *testing.T) {
	loaded := map[string]*time.Location{}
	for _, name := range zones {
		loaded[name] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		z := loaded[rapid.SampledFrom(zones).Draw(t, "zone")]
		now := drawInstant(t, "now")
		at := desk.Minute(rapid.IntRange(0, 24*60-1).Draw(t, "at"))
		next := desk.NextAt(now, at, z)
		require.True(t, next.After(now))
		require.LessOrEqual(t, next.Sub(now), 26*time.Hour)
		for n := -1; n <= 2; n++ {
			other, _ := desk.At(desk.DayOf(now, z).Add(n), at, z)
			require.False(t, other.After(now) && other.Before(next), "%v comes sooner than %v", other, next)
		}
	})
}

func TestDayAddCrossesMonthsAndYears(t *testing.T) {
	require.Equal(t, "2024-03-01", desk.Day{2024, 2, 28}.Add(2).String())
	require.Equal(t, "2023-12-31", desk.Day{2024, 1, 1}.Add(-1).String())
}

func TestZone(t *testing.T) {
	z, err := desk.Zone(desk.DefaultSettings())
	require.NoError(t, err)
	require.Equal(t, "Asia/Shanghai", z.String())
	_, err = desk.Zone(&flowdeskv1.Settings{TimeZone: "Mars/Olympus"})
	require.ErrorContains(t, err, "Mars/Olympus")
}
