package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(tb, err)
	return z
}

func window(start, end string) *flowdeskv1.TimeWindow {
	return &flowdeskv1.TimeWindow{Start: start, End: end}
}

func TestParseMinute(t *testing.T) {
	for text, want := range map[string]desk.Minute{"00:00": 0, "09:05": 545, "23:59": 1439, "24:00": desk.EndOfDay} {
		got, err := desk.ParseMinute(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "9:00", "09:60", "24:01", "29:00", "-1:00", "09.00", "09:00 ", "٠٩:٠٠", "0a:00"} {
		_, err := desk.ParseMinute(text)
		require.Error(t, err, text)
	}
}

func TestWindowsOverMidnight(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	at := func(clock string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05.000", "2024-03-05 "+clock, shanghai)
		require.NoError(t, err)
		return v
	}
	for _, c := range []struct {
		name       string
		start, end string
		inside     []string
		outside    []string
	}{
		{"a day", "09:00", "21:00", []string{"09:00:00.000", "20:59:59.999"}, []string{"08:59:59.999", "21:00:00.000"}},
		{"to the end of the day", "21:00", "24:00", []string{"21:00:00.000", "23:59:59.999"}, []string{"20:59:59.999", "00:00:00.000"}},
		{"over midnight", "21:00", "09:00", []string{"21:00:00.000", "00:00:00.000", "08:59:59.999"}, []string{"09:00:00.000", "20:59:59.999"}},
		{"ends at midnight", "21:00", "00:00", []string{"23:59:59.999"}, []string{"00:00:00.000"}},
		{"the whole day by equal ends", "08:00", "08:00", []string{"07:59:59.999", "08:00:00.000", "00:00:00.000"}, nil},
		{"malformed", "8:00", "09:00", nil, []string{"08:30:00.000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, clock := range c.inside {
				require.True(t, desk.InWindow(window(c.start, c.end), at(clock), shanghai), clock)
			}
			for _, clock := range c.outside {
				require.False(t, desk.InWindow(window(c.start, c.end), at(clock), shanghai), clock)
			}
		})
	}
}

func drawWindow(t *rapid.T) *flowdeskv1.TimeWindow {
	start := rapid.IntRange(0, 24*60-1).Draw(t, "start")
	end := rapid.IntRange(0, 24*60).Draw(t, "end")
	return window(desk.Minute(start).String(), desk.Minute(end).String())
}

// The pieces of a window, the window itself and the cover of a set of windows are three views of one thing.
func TestPiecesInWindowAndCoverAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		windows := rapid.SliceOfN(rapid.Custom(drawWindow), 0, 5).Draw(t, "windows")
		gaps, overlaps, err := desk.Cover(windows)
		require.NoError(t, err)
		for m := desk.Minute(0); m < desk.EndOfDay; m++ {
			at := time.Date(2024, 3, 5, 0, int(m), 0, 0, time.UTC)
			n := 0
			for _, w := range windows {
				pieces, err := desk.Pieces(w)
				require.NoError(t, err)
				inPieces := within(pieces, m)
				require.Equal(t, inPieces, desk.InWindow(w, at, time.UTC), "%v at %v", w, m)
				if inPieces {
					n++
				}
			}
			require.Equal(t, n == 0, within(gaps, m), "gap at %v", m)
			require.Equal(t, n > 1, within(overlaps, m), "overlap at %v", m)
		}
	})
}

func within(list []desk.Interval, m desk.Minute) bool {
	for _, i := range list {
		if i.Contains(m) {
			return true
		}
	}
	return false
}

func TestCoverNamesTheMalformedWindow(t *testing.T) {
	_, _, err := desk.Cover([]*flowdeskv1.TimeWindow{window("00:00", "24:00"), window("00:00", "25:00")})
	require.ErrorContains(t, err, "25:00")
}
