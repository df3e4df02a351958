package desk_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	operator   = flowdeskv1.Role_ROLE_OPERATOR
	assistant  = flowdeskv1.Role_ROLE_GROUP_ASSISTANT
	afterSales = flowdeskv1.Role_ROLE_AFTER_SALES
	user       = flowdeskv1.Role_ROLE_USER
	robot      = flowdeskv1.Role_ROLE_ROBOT
)

func directory() *desk.Directory {
	return desk.NewDirectory(&flowdeskv1.Environment{
		Robots: []*flowdeskv1.Robot{
			{Id: "r1", Title: "小助手", Aliases: []string{"客服小Ａ"}},
			{Id: "r2", Title: "夜班助手"},
		},
		People: []*flowdeskv1.Person{
			{Id: "cai", Title: "财神爷", Role: operator, DirectSession: "s-cai"},
			{Id: "wang", Title: "小王", Role: afterSales, Names: []string{"售后小王", "Wang Li"}},
			{Id: "desk", Title: "客服", Role: assistant},
			{Id: "li-1", Title: "小李", Role: assistant},
			{Id: "li-2", Title: "小李", Role: afterSales},
			{Id: "zhao", Title: "赵六", Role: user, GroupNames: []*flowdeskv1.GroupName{{Group: "g2", Title: "大赵"}}},
			{Id: "boss", Title: "老板", Role: operator, GroupNames: []*flowdeskv1.GroupName{{Group: "g1", Title: "赵六"}}},
			{Id: "fake", Title: "夜班助手", Role: user},
		},
		Groups: []*flowdeskv1.Group{
			{Id: "g1", Staff: []string{"li-2", "wang", "gone", "desk"}},
			{Id: "g2"},
			{Id: "staff", Internal: true},
		},
	})
}

var patterns = []*flowdeskv1.RolePattern{
	{Pattern: "([", Role: operator}, // does not compile: matches nothing
	{Pattern: "^售后", Role: afterSales},
	{Pattern: "助理$", Role: assistant},
}

func TestIdentification(t *testing.T) {
	d := directory()
	for _, c := range []struct {
		name          string
		session, said string
		role          flowdeskv1.Role
		rule          string
		person        string
		ambiguous     bool
	}{
		{"one of our own robots", "g1", "小助手", robot, desk.RuleRobot, "", false},
		{"a robot's alias in another width", "g1", "客服小A", robot, desk.RuleRobot, "", false},
		{"a robot's alias in another case", "g1", " 客服小ａ\u200b", robot, desk.RuleRobot, "", false},
		{"a robot wins over a person of its name", "g1", "夜班助手", robot, desk.RuleRobot, "", true},
		{"explicit directory entry by id", "g1", "cai", operator, desk.RuleID, "cai", false},
		{"a one-to-one chat belongs to its person", "s-cai", "Cai ✨", operator, desk.RuleID, "cai", false},
		{"name within the group", "g2", "大赵", user, desk.RuleGroupName, "zhao", false},
		{"name within the group wins over the name", "g1", "赵六", operator, desk.RuleGroupName, "boss", false},
		{"name within another group is no name here", "g1", "大赵", user, desk.RuleDefault, "", false},
		{"name", "g2", "财神爷", operator, desk.RuleName, "cai", false},
		{"other name, in other case and with other spaces", "g2", "WANG\u2005 li", afterSales, desk.RuleName, "wang", false},
		{"the directory wins over a pattern", "g1", "售后小王", afterSales, desk.RuleName, "wang", false},
		{"two of one name: the first is taken", "g2", "小李", assistant, desk.RuleName, "li-1", true},
		{"two of one name: the group's staff is taken", "g1", "小李", afterSales, desk.RuleName, "li-2", true},
		{"name patterns", "g1", "售后-阿强", afterSales, desk.RulePattern, "", false},
		{"patterns see through invisible marks", "g1", "\u200b售后阿强", afterSales, desk.RulePattern, "", false},
		{"patterns that disagree", "g1", "售后助理", afterSales, desk.RulePattern, "", true},
		{"group membership under a decorated name", "g1", "小王（8 点下班）", afterSales, desk.RuleGroupRole, "wang", false},
		{"group membership before a company", "g1", "小李@某公司", afterSales, desk.RuleGroupRole, "li-2", false},
		{"decorated name where the person is not staff", "g2", "小王（号主）", user, desk.RuleDefault, "", false},
		{"a word for staff before the name", "g1", "客服-小王", afterSales, desk.RuleGroupRole, "wang", false},
		{"a word for staff is not the name of staff", "g1", "客服-小红", user, desk.RuleDefault, "", false},
		{"a customer of the name of a member of staff", "g1", "小王 妈妈", user, desk.RuleDefault, "", false},
		{"a customer's suffix", "g1", "小王-VIP", user, desk.RuleDefault, "", false},
		{"the mark of customers is no company", "g1", "小王@微信", user, desk.RuleDefault, "", false},
		{"a longer name is another name", "g1", "小王明", user, desk.RuleDefault, "", false},
		{"member of a staff group", "staff", "不认识", assistant, desk.RuleGroupRole, "", false},
		{"else a user", "g1", "张三", user, desk.RuleDefault, "", false},
		{"unknown group", "nowhere", "张三", user, desk.RuleDefault, "", false},
		{"no name", "g1", " \u200b", user, desk.RuleDefault, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := d.Identify(c.session, c.said, patterns)
			require.Equal(t, c.role, got.Role)
			require.Equal(t, c.rule, got.Rule)
			require.Equal(t, c.person, got.Person)
			require.Equal(t, c.ambiguous, got.Ambiguous, got.Reason)
			require.NotEmpty(t, got.Reason)
		})
	}
}

