package simulator

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/reasons"
)

// tongue is the language in which a result is told; the zero value is English.
type tongue struct{ zh bool }

// say is a word of ours in the language. A test names those that are missing.
func (l tongue) say(english string) string {
	if zh, ok := chineseWords[english]; ok && l.zh {
		return zh
	}
	return english
}

// value is an enum's value: in English by its short name, as files have it, in Chinese by its label; empty for none.
func (l tongue) value(v protoreflect.Enum, prefix string) string {
	short := name(string(v.Descriptor().Values().ByNumber(v.Number()).Name()), prefix)
	if short == "" || !l.zh {
		return short
	}
	return desk.Label(v).GetZh()
}

// toldAtMost bounds how many things a result names.
const toldAtMost = 8

// told names things in a line.
func told[T any](l tongue, things []T, words func(T) string) string {
	if len(things) == 0 {
		return l.say("none")
	}
	var all []string
	for _, thing := range things[max(0, len(things)-toldAtMost):] {
		all = append(all, words(thing))
	}
	if l.zh {
		text := strings.Join(all, "；")
		if more := len(things) - toldAtMost; more > 0 {
			text = fmt.Sprintf("前面还有 %d 项；", more) + text
		}
		return text
	}
	text := strings.Join(all, "; ")
	if more := len(things) - toldAtMost; more > 0 {
		text = fmt.Sprintf("%d before, then ", more) + text
	}
	return text
}

