package desk

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Directory finds people, robots and groups by id and by the names under which they speak. It is built once for a snapshot.
type Directory struct {
	people  map[string]*flowdeskv1.Person
	groups  map[string]*flowdeskv1.Group
	robots  map[string][]*flowdeskv1.Robot  // by folded title and aliases
	names   map[string][]*flowdeskv1.Person // by folded title and names
	inGroup map[groupName][]*flowdeskv1.Person
	roles   map[groupRole]flowdeskv1.Role   // that people have in one group only
	direct  map[string][]*flowdeskv1.Person // by session of the one-to-one chat
	// patterns are compiled on first use; flows bring few, and they are bounded by the active flows of the snapshot.
	patterns sync.Map // string -> *regexp.Regexp, nil for a pattern that does not compile
}

type (
	groupName struct{ group, name string }
	groupRole struct{ group, person string }
)

// NewDirectory indexes a snapshot.
func NewDirectory(env *flowdeskv1.Environment) *Directory {
	d := &Directory{
		people:  make(map[string]*flowdeskv1.Person, len(env.GetPeople())),
		groups:  make(map[string]*flowdeskv1.Group, len(env.GetGroups())),
		robots:  make(map[string][]*flowdeskv1.Robot, len(env.GetRobots())),
		names:   make(map[string][]*flowdeskv1.Person, len(env.GetPeople())),
		inGroup: make(map[groupName][]*flowdeskv1.Person),
		roles:   make(map[groupRole]flowdeskv1.Role),
		direct:  make(map[string][]*flowdeskv1.Person),
	}
	for _, r := range env.GetRobots() {
		index(d.robots, r, r.GetTitle(), r.GetAliases())
	}
	for _, p := range env.GetPeople() {
		if p.GetId() != "" {
			d.people[p.GetId()] = p
		}
		index(d.names, p, p.GetTitle(), p.GetNames())
		for _, n := range p.GetGroupNames() {
			if name := FoldName(n.GetTitle()); name != "" {
				key := groupName{n.GetGroup(), name}
				d.inGroup[key] = appendNew(d.inGroup[key], p)
			}
			if n.GetRole() != flowdeskv1.Role_ROLE_UNSPECIFIED {
				d.roles[groupRole{n.GetGroup(), p.GetId()}] = n.GetRole()
			}
		}
		if p.GetDirectSession() != "" {
			d.direct[p.GetDirectSession()] = appendNew(d.direct[p.GetDirectSession()], p)
		}
	}
	for _, g := range env.GetGroups() {
		d.groups[g.GetId()] = g
	}
	return d
}

func index[T comparable](into map[string][]T, value T, title string, names []string) {
	for i := -1; i < len(names); i++ {
		name := title
		if i >= 0 {
			name = names[i]
		}
		if name = FoldName(name); name != "" {
			into[name] = appendNew(into[name], value)
		}
	}
}

