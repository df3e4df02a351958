package desk

import (
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Day is a local calendar day.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// DayOf is the day of the wall clock in the zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day{y, m, d}
}

// String writes YYYY-MM-DD.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// Add gives the day n days later.
func (d Day) Add(n int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Day+n, 12, 0, 0, 0, time.UTC), time.UTC)
}

// Clock says how a wall-clock time stands to daylight saving.
type Clock int

// A wall-clock time of a day comes once, not at all, or twice.
const (
	ClockOnce Clock = iota
	ClockSkipped
	ClockTwice
)

// At is the instant of a wall-clock time on a local day. A time that daylight saving skips gives the first instant after the gap; one that
// comes twice gives the first. 24:00 is 00:00 of the next day.
func At(day Day, at Minute, zone *time.Location) (time.Time, Clock) {
	wall := time.Date(day.Year, day.Month, day.Day, 0, int(at), 0, 0, time.UTC)
	guess := time.Date(day.Year, day.Month, day.Day, 0, int(at), 0, 0, zone)
	start, end := guess.ZoneBounds()
	shown := wallOf(guess)
	if !shown.Equal(wall) { // in a gap: the guess was read in the zone before or after it
		if shown.After(wall) && !start.IsZero() {
			return start, ClockSkipped
		}
		return end, ClockSkipped
	}
	if !start.IsZero() {
		if t := withOffsetOf(wall, start.Add(-time.Nanosecond), zone); t.Before(start) && wallOf(t).Equal(wall) {
			return t, ClockTwice
		}
	}
	if !end.IsZero() {
		if t := withOffsetOf(wall, end, zone); !t.Before(end) && wallOf(t).Equal(wall) {
			return guess, ClockTwice
		}
	}
	return guess, ClockOnce
}

// wallOf is the wall clock of t, as a time in UTC.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// withOffsetOf reads a wall clock with the offset in force at the given instant.
func withOffsetOf(wall, instant time.Time, zone *time.Location) time.Time {
	_, offset := instant.In(zone).Zone()
	return wall.Add(-time.Duration(offset) * time.Second).In(zone)
}

// NextAt is the next instant, after t, at which the wall clock shows the time.
func NextAt(t time.Time, at Minute, zone *time.Location) time.Time {
	day := DayOf(t, zone)
	for n := range 3 {
		if next, _ := At(day.Add(n), at, zone); next.After(t) {
			return next
		}
	}
	return t.Add(24 * time.Hour) // unreachable: two days always hold one
}

// Zone finds a time zone by its name. Do it once for a snapshot of the settings: it parses the zone's table.
func Zone(settings *flowdeskv1.Settings) (*time.Location, error) {
	zone, err := time.LoadLocation(settings.GetTimeZone())
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", settings.GetTimeZone(), err)
	}
	return zone, nil
}
