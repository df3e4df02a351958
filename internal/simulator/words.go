package simulator

import (
	"fmt"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// toldAtMost bounds how many things a result names.
const toldAtMost = 8

// told names things in a line.
func told[T any](things []T, words func(T) string) string {
	if len(things) == 0 {
		return "none"
	}
	var all []string
	for _, thing := range things[max(0, len(things)-toldAtMost):] {
		all = append(all, words(thing))
	}
	text := strings.Join(all, "; ")
	if more := len(things) - toldAtMost; more > 0 {
		text = fmt.Sprintf("%d before, then ", more) + text
	}
	return text
}

// compose joins labels and values, without the labels of empty values.
func compose(pairs ...string) string {
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, pairs[i]+" "+pairs[i+1])
		}
	}
	return strings.Join(all, ", ")
}

// name is the short name of an enum's value; empty for none.
func name(value, prefix string) string {
	short := strings.TrimPrefix(value, prefix)
	if short == "UNSPECIFIED" {
		return ""
	}
	return short
}

func groupName(group string) string {
	switch group {
	case "":
		return Customers
	case anyGroup:
		return "any group"
	default:
		return group
	}
}

func lineWords(l *flowdeskv1.ChatLine) string {
	return fmt.Sprintf("%s in %s%s: %q", l.GetRobot(), l.GetGroup(), compose(" to", strings.Join(l.GetMentions(), ", ")), l.GetText())
}

func runWords(r *flowdeskv1.SimulatedRun) string {
	return name(r.GetInstance().GetStatus().String(), "INSTANCE_STATUS_") + " at " + r.GetInstance().GetLastNode()
}

func taskWants(x *flowdeskv1.TaskExpectation) string {
	return compose("state", name(x.GetState().String(), "TASK_STATE_"), "origin", name(x.GetOrigin().String(), "TASK_ORIGIN_"),
		"kind", name(x.GetKind().String(), "TASK_KIND_"), "about", x.GetTarget(), "conflict", wanted(x.Conflict))
}

func taskWords(t *flowdeskv1.TrackTask) string {
	return compose("state", name(t.GetState().String(), "TASK_STATE_"), "origin", name(t.GetOrigin().String(), "TASK_ORIGIN_"),
		"kind", name(t.GetKind().String(), "TASK_KIND_"), "about", t.GetTargetName(), "conflict", flag(t.GetConflict()))
}

func alertWants(x *flowdeskv1.AlertExpectation) string {
	return compose("level", name(x.GetLevel().String(), "ALERT_LEVEL_"), "category", name(x.GetCategory().String(), "ALERT_CATEGORY_"),
		"state", name(x.GetState().String(), "ALERT_STATE_"), "with", x.GetContains(), "cancelled by itself", wanted(x.AutoCancelled),
		"history of at least", number(x.GetHistory()))
}

func alertWords(a *flowdeskv1.Alert) string {
	return compose("level", name(a.GetLevel().String(), "ALERT_LEVEL_"), "category", name(a.GetCategory().String(), "ALERT_CATEGORY_"),
		"state", name(a.GetState().String(), "ALERT_STATE_"), "text", a.GetText(), "cancelled by itself", flag(a.GetAutoCancelled()),
		"history of", number(int32(len(a.GetHistory()))))
}

func (s *sight) commandWants(x *flowdeskv1.CommandExpectation) string {
	least, most := "", ""
	if x.GetDelayMin() != nil {
		least = x.GetDelayMin().AsDuration().String()
	}
	if x.GetDelayMax() != nil {
		most = x.GetDelayMax().AsDuration().String()
	}
	attempts := ""
	if x.Attempts != nil {
		attempts = fmt.Sprint(x.GetAttempts())
	}
	return compose("state", name(x.GetState().String(), "COMMAND_STATE_"), "purpose", x.GetPurpose(), "in", x.GetGroup(), "delay at least", least,
		"delay at most", most, "because of", x.GetDelayReason(), "attempts", attempts, "leaves at", x.GetLeaves())
}

func (s *sight) commandWords(c *flowdeskv1.Command) string {
	return compose("state", name(c.GetState().String(), "COMMAND_STATE_"), "purpose", c.GetPurpose(), "in", c.GetTargetSession(),
		"delay", delayOf(c).Round(time.Second).String(), "because of", c.GetDelayReason(), "attempts", fmt.Sprint(c.GetAttempts()), "leaves at", s.leaves(c))
}

func wanted(b *bool) string {
	if b == nil {
		return ""
	}
	return fmt.Sprint(*b)
}

func flag(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func number(n int32) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
