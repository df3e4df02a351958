package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestAfterStaffTime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	const layout = "2006-01-02 15:04"
	for _, c := range []struct {
		name, start, end, from string
		length                 time.Duration
		want                   string
	}{
		{"the whole day", "00:00", "24:00", "2026-01-05 23:55", 10 * time.Minute, "2026-01-06 00:05"},
		{"within the shift", "09:00", "21:00", "2026-01-05 10:00", 30 * time.Minute, "2026-01-05 10:30"},
		{"up to its end", "09:00", "21:00", "2026-01-05 20:30", 30 * time.Minute, "2026-01-05 21:00"},
		{"over its end", "09:00", "21:00", "2026-01-05 20:55", 10 * time.Minute, "2026-01-06 09:05"},
		{"at night", "09:00", "21:00", "2026-01-05 02:00", 10 * time.Minute, "2026-01-05 09:10"},
		{"at the very end", "09:00", "21:00", "2026-01-05 21:00", 10 * time.Minute, "2026-01-06 09:10"},
		{"over several shifts", "09:00", "21:00", "2026-01-05 20:00", 25 * time.Hour, "2026-01-07 21:00"},
		{"a shift over midnight", "21:00", "09:00", "2026-01-05 08:50", 20 * time.Minute, "2026-01-05 21:10"},
		{"inside a shift over midnight", "21:00", "09:00", "2026-01-05 23:50", 20 * time.Minute, "2026-01-06 00:10"},
		{"a shift that ends at midnight", "12:00", "24:00", "2026-01-05 23:50", 20 * time.Minute, "2026-01-06 12:10"},
		{"malformed hours", "9", "21:00", "2026-01-05 23:50", 20 * time.Minute, "2026-01-06 00:10"},
		{"no length", "09:00", "21:00", "2026-01-05 02:00", 0, "2026-01-05 02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			from, err := time.ParseInLocation(layout, c.from, zone)
			require.NoError(t, err)
			got := desk.AfterStaffTime(from, c.length, &flowdeskv1.TimeWindow{Start: c.start, End: c.end}, zone)
			require.Equal(t, c.want, got.In(zone).Format(layout))
		})
	}
}