func appendNew[T comparable](list []T, value T) []T {
	if slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

// Person is a directory entry by its id, or nil.
func (d *Directory) Person(id string) *flowdeskv1.Person { return d.people[id] }

// Group is a group by its id, or nil.
func (d *Directory) Group(id string) *flowdeskv1.Group { return d.groups[id] }

// Robot is our robot that speaks under a name, or nil.
func (d *Directory) Robot(name string) *flowdeskv1.Robot {
	if found := d.robots[FoldName(name)]; len(found) > 0 {
		return found[0]
	}
	return nil
}

// Staff are the people responsible for a group, first one first.
func (d *Directory) Staff(group string) []*flowdeskv1.Person {
	var staff []*flowdeskv1.Person
	for _, id := range d.groups[group].GetStaff() {
		if p := d.people[id]; p != nil {
			staff = append(staff, p)
		}
	}
	return staff
}

// Rules by which a sender is identified, in the order in which they are tried.
const (
	RuleRobot     = "robot"
	RuleID        = "directory_id"
	RuleGroupName = "directory_group_name"
	RuleName      = "directory_name"
	RulePattern   = "pattern"
	RuleGroupRole = "group_role"
	RuleDefault   = "default"
)

// Identity is who a sender is.
type Identity struct {
	// Role that decides the branch.
	Role flowdeskv1.Role
	// Rule that decided.
	Rule string
	// Reason in words, with the entry or pattern that decided.
	Reason string
	// Ambiguous is true when several entries matched and the first was taken.
	Ambiguous bool
	// Person is the directory entry, empty when unbound.
	Person string
	// Robot is our robot, when the sender is one.
	Robot string
	// Name is the display name, without spaces around it.
	Name string
}

// Sender is what is known of a sender.
type Sender struct {
	// Session in which it spoke.
	Session string
	// Name shown.
	Name string
	// Person to whom the participant was bound, empty when it was not.
	Person string
}

// Identify decides the role of a sender of whom the name alone is known.
func (d *Directory) Identify(sessionID, name string, patterns []*flowdeskv1.RolePattern) Identity {
	return d.IdentifySender(Sender{Session: sessionID, Name: name}, patterns)
}

// IdentifySender decides the role of a sender: our robot, the directory entry by id (the bound participant, the person of a one-to-one chat,
// or the id in place of the name), by name within the group, by name, the patterns in order, membership of the group's staff, else a user. Whoever has
// a role in the group has that one in the place of the own.
func (d *Directory) IdentifySender(s Sender, patterns []*flowdeskv1.RolePattern) Identity {
	id := d.identify(s, FoldName(s.Name), patterns)
	id.Name = strings.TrimSpace(s.Name)
	if role, ok := d.roles[groupRole{s.Session, id.Person}]; ok && id.Person != "" {
		id.Role, id.Reason = role, id.Reason+"；在本群为"+zh(role)
	}
	return id
}

func (d *Directory) identify(s Sender, name string, patterns []*flowdeskv1.RolePattern) Identity {
	if found := d.robots[name]; len(found) > 0 {
		id := Identity{Role: flowdeskv1.Role_ROLE_ROBOT, Rule: RuleRobot, Robot: found[0].GetId(), Reason: "我方机器人 " + robotName(found[0])}
		if people := d.names[name]; len(people)+len(found) > 1 {
			id.Ambiguous, id.Reason = true, id.Reason+"（另有同名的通讯录成员或机器人）"
		}
		return id
	}
	if p := d.people[s.Person]; p != nil {
		return identityOf([]*flowdeskv1.Person{p}, RuleID, "已绑定通讯录成员")
	}
	if found := d.direct[s.Session]; len(found) == 1 {
		return identityOf(found, RuleID, "单聊会话属于通讯录成员")
	}
	if p := d.people[strings.TrimSpace(s.Name)]; p != nil {
		return identityOf([]*flowdeskv1.Person{p}, RuleID, "通讯录编号即为")
	}
	if found := d.inGroup[groupName{s.Session, name}]; len(found) > 0 && name != "" {
		return identityOf(d.staffFirst(s.Session, found), RuleGroupName, "群内昵称对应通讯录成员")
	}
	if found := d.names[name]; len(found) > 0 {
		return identityOf(d.staffFirst(s.Session, found), RuleName, "名称对应通讯录成员")
	}
	if id, ok := d.byPattern(s.Name, name, patterns); ok {
		return id
	}
	if id, ok := d.byMembership(s.Session, name); ok {
		return id
	}
	return Identity{Role: flowdeskv1.Role_ROLE_USER, Rule: RuleDefault, Reason: "通讯录、名称规则与群角色均未匹配，视为用户"}
}

func identityOf(found []*flowdeskv1.Person, rule, how string) Identity {
	p := found[0]
	id := Identity{Role: p.GetRole(), Rule: rule, Person: p.GetId(), Reason: how + " " + p.GetTitle() + "（" + zh(p.GetRole()) + "）"}
	if len(found) > 1 {
		others := make([]string, 0, len(found)-1)
		for _, o := range found[1:] {
			others = append(others, o.GetTitle()+"/"+o.GetId())
		}
		id.Ambiguous, id.Reason = true, id.Reason+"；还匹配 "+strings.Join(others, "、")
	}
	return id
}

// staffFirst puts the group's own staff before others of the same name.
func (d *Directory) staffFirst(group string, found []*flowdeskv1.Person) []*flowdeskv1.Person {
	if len(found) == 1 {
		return found
	}
	staff := d.groups[group].GetStaff()
	place := func(p *flowdeskv1.Person) int {
		if i := slices.Index(staff, p.GetId()); i >= 0 {
			return i
		}
		return len(staff)
	}
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b *flowdeskv1.Person) int { return place(a) - place(b) })
	return found
}

