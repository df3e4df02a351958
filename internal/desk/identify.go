package desk

import (
	"regexp"
	"strings"
	"unicode"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Directory finds people, robots and groups by the names under which they speak. It is built once for a snapshot.
type Directory struct {
	robots  map[string]*flowdeskv1.Robot
	inGroup map[string][]*flowdeskv1.Person // by group and name
	byName  map[string][]*flowdeskv1.Person
	staff   map[string][]string // staff of a group
	byID    map[string]*flowdeskv1.Person
}

// NewDirectory indexes a snapshot.
func NewDirectory(env *flowdeskv1.Environment) *Directory {
	d := &Directory{
		robots: make(map[string]*flowdeskv1.Robot), inGroup: make(map[string][]*flowdeskv1.Person),
		byName: make(map[string][]*flowdeskv1.Person), staff: make(map[string][]string), byID: make(map[string]*flowdeskv1.Person),
	}
	for _, r := range env.GetRobots() {
		for _, name := range append([]string{r.GetTitle()}, r.GetAliases()...) {
			if name = FoldName(name); name != "" {
				d.robots[name] = r
			}
		}
	}
	for _, p := range env.GetPeople() {
		d.byID[p.GetId()] = p
		for _, name := range append([]string{p.GetTitle()}, p.GetNames()...) {
			if name = FoldName(name); name != "" {
				d.byName[name] = append(d.byName[name], p)
			}
		}
		for _, g := range p.GetGroupNames() {
			key := g.GetGroup() + "\x00" + FoldName(g.GetTitle())
			d.inGroup[key] = append(d.inGroup[key], p)
		}
	}
	for _, g := range env.GetGroups() {
		d.staff[g.GetId()] = g.GetStaff()
	}
	return d
}

// FoldName is a display name without what phones show differently: case, width, spaces around it, invisible marks.
func FoldName(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\u3000' || r == '\u2005':
			return ' '
		case r >= '\uff01' && r <= '\uff5e':
			r -= 0xfee0
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1
		}
		return unicode.ToLower(r)
	}, name))
}

// Robot is our robot that speaks under a name, or nil.
func (d *Directory) Robot(name string) *flowdeskv1.Robot { return d.robots[FoldName(name)] }

// Identity is who a sender is.
type Identity struct {
	Role flowdeskv1.Role
	// Rule that decided: robot, directory_group_name, directory_name, pattern, group_role or default.
	Rule string
	// Reason in words.
	Reason string
	// Ambiguous is true when several entries matched and the first was taken.
	Ambiguous bool
	// Person is the directory entry, empty when unbound.
	Person string
	// Robot is our robot, when the sender is one.
	Robot string
}

// Identify decides the role of a sender, in this order: our robots, a name within the group, a name anywhere, the patterns, the group's
// staff, else a user.
func (d *Directory) Identify(group, name string, patterns []*flowdeskv1.RolePattern) Identity {
	if r := d.Robot(name); r != nil {
		return Identity{Role: flowdeskv1.Role_ROLE_ROBOT, Rule: "robot", Reason: "机器人 " + r.GetTitle(), Robot: r.GetId()}
	}
	folded := FoldName(name)
	if found := d.inGroup[group+"\x00"+folded]; len(found) > 0 {
		return identityOf(found, "directory_group_name", "通讯录群内昵称 "+name)
	}
	if found := d.byName[folded]; len(found) > 0 {
		for _, p := range found { // of several of one name the group's own staff is meant
			for _, id := range d.staff[group] {
				if len(found) > 1 && p.GetId() == id {
					identity := identityOf([]*flowdeskv1.Person{p}, "group_role", "群工作人员 "+name)
					identity.Ambiguous = true
					return identity
				}
			}
		}
		return identityOf(found, "directory_name", "通讯录姓名 "+name)
	}
	for _, p := range patterns {
		if re, err := regexp.Compile(p.GetPattern()); err == nil && re.MatchString(name) {
			return Identity{Role: p.GetRole(), Rule: "pattern", Reason: "名称规则 " + p.GetPattern()}
		}
	}
	return Identity{Role: flowdeskv1.Role_ROLE_USER, Rule: "default", Reason: "未在通讯录中，视为用户"}
}

func identityOf(found []*flowdeskv1.Person, rule, reason string) Identity {
	return Identity{Role: found[0].GetRole(), Rule: rule, Reason: reason, Ambiguous: len(found) > 1, Person: found[0].GetId()}
}
