package desk

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Minute is a time of the local day in minutes: 0 is 00:00, EndOfDay is 24:00.
type Minute int

// EndOfDay is 24:00.
const EndOfDay Minute = 24 * 60

// String writes HH:MM.
func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", int(m)/60, int(m)%60) }

// ParseMinute reads HH:MM, 00:00 to 24:00.
func ParseMinute(text string) (Minute, error) {
	digit := func(i int) int { return int(text[i]) - '0' }
	if len(text) == 5 && text[2] == ':' {
		h, m := digit(0)*10+digit(1), digit(3)*10+digit(4)
		valid := digit(0) >= 0 && digit(0) <= 2 && digit(1) >= 0 && digit(1) <= 9 && digit(3) >= 0 && digit(3) <= 5 && digit(4) >= 0 && digit(4) <= 9
		if at := Minute(h*60 + m); valid && at <= EndOfDay {
			return at, nil
		}
	}
	return 0, fmt.Errorf("time of day %q: want HH:MM from 00:00 to 24:00", text)
}

// MinuteOf is the minute of the wall clock in the zone.
func MinuteOf(t time.Time, zone *time.Location) Minute {
	h, m, _ := t.In(zone).Clock()
	return Minute(h*60 + m)
}

// Interval is a part of the local day, start included, end excluded.
type Interval struct{ From, To Minute }

// String writes 06:00–09:00.
func (i Interval) String() string { return i.From.String() + "–" + i.To.String() }

// Contains reports whether the minute lies in the interval.
func (i Interval) Contains(m Minute) bool { return i.From <= m && m < i.To }

// Pieces gives a window as one interval of the day, or two when it runs over midnight, in order of the day. An end equal to the start is the
// whole day.
func Pieces(w *flowdeskv1.TimeWindow) ([]Interval, error) {
	from, err := ParseMinute(w.GetStart())
	if err != nil {
		return nil, err
	}
	to, err := ParseMinute(w.GetEnd())
	if err != nil {
		return nil, err
	}
	if from == EndOfDay {
		from = 0
	}
	switch {
	case from < to:
		return []Interval{{from, to}}, nil
	case to == 0:
		return []Interval{{from, EndOfDay}}, nil
	default:
		return slices.DeleteFunc([]Interval{{0, to}, {from, EndOfDay}}, func(i Interval) bool { return i.From == i.To }), nil
	}
}

// InWindow reports whether the wall clock of the zone stands in the window: the start belongs to it, the end does not. An hour that comes
// twice counts both times. A malformed window holds nothing.
func InWindow(w *flowdeskv1.TimeWindow, t time.Time, zone *time.Location) bool {
	return windowHolds(w, MinuteOf(t, zone))
}

func windowHolds(w *flowdeskv1.TimeWindow, at Minute) bool {
	from, err := ParseMinute(w.GetStart())
	if err != nil {
		return false
	}
	to, err := ParseMinute(w.GetEnd())
	if err != nil {
		return false
	}
	from %= EndOfDay
	if from < to {
		return from <= at && at < to
	}
	return at >= from || at < to
}

// Cover gives the parts of the day in which no window lies, and those in which more than one does, in order of the day and as long as they
// can be. The error names the first malformed window.
func Cover(windows []*flowdeskv1.TimeWindow) (gaps, overlaps []Interval, err error) {
	var pieces []Interval
	for _, w := range windows {
		p, err := Pieces(w)
		if err != nil {
			return nil, nil, err
		}
		pieces = append(pieces, p...)
	}
	gaps, overlaps = cover(pieces)
	return gaps, overlaps, nil
}

// cover counts the intervals over each stretch of the day between two borders.
func cover(pieces []Interval) (gaps, overlaps []Interval) {
	borders := []Minute{0, EndOfDay}
	for _, p := range pieces {
		borders = append(borders, p.From, p.To)
	}
	slices.Sort(borders)
	borders = slices.Compact(borders)
	for i := range len(borders) - 1 {
		stretch := Interval{borders[i], borders[i+1]}
		n := 0
		for _, p := range pieces {
			if p.Contains(stretch.From) {
				n++
			}
		}
		switch {
		case n == 0:
			gaps = joinInterval(gaps, stretch)
		case n > 1:
			overlaps = joinInterval(overlaps, stretch)
		}
	}
	return gaps, overlaps
}

// joinInterval appends an interval, or prolongs the last one that it touches.
func joinInterval(list []Interval, next Interval) []Interval {
	if n := len(list); n > 0 && list[n-1].To == next.From {
		list[n-1].To = next.To
		return list
	}
	return append(list, next)
}