// compose joins labels and values, without the labels of empty values.
func (l tongue) compose(pairs ...string) string {
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			space := " "
			if strings.HasPrefix(pairs[i+1], "「") {
				space = ""
			}
			all = append(all, l.say(pairs[i])+space+pairs[i+1])
		}
	}
	if l.zh {
		return strings.Join(all, "，")
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

func (s *sight) groupName(group string) string {
	if group == "" {
		group = Customers
	}
	switch {
	case group == anyGroup:
		return s.say("any group")
	case s.zh && s.world != nil && s.world.runner.Env().Group(group).GetTitle() != "":
		return "「" + s.world.runner.Env().Group(group).GetTitle() + "」"
	default:
		return group
	}
}

func (s *sight) lineWords(l *flowdeskv1.ChatLine) string {
	if s.zh {
		to := ""
		if len(l.GetMentions()) > 0 {
			to = "（提到 " + strings.Join(l.GetMentions(), "、") + "）"
		}
		return fmt.Sprintf("%s在%s%s说“%s”", l.GetSender(), s.groupName(l.GetGroup()), to, l.GetText())
	}
	return fmt.Sprintf("%s in %s%s: %q", l.GetRobot(), l.GetGroup(), s.compose(" to", strings.Join(l.GetMentions(), ", ")), l.GetText())
}

func (s *sight) runWords(r *flowdeskv1.SimulatedRun) string {
	return s.value(r.GetInstance().GetStatus(), "INSTANCE_STATUS_") + s.say(" at ") + s.node(r.GetInstance().GetLastNode())
}

func (s *sight) taskWants(x *flowdeskv1.TaskExpectation) string {
	return s.compose("state", s.value(x.GetState(), "TASK_STATE_"), "origin", s.value(x.GetOrigin(), "TASK_ORIGIN_"),
		"kind", s.value(x.GetKind(), "TASK_KIND_"), "about", x.GetTarget(), "conflict", s.wanted(x.Conflict))
}

func (s *sight) taskWords(t *flowdeskv1.TrackTask) string {
	return s.compose("state", s.value(t.GetState(), "TASK_STATE_"), "origin", s.value(t.GetOrigin(), "TASK_ORIGIN_"),
		"kind", s.value(t.GetKind(), "TASK_KIND_"), "about", t.GetTargetName(), "conflict", s.flag(t.GetConflict()))
}

func (s *sight) alertWants(x *flowdeskv1.AlertExpectation) string {
	return s.compose("level", s.value(x.GetLevel(), "ALERT_LEVEL_"), "category", s.value(x.GetCategory(), "ALERT_CATEGORY_"),
		"state", s.value(x.GetState(), "ALERT_STATE_"), "with", x.GetContains(), "cancelled by itself", s.wanted(x.AutoCancelled),
		"history of at least", number(x.GetHistory()))
}

func (s *sight) alertWords(a *flowdeskv1.Alert) string {
	return s.compose("level", s.value(a.GetLevel(), "ALERT_LEVEL_"), "category", s.value(a.GetCategory(), "ALERT_CATEGORY_"),
		"state", s.value(a.GetState(), "ALERT_STATE_"), "text", a.GetText(), "cancelled by itself", s.flag(a.GetAutoCancelled()),
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
	return s.compose("state", s.value(x.GetState(), "COMMAND_STATE_"), "purpose", s.purpose(x.GetPurpose()), "in", s.groupOf(x.GetGroup()), "delay at least", least,
		"delay at most", most, "because of", x.GetDelayReason(), "attempts", attempts, "leaves at", x.GetLeaves())
}

func (s *sight) commandWords(c *flowdeskv1.Command) string {
	return s.compose("state", s.value(c.GetState(), "COMMAND_STATE_"), "purpose", s.purpose(c.GetPurpose()), "in", s.groupOf(c.GetTargetSession()),
		"delay", delayOf(c).Round(time.Second).String(), "because of", c.GetDelayReason(), "attempts", fmt.Sprint(c.GetAttempts()), "leaves at", s.leaves(c))
}

func (l tongue) wanted(b *bool) string {
	if b == nil {
		return ""
	}
	return l.say(fmt.Sprint(*b))
}

func (l tongue) flag(b bool) string {
	if b {
		return l.say("true")
	}
	return ""
}

func number(n int32) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// groupOf is a group that is named, or nothing.
func (s *sight) groupOf(group string) string {
	if group == "" {
		return ""
	}
	return s.groupName(group)
}

// robot is a robot: in English by its id, as files have it, in Chinese by its name.
func (s *sight) robot(id string) string {
	if s.zh && s.world != nil && s.world.robotTitle(id) != "" {
		return s.world.robotTitle(id)
	}
	return id
}

// purpose is what a command is for.
func (l tongue) purpose(name string) string {
	if l.zh {
		return reasons.Word(reasons.Chinese, name)
	}
	return name
}

// node is a node: in English by its id, as files have it, in Chinese by its name.
func (s *sight) node(id string) string {
	if s.zh && s.world != nil {
		for _, n := range s.world.subject.definition.GetNodes() {
			if n.GetId() == id && n.GetName() != "" {
				return n.GetName()
			}
		}
	}
	return id
}

// visit is a node with the port by which it was left. In Chinese the usual one goes without saying.
func (s *sight) visit(node, port string) string {
	if s.zh && port == string(engine.Out) {
		port = ""
	}
	return strings.TrimSpace(s.node(node) + " " + port)
}

// chineseWords are the words of results.
var chineseWords = map[string]string{
	"none": "没有", "any group": "任何群", " at ": "，在", "true": "是", "false": "否",
	"in": "在", "by": "机器人", "to": "提到", "that is": "内容为", "with": "包含", "state": "状态", "origin": "来源", "kind": "类型", "about": "对象",
	"conflict": "冲突", "level": "级别", "category": "类别", "cancelled by itself": "自动取消", "history of at least": "历史至少", "history of": "历史",
	"text": "内容", "purpose": "用途", "delay at least": "延迟至少", "delay at most": "延迟至多", "because of": "延迟原因", "attempts": "发送次数",
	"leaves at": "发出时刻", "delay": "延迟", "status": "状态", "way through": "经过", "without": "不经过",
	"line": "一句话", "task": "任务", "alert": "告警", "command": "指令", "run": "运行",
}
