package desk

import (
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ShiftSpan is a part of a day in which the shift stays the same, and one rule decides about the replies of each priority.
type ShiftSpan struct {
	Start, End time.Time
	// Duty is the reply duty on shift.
	Duty flowdeskv1.Duty
	// Stretches are what happens to replies, from high priority to low; each holds the whole span.
	Stretches []Stretch
}

// ShiftPlan cuts the day that holds a time into spans that follow each other without a gap from midnight to midnight. It agrees with Delay and
// ReplyDuty at every instant.
func ShiftPlan(rules []*flowdeskv1.DelayRule, dayShift *flowdeskv1.TimeWindow, day time.Time, zone *time.Location) []ShiftSpan {
	begin, _ := At(DayOf(day, zone), 0, zone)
	stretches := Preview(rules, zone, begin, 1)
	end, cuts := begin, []time.Time{begin}
	for _, s := range stretches {
		cuts = append(cuts, s.From)
		if s.To.After(end) {
			end = s.To
		}
	}
	for _, edge := range []string{dayShift.GetStart(), dayShift.GetEnd()} {
		minute, err := ParseMinute(edge)
		if err != nil {
			continue
		}
		if at, _ := At(DayOf(day, zone), minute%EndOfDay, zone); at.After(begin) && at.Before(end) {
			cuts = append(cuts, at)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = append(slices.CompactFunc(cuts, time.Time.Equal), end)
	var spans []ShiftSpan
	for i := range len(cuts) - 1 {
		span := ShiftSpan{Start: cuts[i], End: cuts[i+1], Duty: ReplyDuty(dayShift, cuts[i], zone)}
		for _, s := range stretches {
			if !s.From.After(span.Start) && !s.To.Before(span.End) {
				span.Stretches = append(span.Stretches, s)
			}
		}
		spans = append(spans, span)
	}
	return spans
}