func TestAmbiguityIsRecordedWithTheReason(t *testing.T) {
	require.Equal(t, "名称对应通讯录成员 小李（售后）；还匹配 小李/li-1", directory().Identify("g1", "小李", nil).Reason)
}

func TestBoundParticipantIsItsPersonWhateverItsName(t *testing.T) {
	d := directory()
	got := d.IdentifySender(desk.Sender{Session: "g1", Name: "小李", Person: "zhao"}, nil)
	require.Equal(t, "zhao", got.Person)
	require.Equal(t, desk.RuleID, got.Rule)
	require.Equal(t, "小李", got.Name)
	require.Equal(t, robot, d.IdentifySender(desk.Sender{Session: "g1", Name: "小助手", Person: "zhao"}, nil).Role, "no loops: a robot stays a robot")
	require.Equal(t, desk.RuleName, d.IdentifySender(desk.Sender{Session: "g1", Name: "小李", Person: "deleted"}, nil).Rule)
}

func TestDirectoryLookups(t *testing.T) {
	d := directory()
	require.Equal(t, "r1", d.Robot("  小助手 ").GetId())
	require.Nil(t, d.Robot("张三"))
	require.Nil(t, d.Robot(""))
	staff := d.Staff("g1")
	require.Len(t, staff, 3, "those that are in the directory, first one first")
	require.Equal(t, "li-2", staff[0].GetId())
	require.Equal(t, "财神爷", d.Person("cai").GetTitle())
	require.True(t, d.Group("staff").GetInternal())
	require.Equal(t, user, desk.NewDirectory(nil).Identify("g", "n", nil).Role)
}

func BenchmarkIdentify(b *testing.B) {
	env := &flowdeskv1.Environment{}
	for i := range 5000 {
		env.People = append(env.People, &flowdeskv1.Person{Id: fmt.Sprint("p", i), Title: fmt.Sprint("员工", i), Role: assistant})
	}
	env.Groups = []*flowdeskv1.Group{{Id: "g", Staff: []string{"p1", "p2"}}}
	d := desk.NewDirectory(env)
	for name, said := range map[string]string{"staff": "员工4711", "user": "张三丰", "folded": "　张三 "} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Identify("g", said, patterns)
			}
		})
	}
}

// An entry without an id must not make everybody the person that it describes.
func TestEntryWithoutIDBindsNobody(t *testing.T) {
	d := desk.NewDirectory(&flowdeskv1.Environment{People: []*flowdeskv1.Person{{Title: "老板", Role: operator}}})
	require.Equal(t, user, d.Identify("g1", "张三", nil).Role)
	require.Equal(t, user, d.Identify("g1", " ", nil).Role)
	require.Equal(t, operator, d.Identify("g1", "老板", nil).Role)
}
