package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/reasons"
)

// words tells results in one of the two languages.
type words struct {
	setup   *flowdeskv1.SimulationSetup
	chinese bool
}

// say is a text of the language with its values.
func (in words) say(english, chinese string, values ...any) string {
	text := english
	if in.chinese {
		text = chinese
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

func (in words) of(t *flowdeskv1.Text) string { return in.say(t.GetEn(), t.GetZh()) }

// label is what people call an enum's value; empty for none.
func (in words) label(value protoreflect.Enum) string {
	if value.Number() == 0 {
		return ""
	}
	return in.of(desk.Label(value))
}

// labels are the names of what expectations ask for, by their English.
var labels = map[string]string{
	"in": "群", "by": "机器人", "to": "提到", "that is": "内容是", "with": "含有", "status": "状态", "state": "状态", "origin": "来源", "kind": "类型",
	"about": "对象", "conflict": "有冲突", "level": "级别", "category": "类别", "text": "内容", "cancelled by itself": "自动取消",
	"history of at least": "历史至少条数", "history of": "历史条数", "purpose": "用途", "delay": "延迟", "delay at least": "延迟至少",
	"delay at most": "延迟至多", "because of": "原因", "attempts": "尝试次数", "leaves at": "发出时刻", "way through": "经过", "without": "不经过", "at": "在节点",
}

// compose joins labels and values, without the labels of empty values.
func (in words) compose(pairs ...string) string {
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, in.say(pairs[i], labels[pairs[i]])+" "+pairs[i+1])
		}
	}
	return strings.Join(all, in.say(", ", "，"))
}

// quoted is texts in quotation marks.
func (in words) quoted(texts []string, english, chinese string) string {
	var all []string
	for _, text := range texts {
		all = append(all, in.say("“%s”", "「%s」", text))
	}
	return strings.Join(all, in.say(english, chinese))
}

// toldAtMost bounds how many things a result names.
const toldAtMost = 8

// told names things in a line.
func told[T any](in words, things []T, tell func(T) string) string {
	if len(things) == 0 {
		return in.say("none", "没有")
	}
	var all []string
	for _, thing := range things[max(0, len(things)-toldAtMost):] {
		all = append(all, tell(thing))
	}
	text := strings.Join(all, in.say("; ", "；"))
	if more := len(things) - toldAtMost; more > 0 {
		text = in.say("%d before, then %s", "先有 %d 个，然后：%s", more, text)
	}
	return text
}

// group is the title of a group, as the chat shows it.
func (in words) group(id string) string {
	switch id {
	case "":
		id = Customers
	case anyGroup:
		return in.say("any group", "任何群")
	}
	for _, g := range in.setup.GetGroups() {
		if g.GetId() == id {
			return g.GetTitle()
		}
	}
	return id
}

// robot is the title of a robot, as the chat shows it.
func (in words) robot(id string) string {
	for _, r := range in.setup.GetRobots() {
		if r.GetId() == id && r.GetTitle() != "" {
			return r.GetTitle()
		}
	}
	return id
}

func (in words) line(l *flowdeskv1.ChatLine) string {
	text := in.say("“%s”", "「%s」", l.GetText())
	if to := strings.Join(l.GetMentions(), in.say(", ", "、")); to != "" {
		return in.say("%s in %s to %s: %s", "%s在%s对%s说%s", in.robot(l.GetRobot()), in.group(l.GetGroup()), to, text)
	}
	return in.say("%s in %s: %s", "%s在%s说%s", in.robot(l.GetRobot()), in.group(l.GetGroup()), text)
}

func (in words) run(r *flowdeskv1.SimulatedRun) string {
	return in.compose("status", in.label(r.GetInstance().GetStatus()), "at", r.GetInstance().GetLastNode())
}

func (in words) taskWants(x *flowdeskv1.TaskExpectation) string {
	return in.compose("state", in.label(x.GetState()), "origin", in.label(x.GetOrigin()), "kind", in.label(x.GetKind()), "about", x.GetTarget(),
		"conflict", in.wanted(x.Conflict))
}

func (in words) task(t *flowdeskv1.TrackTask) string {
	return in.compose("state", in.label(t.GetState()), "origin", in.label(t.GetOrigin()), "kind", in.label(t.GetKind()), "about", t.GetTargetName(),
		"conflict", in.flag(t.GetConflict()))
}

func (in words) alertWants(x *flowdeskv1.AlertExpectation) string {
	return in.compose("level", in.label(x.GetLevel()), "category", in.label(x.GetCategory()), "state", in.label(x.GetState()), "with", x.GetContains(),
		"cancelled by itself", in.wanted(x.AutoCancelled), "history of at least", number(x.GetHistory()))
}

func (in words) alert(a *flowdeskv1.Alert) string {
	return in.compose("level", in.label(a.GetLevel()), "category", in.label(a.GetCategory()), "state", in.label(a.GetState()), "text", a.GetText(),
		"cancelled by itself", in.flag(a.GetAutoCancelled()), "history of", number(int32(len(a.GetHistory()))))
}

func (in words) commandWants(x *flowdeskv1.CommandExpectation) string {
	least, most, attempts, group := "", "", "", ""
	if x.GetDelayMin() != nil {
		least = in.span(x.GetDelayMin().AsDuration())
	}
	if x.GetDelayMax() != nil {
		most = in.span(x.GetDelayMax().AsDuration())
	}
	if x.Attempts != nil {
		attempts = strconv.Itoa(int(x.GetAttempts()))
	}
	if x.GetGroup() != "" {
		group = in.group(x.GetGroup())
	}
	return in.compose("state", in.label(x.GetState()), "purpose", x.GetPurpose(), "in", group, "delay at least", least, "delay at most", most,
		"because of", in.because(x.GetDelayReason()), "attempts", attempts, "leaves at", x.GetLeaves())
}

func (in words) command(c *flowdeskv1.Command, leaves string) string {
	return in.compose("state", in.label(c.GetState()), "purpose", c.GetPurpose(), "in", in.group(c.GetTargetSession()),
		"delay", in.span(delayOf(c)), "because of", in.because(c.GetDelayReason()), "attempts", strconv.Itoa(int(c.GetAttempts())),
		"leaves at", leaves)
}

// span is a length of time, to the second.
func (in words) span(d time.Duration) string {
	text := d.Round(time.Second).String()
	if in.chinese {
		text = strings.TrimSpace(strings.NewReplacer("h", " 时 ", "m", " 分 ", "s", " 秒").Replace(text))
	}
	return text
}

// because is a reason as people read it.
func (in words) because(reason string) string {
	if in.chinese {
		return reasons.In(reasons.Chinese, reason)
	}
	return reasons.In(reasons.English, reason)
}

func (in words) wanted(b *bool) string {
	if b == nil {
		return ""
	}
	if *b {
		return in.flag(true)
	}
	return in.say("no", "否")
}

func (in words) flag(b bool) string {
	if b {
		return in.say("yes", "是")
	}
	return ""
}

func number(n int32) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}
