package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// DelayPort is the way on from a delay decision.
type DelayPort string

// The ports of DELAY_CONTROL.
const (
	DelayNow      DelayPort = "now"
	DelayLater    DelayPort = "later"
	DelayTomorrow DelayPort = "tomorrow"
)

// Slot is when a reply may leave.
type Slot struct {
	// SendTime is when it may leave; the turn's time for DelayNow.
	SendTime time.Time
	// Rule that decided; empty when no rule holds the time.
	Rule string
	// Port is the way on.
	Port DelayPort
	// Reason in words, such as 深夜中优先级，随机延迟 10–30 分钟.
	Reason string
}

// Delay decides when a reply of a priority may leave. The delay is drawn from the rule's range, both ends included, in whole milliseconds;
// nothing is drawn where nothing is random. An unspecified priority counts as medium. The first rule that holds the wall clock decides; where
// none does (CheckDelayTable refuses such tables), the reply leaves at once.
func Delay(rules []*flowdeskv1.DelayRule, zone *time.Location, now time.Time, rnd *rand.Rand, p flowdeskv1.Priority) Slot {
	if p == flowdeskv1.Priority_PRIORITY_UNSPECIFIED {
		p = flowdeskv1.Priority_PRIORITY_MEDIUM
	}
	rule := ruleAt(rules, MinuteOf(now, zone), p)
	slot := Slot{SendTime: now, Rule: rule.GetName(), Port: DelayNow}
	switch a := rule.GetAction().(type) {
	case *flowdeskv1.DelayRule_Delay:
		lo, hi := a.Delay.GetMin().AsDuration(), a.Delay.GetMax().AsDuration()
		slot.SendTime = now.Add(draw(rnd, lo, hi))
		if hi > 0 {
			slot.Port = DelayLater
		}
		slot.Reason = ruleText(rule, p) + "，随机延迟 " + rangeText(lo, hi)
	case *flowdeskv1.DelayRule_HoldUntil:
		until, err := ParseMinute(a.HoldUntil)
		if err != nil {
			break
		}
		slot.SendTime = NextAt(now, until, zone)
		slot.Port = DelayTomorrow
		slot.Reason = ruleText(rule, p) + "，暂不回复，保留到 " + slot.SendTime.In(zone).Format("01-02 15:04")
	}
	if slot.Reason == "" {
		slot.Reason = ruleText(rule, p) + "，立即发送"
	}
	return slot
}

// draw is a random duration from lo to hi, both included, in steps of a millisecond.
func draw(rnd *rand.Rand, lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(rnd.Int64N(int64((hi-lo)/time.Millisecond)+1))*time.Millisecond
}

// ruleAt is the first rule of the priority that holds the minute, nil when none does.
func ruleAt(rules []*flowdeskv1.DelayRule, at Minute, p flowdeskv1.Priority) *flowdeskv1.DelayRule {
	for _, r := range rules {
		if appliesTo(r, p) && windowHolds(r.GetWindow(), at) {
			return r
		}
	}
	return nil
}

// appliesTo reports whether a rule is about the priority; a rule without priorities is about all.
func appliesTo(r *flowdeskv1.DelayRule, p flowdeskv1.Priority) bool {
	return len(r.GetPriorities()) == 0 || slices.Contains(r.GetPriorities(), p)
}

// periodNames are the words for the first part of the shipped rules' names.
var periodNames = map[string]string{
	"day":     "白班",
	"evening": "晚班",
	"early":   "清晨",
	"night":   "深夜",
}

// ruleText names rule and priority: 深夜中优先级. A rule for all priorities is named alone: 白班.
func ruleText(r *flowdeskv1.DelayRule, p flowdeskv1.Priority) string {
	if r == nil {
		return "没有延迟规则"
	}
	period, _, _ := strings.Cut(r.GetName(), ".")
	name, ok := periodNames[period]
	if !ok {
		name = r.GetName() + " "
	}
	if len(r.GetPriorities()) == 0 {
		return strings.TrimSpace(name)
	}
	return name + zh(p) + "优先级"
}

// rangeText writes 10–30 分钟, or seconds where minutes do not come out even.
func rangeText(lo, hi time.Duration) string {
	unit, name := time.Second, "秒"
	if lo%time.Minute == 0 && hi%time.Minute == 0 {
		unit, name = time.Minute, "分钟"
	}
	if lo == hi {
		return fmt.Sprintf("%g %s", float64(lo)/float64(unit), name)
	}
	return fmt.Sprintf("%g–%g %s", float64(lo)/float64(unit), float64(hi)/float64(unit), name)
}
