package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	online  = flowdeskv1.Presence_PRESENCE_ONLINE
	busy    = flowdeskv1.Presence_PRESENCE_BUSY
	offline = flowdeskv1.Presence_PRESENCE_OFFLINE
)

func TestPresence(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	at := func(day int, clock string) time.Time {
		v, err := time.ParseInLocation("15:04:05", clock, shanghai)
		require.NoError(t, err)
		return time.Date(2024, 3, day, v.Hour(), v.Minute(), v.Second(), 0, shanghai)
	}
	for _, c := range []struct {
		name       string
		start, end string
		last, now  time.Time
		tasks      int32
		manual     flowdeskv1.Presence
		want       flowdeskv1.Presence
	}{
		{"online: active a moment ago", "00:00", "24:00", at(5, "10:00:00"), at(5, "10:14:59"), 2, 0, online},
		{"offline: 15 minutes without activity in the shift", "00:00", "24:00", at(5, "10:00:00"), at(5, "10:15:00"), 0, 0, offline},
		{"busy: three open tasks", "00:00", "24:00", at(5, "10:00:00"), at(5, "10:01:00"), 3, 0, busy},
		{"offline wins over busy", "00:00", "24:00", at(5, "10:00:00"), at(5, "11:00:00"), 3, 0, offline},
		{"never seen", "00:00", "24:00", time.Time{}, at(5, "10:00:00"), 0, 0, offline},
		{"what was set by hand wins", "00:00", "24:00", time.Time{}, at(5, "10:00:00"), 0, busy, busy},
		{"the night between two shifts does not count", "09:00", "18:00", at(4, "17:55:00"), at(5, "09:09:00"), 0, 0, online},
		{"but the silence of both shifts does", "09:00", "18:00", at(4, "17:55:00"), at(5, "09:10:00"), 0, 0, offline},
		{"after the shift only the last minutes count", "09:00", "18:00", at(4, "17:55:00"), at(4, "18:11:00"), 0, 0, offline},
		{"still there after the shift", "09:00", "18:00", at(4, "17:55:00"), at(4, "18:05:00"), 0, 0, online},
		{"a shift over midnight", "21:00", "06:00", at(4, "23:55:00"), at(5, "00:05:00"), 0, 0, online},
		{"a shift over midnight, silent", "21:00", "06:00", at(4, "23:45:00"), at(5, "00:05:00"), 0, 0, offline},
		{"the silence before the end of a shift over midnight counts", "21:00", "06:00", at(4, "05:45:00"), at(4, "21:05:00"), 0, 0, offline},
		{"between two shifts over midnight", "21:00", "06:00", at(4, "05:58:00"), at(4, "21:10:00"), 0, 0, online},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := desk.DefaultSettings()
			settings.StaffHours = window(c.start, c.end)
			facts := desk.PresenceFacts{Manual: c.manual, LastActive: c.last, OpenTasks: c.tasks}
			require.Equal(t, c.want, desk.PresenceOf(facts, settings, shanghai, c.now))
		})
	}
}

func TestFactsOfAPerson(t *testing.T) {
	require.True(t, desk.FactsOf(&flowdeskv1.Person{}).LastActive.IsZero())
	at := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)
	require.Equal(t, desk.PresenceFacts{Manual: busy, LastActive: at, OpenTasks: 2}, desk.FactsOf(&flowdeskv1.Person{
		ManualPresence: busy, LastActive: timestamppb.New(at), OpenTasks: 2,
	}))
}
