package desk

import (
	"slices"
	"strings"
	"unicode"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// FoldName is a display name without what phones show differently: case, width, kinds and runs of spaces, spaces around it, invisible marks.
// Two names are the same when they fold to the same text.
func FoldName(name string) string {
	if folded(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	space := false
	for _, r := range name {
		r = foldRune(r)
		switch {
		case r < 0:
			continue
		case r == ' ':
			space = b.Len() > 0
			continue
		case space:
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// folded reports whether a name surely folds to itself: the usual case, which costs no memory.
func folded(name string) bool {
	space := true
	for _, r := range name {
		if r == ' ' && space || foldRune(r) != r {
			return false
		}
		space = r == ' '
	}
	return name == "" || !space
}

// foldRune folds one character; it gives ' ' for every space and -1 for what is invisible.
func foldRune(r rune) rune {
	switch {
	case r >= '\u4e00' && r <= '\u9fff':
		return r
	case r >= '\uff01' && r <= '\uff5e': // full width
		return unicode.ToLower(r - 0xfee0)
	case unicode.IsSpace(r) || r == '\u3164':
		return ' '
	case r >= '\ufe00' && r <= '\ufe0f' || unicode.Is(unicode.Cf, r) || unicode.IsControl(r): // variation selectors, zero width, direction
		return -1
	}
	return unicode.ToLower(r)
}

// Rooms of the platform in which one person talks to the robot alone.
const (
	roomExternalContact = 2
	roomInternalContact = 4
)

// ReplyTarget is the name under which the robot that reported a message finds the conversation again: the group's remark, else its name; in a
// chat with one person the sender.
func ReplyTarget(m *flowdeskv1.MessageEvent) string {
	private := m.GetRoomType() == roomExternalContact || m.GetRoomType() == roomInternalContact
	for _, name := range []string{m.GetGroupRemark(), m.GetGroupName()} {
		if name = strings.TrimSpace(name); name != "" && !private {
			return name
		}
	}
	return strings.TrimSpace(m.GetSenderName())
}

// GroupTarget is the name by which a robot finds a group: the remark of its account, else the name that its phone shows, else the group's
// title. It is empty when the group has aliases and the robot is not among them.
func GroupTarget(group *flowdeskv1.Group, robot string) string {
	if len(group.GetAliases()) == 0 {
		return group.GetTitle()
	}
	for _, a := range group.GetAliases() {
		if a.GetRobot() != robot {
			continue
		}
		for _, name := range []string{a.GetRemark(), a.GetTitle(), group.GetTitle()} {
			if name = strings.TrimSpace(name); name != "" {
				return name
			}
		}
	}
	return ""
}

// SameGroup reports whether a group name that a phone shows is the known one. Long names come back cut, with an ellipsis.
func SameGroup(known, shown string) bool {
	known, shown = FoldName(known), FoldName(shown)
	for _, end := range []string{"…", "..."} {
		if head, cut := strings.CutSuffix(shown, end); cut && head != "" && strings.HasPrefix(known, head) {
			return true
		}
	}
	return known == shown
}

// everyone are the names that address all of a group.
var everyone = []string{"所有人", "全体成员", "全体人员", "all", "everyone", "everybody"}

// IsEveryone reports whether a mentioned name means all of the group.
func IsEveryone(name string) bool {
	return slices.Contains(everyone, strings.TrimLeft(FoldName(name), "@ "))
}

// MentionName is the name under which a person can be mentioned: the display name without spaces around it and without a sign of its own.
// It is empty for names that would address everyone.
func MentionName(name string) string {
	name = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(name), "@＠"))
	if IsEveryone(name) {
		return ""
	}
	return name
}

// WithoutMention is a text without the mentions of a name at its ends.
func WithoutMention(text, name string) string {
	text = strings.TrimSpace(text)
	if name == "" {
		return text
	}
	for _, sign := range []string{"@", "＠"} {
		for {
			rest, cut := strings.CutPrefix(text, sign+name)
			if r := firstRune(rest); !cut || r != 0 && !unicode.IsSpace(r) && !unicode.IsPunct(r) {
				break
			}
			text = strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '，' || r == ':' || r == '：' })
		}
		text = strings.TrimSpace(strings.TrimSuffix(text, sign+name))
	}
	return text
}

func firstRune(text string) rune {
	for _, r := range text {
		return r
	}
	return 0
}

// NameProblem says why a name makes trouble at the platform, which finds people and groups by typing their names; nil when it does not.
func NameProblem(name string) *flowdeskv1.Text {
	switch {
	case strings.TrimSpace(name) == "":
		return &flowdeskv1.Text{Zh: "名称为空", En: "the name is empty"}
	case strings.ContainsAny(name, "-()@ "):
		return &flowdeskv1.Text{Zh: "名称不能含 - 空格 ( ) @", En: "a name must not contain - space ( ) @"}
	case len([]rune(name)) > 12:
		return &flowdeskv1.Text{Zh: "超过 12 个字的名称会被截断", En: "names of more than 12 characters are cut"}
	case name[0] >= '0' && name[0] <= '9':
		return &flowdeskv1.Text{Zh: "名称以数字开头时搜索不到", En: "a name that begins with a digit is not found"}
	}
	return nil
}
