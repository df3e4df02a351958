package desk

import (
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// PresenceFacts are what is known of a staff member.
type PresenceFacts struct {
	// Manual is the presence set by hand; it wins.
	Manual flowdeskv1.Presence
	// LastActive is when the person last spoke or acted; zero when never.
	LastActive time.Time
	// OpenTasks are the tasks for which the person is responsible.
	OpenTasks int32
}

// FactsOf are the facts of a directory entry.
func FactsOf(p *flowdeskv1.Person) PresenceFacts {
	f := PresenceFacts{Manual: p.GetManualPresence(), OpenTasks: p.GetOpenTasks()}
	if p.GetLastActive() != nil {
		f.LastActive = p.GetLastActive().AsTime()
	}
	return f
}

// PresenceOf is whether a staff member can act now: what was set by hand, else offline after settings.offline_after without activity in the
// shift, else busy from settings.busy_tasks open tasks on, else online. Silence outside the staff's hours does not count while the shift
// runs; outside the shift only who was active within that time is present.
func PresenceOf(f PresenceFacts, settings *flowdeskv1.Settings, zone *time.Location, now time.Time) flowdeskv1.Presence {
	switch {
	case f.Manual != flowdeskv1.Presence_PRESENCE_UNSPECIFIED:
		return f.Manual
	case f.LastActive.IsZero() || silence(f.LastActive, settings.GetStaffHours(), zone, now) >= settings.GetOfflineAfter().AsDuration():
		return flowdeskv1.Presence_PRESENCE_OFFLINE
	case settings.GetBusyTasks() > 0 && f.OpenTasks >= settings.GetBusyTasks():
		return flowdeskv1.Presence_PRESENCE_BUSY
	default:
		return flowdeskv1.Presence_PRESENCE_ONLINE
	}
}

// silence is the time since the last activity, that between two shifts not counted while a shift runs.
func silence(last time.Time, hours *flowdeskv1.TimeWindow, zone *time.Location, now time.Time) time.Duration {
	whole := now.Sub(last)
	from, err := ParseMinute(hours.GetStart())
	if err != nil || !InWindow(hours, now, zone) {
		return whole
	}
	to, err := ParseMinute(hours.GetEnd())
	if err != nil || from%EndOfDay == to%EndOfDay {
		return whole
	}
	day := DayOf(now, zone)
	start, _ := At(day, from, zone)
	if start.After(now) { // the shift runs over midnight and began yesterday
		day = day.Add(-1)
		start, _ = At(day, from, zone)
	}
	if !last.Before(start) {
		return whole
	}
	if from < to {
		day = day.Add(-1)
	}
	if end, _ := At(day, to, zone); last.Before(end) {
		return now.Sub(start) + end.Sub(last)
	}
	return now.Sub(start)
}
