package desk

import (
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// maxShifts bounds the shifts that a length of staff time is laid over: a month of days of one minute is longer than any limit that is counted so.
const maxShifts = 1000

// AfterStaffTime is when a length of time has passed of which only the staff's hours count: ten minutes after 23:55 are 09:10 where work begins at
// nine and ended at nine. Hours that are malformed or cover the whole day count all of it.
func AfterStaffTime(from time.Time, length time.Duration, hours *flowdeskv1.TimeWindow, zone *time.Location) time.Time {
	pieces, err := Pieces(hours)
	if err != nil || length <= 0 {
		return from.Add(max(0, length))
	}
	if gaps, _ := cover(pieces); len(gaps) == 0 {
		return from.Add(length)
	}
	begin, _ := ParseMinute(hours.GetStart())
	end, _ := ParseMinute(hours.GetEnd())
	at := from
	for range maxShifts {
		if !InWindow(hours, at, zone) {
			at = NextAt(at, begin%EndOfDay, zone)
		}
		closes := NextAt(at, end%EndOfDay, zone)
		left := closes.Sub(at)
		if length <= left {
			return at.Add(length)
		}
		length, at = length-left, closes
	}
	return at.Add(length)
}
