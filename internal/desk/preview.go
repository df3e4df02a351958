package desk

import (
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// DaySpan is a part of a day in which the shift and the rule of every priority stay the same.
type DaySpan struct {
	Start, End time.Time
	Duty       flowdeskv1.Duty
	Rules      map[flowdeskv1.Priority]*flowdeskv1.DelayRule // nil where no rule holds
}

// DaySpans cuts the day that holds a time at every minute at which a shift or a rule begins or ends. Days begin and end at midnight of the zone:
// where clocks change one has 23 or 25 hours.
func DaySpans(rules []*flowdeskv1.DelayRule, dayShift *flowdeskv1.TimeWindow, day time.Time, zone *time.Location) []DaySpan {
	year, month, date := day.In(zone).Date()
	begin, end := time.Date(year, month, date, 0, 0, 0, 0, zone), time.Date(year, month, date+1, 0, 0, 0, 0, zone)
	cuts := []time.Time{begin}
	windows := []*flowdeskv1.TimeWindow{dayShift}
	for _, r := range rules {
		windows = append(windows, r.GetWindow())
	}
	for _, w := range windows {
		for _, edge := range []string{w.GetStart(), w.GetEnd()} {
			minute, err := ParseMinute(edge)
			if err != nil {
				continue
			}
			if at := time.Date(year, month, date, 0, int(minute), 0, 0, zone); at.After(begin) && at.Before(end) {
				cuts = append(cuts, at)
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = append(slices.CompactFunc(cuts, time.Time.Equal), end)
	var spans []DaySpan
	for i := range len(cuts) - 1 {
		s := DaySpan{Start: cuts[i], End: cuts[i+1], Duty: ReplyDuty(dayShift, cuts[i], zone), Rules: make(map[flowdeskv1.Priority]*flowdeskv1.DelayRule)}
		for _, p := range Priorities() {
			s.Rules[p] = ruleAt(rules, MinuteOf(s.Start, zone), p)
		}
		if last := len(spans) - 1; last >= 0 && spans[last].Duty == s.Duty && sameRules(spans[last].Rules, s.Rules) {
			spans[last].End = s.End
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

func sameRules(a, b map[flowdeskv1.Priority]*flowdeskv1.DelayRule) bool {
	for _, p := range Priorities() {
		if a[p] != b[p] {
			return false
		}
	}
	return true
}

// Priorities are all priorities, the most urgent first.
func Priorities() []flowdeskv1.Priority {
	return []flowdeskv1.Priority{flowdeskv1.Priority_PRIORITY_HIGH, flowdeskv1.Priority_PRIORITY_MEDIUM, flowdeskv1.Priority_PRIORITY_LOW}
}