// byPattern is the role of the first pattern that matches the name as written or folded.
func (d *Directory) byPattern(written, folded string, patterns []*flowdeskv1.RolePattern) (Identity, bool) {
	var id Identity
	for _, p := range patterns {
		re := d.pattern(p.GetPattern())
		switch {
		case re == nil || !re.MatchString(written) && !re.MatchString(folded):
		case id.Rule == "":
			id = Identity{Role: p.GetRole(), Rule: RulePattern, Reason: "名称规则 " + p.GetPattern() + "（" + zh(p.GetRole()) + "）"}
		case p.GetRole() != id.Role && !id.Ambiguous:
			id.Ambiguous, id.Reason = true, id.Reason+"；还匹配 "+p.GetPattern()
		}
	}
	return id, id.Rule != ""
}

func (d *Directory) pattern(text string) *regexp.Regexp {
	if re, ok := d.patterns.Load(text); ok {
		return re.(*regexp.Regexp) //nolint:forcetypeassert // nothing else is stored
	}
	re, _ := regexp.Compile(text) // the compiler refuses bad patterns; here one matches nothing
	d.patterns.Store(text, re)
	return re
}

// byMembership is the role by being of the group: one of its staff under a decorated name, such as 小王（售后） or 售后-小王, or a member of a
// staff group. A name that merely begins with that of a member of staff stays a user's: nobody would answer it otherwise.
func (d *Directory) byMembership(group, name string) (Identity, bool) {
	g := d.groups[group]
	var found []*flowdeskv1.Person
	for _, core := range coreNames(name) {
		for _, p := range d.names[core] {
			if slices.Contains(g.GetStaff(), p.GetId()) {
				found = appendNew(found, p)
			}
		}
	}
	if len(found) > 0 {
		return identityOf(d.staffFirst(group, found), RuleGroupRole, "本群工作人员"), true
	}
	if g.GetInternal() {
		return Identity{Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT, Rule: RuleGroupRole, Reason: "内部工作群成员"}, true
	}
	return Identity{}, false
}

// coreNames are the names that a decorated name may stand for: what stands before a bracket (小王（8 点下班）) or a company (小王@某公司; 微信 is the
// mark of customers, not a company), and the parts between dashes and spaces when another part is a word for staff (售后-小王, not 小王 妈妈).
func coreNames(name string) []string {
	var names []string
	if at := strings.IndexAny(name, "([【〔「<《@"); at > 0 && !strings.HasSuffix(name, "@微信") {
		names = append(names, strings.TrimSpace(name[:at]))
	}
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("()[]【】〔〕「」<>《》-_—–|/·~ ", r) })
	if slices.ContainsFunc(parts, isStaffWord) {
		for _, part := range parts {
			if !isStaffWord(part) {
				names = appendNew(names, part)
			}
		}
	}
	return names
}

// staffWords are the words by which staff decorate their names.
var staffWords = []string{
	"售后", "客服", "助理", "运营", "专员", "顾问", "管理员", "工作人员", "官方", "值班", "白班", "晚班", "service", "support", "staff", "admin",
}

func isStaffWord(part string) bool {
	return slices.ContainsFunc(staffWords, func(word string) bool { return strings.Contains(part, word) })
}
