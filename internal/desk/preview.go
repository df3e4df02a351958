package desk

import (
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Stretch is a stretch of time in which one rule decides about the replies of one priority.
type Stretch struct {
	// Priority of the replies.
	Priority flowdeskv1.Priority
	// From (included) and To (excluded) bound the time at which the reply is ready.
	From, To time.Time
	// Rule that decides; empty when none does.
	Rule string
	// Port is the way on.
	Port DelayPort
	// Earliest is when a reply of the stretch may leave soonest, Latest the time that none exceeds.
	Earliest, Latest time.Time
}

// Preview says, for each priority from high to low, when replies of the next days would leave: the stretches follow each other without a
// gap from the given time to the end of the last day, and agree with Delay at every instant, changes of daylight saving included.
func Preview(rules []*flowdeskv1.DelayRule, zone *time.Location, from time.Time, days int) []Stretch {
	end, _ := At(DayOf(from, zone).Add(days), MinuteOf(from, zone), zone)
	var out []Stretch
	for _, p := range slices.Backward(priorities) {
		first := len(out)
		for t := from; t.Before(end); {
			rule := ruleAt(rules, MinuteOf(t, zone), p)
			to := earlier(nextBorder(rules, zone, t, p), end)
			if n := len(out); n > first && out[n-1].Rule == rule.GetName() && !changesWithin(rule, zone, out[n-1].From, to) {
				out[n-1].To = to
				out[n-1].Latest = latest(rule, zone, to)
			} else {
				out = append(out, stretchOf(rule, zone, p, t, to))
			}
			t = to
		}
	}
	return out
}

func stretchOf(rule *flowdeskv1.DelayRule, zone *time.Location, p flowdeskv1.Priority, from, to time.Time) Stretch {
	s := Stretch{Priority: p, From: from, To: to, Rule: rule.GetName(), Port: DelayNow, Earliest: from, Latest: latest(rule, zone, to)}
	switch a := rule.GetAction().(type) {
	case *flowdeskv1.DelayRule_Delay:
		s.Earliest = from.Add(a.Delay.GetMin().AsDuration())
		if a.Delay.GetMax().AsDuration() > 0 {
			s.Port = DelayLater
		}
	case *flowdeskv1.DelayRule_HoldUntil:
		if until, err := ParseMinute(a.HoldUntil); err == nil {
			s.Earliest, s.Port = NextAt(from, until, zone), DelayTomorrow
		}
	}
	return s
}

// latest is the time that no reply of a stretch that ends at to exceeds.
func latest(rule *flowdeskv1.DelayRule, zone *time.Location, to time.Time) time.Time {
	switch a := rule.GetAction().(type) {
	case *flowdeskv1.DelayRule_Delay:
		return to.Add(a.Delay.GetMax().AsDuration())
	case *flowdeskv1.DelayRule_HoldUntil:
		if until, err := ParseMinute(a.HoldUntil); err == nil {
			return NextAt(to.Add(-time.Nanosecond), until, zone)
		}
	}
	return to
}

// changesWithin reports whether a rule that holds replies holds them for two different times in one stretch.
func changesWithin(rule *flowdeskv1.DelayRule, zone *time.Location, from, to time.Time) bool {
	until, err := ParseMinute(rule.GetHoldUntil())
	return err == nil && !NextAt(from, until, zone).Equal(NextAt(to.Add(-time.Nanosecond), until, zone))
}

// nextBorder is the next instant after t at which another rule may decide: a window's border on the wall clock, a rule's time to hold until,
// or a change of the zone's offset.
func nextBorder(rules []*flowdeskv1.DelayRule, zone *time.Location, t time.Time, p flowdeskv1.Priority) time.Time {
	next := t.Add(24 * time.Hour)
	if _, change := t.In(zone).ZoneBounds(); !change.IsZero() {
		next = earlier(next, change)
	}
	for _, r := range rules {
		if !appliesTo(r, p) {
			continue
		}
		for _, text := range []string{r.GetWindow().GetStart(), r.GetWindow().GetEnd(), r.GetHoldUntil()} {
			if at, err := ParseMinute(text); err == nil {
				next = earlier(next, nextShown(t, at%EndOfDay, zone))
			}
		}
	}
	return next
}

// nextShown is the next instant after t at which the wall clock would show the time if the offset did not change; the change itself is a
// border of its own.
func nextShown(t time.Time, at Minute, zone *time.Location) time.Time {
	wall := wallOf(t.In(zone))
	shown := time.Date(wall.Year(), wall.Month(), wall.Day(), 0, int(at), 0, 0, time.UTC)
	if !shown.After(wall) {
		shown = shown.Add(24 * time.Hour)
	}
	return t.Add(shown.Sub(wall))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
