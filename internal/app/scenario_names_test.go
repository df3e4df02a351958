package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// A robot's account was renamed and nobody told us: what it says under a name that we do not know is its own words all the same, and is not answered.
func TestARobotUnderAnUnknownNameDoesNotAnswerItself(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		_, err := flowdeskv1.NewRobotServiceClient(w.api).UpdateRobot(w.t.Context(), &flowdeskv1.UpdateRobotRequest{
			Robot: &flowdeskv1.Robot{Name: "robots/day", Title: "小美"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}},
		})
		require.NoError(t, err)
		w.advance(2 * time.Second)
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{Echo: true}))
		w.says("张三", "你们周末上班吗")
		w.says("李四", "发票怎么开")
		w.advance(10 * time.Minute)
		lines := in(customerGroup, w.robotsSaid())
		require.Len(t, lines, 2, "one answer for each question")
		require.Len(t, w.alertsContaining("未登记的名称「白班小助手」"), 1)
		for _, m := range w.messages() {
			require.NotEqual(t, "白班小助手", m.GetSenderName(), "what was said is stored once: %s", m.GetText())
		}
	})
}

// rooms are further groups at the platform.
func rooms(names ...string) func(w *world) { return func(w *world) { w.rooms = names } }

// hears posts the monitor robot's report of a message in a group that its account knows by a name and perhaps a remark.
func (w *world) hears(group, remark, sender, text, id string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"spoken":%[1]q,"rawSpoken":%[1]q,"receivedName":%[2]q,"groupName":%[3]q,"groupRemark":%[4]q,"roomType":1,"textType":1,"messageId":%[5]q}`,
		text, sender, group, remark, id)
	w.rest("POST", strings.TrimPrefix(w.webhooks["day"].GetMessage(), "http://desk"), body, nil)
	w.advance(time.Millisecond)
}

// texted are the texts of a session, oldest first, without those of robots.
func (w *world) texted(session string) []string {
	w.t.Helper()
	r, err := flowdeskv1.NewSessionServiceClient(w.api).ListMessages(w.t.Context(), &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + session})
	require.NoError(w.t, err)
	var texts []string
	for _, m := range slices.Backward(r.GetMessages()) {
		if !m.GetOutgoing() {
			texts = append(texts, m.GetText())
		}
	}
	return texts
}

// Two rooms have one name. The platform knows no ids: a remark that the robot's account gives to one of them tells them apart, and each is answered
// where it was asked.
func TestTwoGroupsOfOneName(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.hears("客户群", "", "张三", "发票怎么开", "a1")
		w.hears("客户群", "客户群-乙公司", "李四", "退款多久到账", "b1")
		w.hears("客户群", "", "张三", "好的谢谢", "a2")
		w.advance(20 * time.Second)
		lines := w.robotsSaid()
		require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(in("客户群", lines)))
		require.Equal(t, []string{"审核通过后一到三个工作日原路退回。"}, texts(in("客户群-乙公司", lines)), "by the remark, which the platform searches")
		r, err := flowdeskv1.NewDirectoryServiceClient(w.api).ListGroups(w.t.Context(), &flowdeskv1.ListGroupsRequest{})
		require.NoError(t, err)
		var sessions [][]string
		for _, g := range r.GetGroups() {
			if g.GetTitle() == "客户群" {
				require.True(t, g.GetReview())
				sessions = append(sessions, w.texted(g.GetId()))
			}
		}
		require.ElementsMatch(t, [][]string{{"发票怎么开", "好的谢谢"}, {"退款多久到账"}}, sessions)
	}, rooms("客户群", "客户群-乙公司"))
}

// A room takes the old name of another that was renamed. Until a person says so its messages are taken for those of the other; then the name is taken
// from the one and given to the other, and both go on apart.
func TestAGroupTakesAnothersOldName(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		directory := flowdeskv1.NewDirectoryServiceClient(w.api)
		w.hears("一群", "", "张三", "早上好", "a1")
		w.hears("二群", "", "李四", "早上好呀", "b1")
		first, second := w.groupTitled("一群"), w.groupTitled("二群")

		w.hears("三群", "", "李四", "在吗", "b2") // 二群 became 三群
		w.merge(w.groupTitled("三群").GetId(), second.GetId())

		// 一群 became 二群, and a person moves the name before the next message
		got, err := directory.GetGroup(w.t.Context(), &flowdeskv1.GetGroupRequest{Name: second.GetName()})
		require.NoError(t, err)
		kept := slices.DeleteFunc(got.GetGroup().GetAliases(), func(a *flowdeskv1.GroupAlias) bool { return a.GetTitle() == "二群" })
		_, err = directory.UpdateGroup(w.t.Context(), &flowdeskv1.UpdateGroupRequest{
			Group: &flowdeskv1.Group{Name: second.GetName(), Title: "三群", Aliases: kept}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"aliases", "title"}},
		})
		require.NoError(t, err)
		_, err = directory.UpdateGroup(w.t.Context(), &flowdeskv1.UpdateGroupRequest{
			Group:      &flowdeskv1.Group{Name: first.GetName(), Title: "二群", Aliases: append(first.GetAliases(), &flowdeskv1.GroupAlias{Robot: "day", Title: "二群"})},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"aliases", "title"}},
		})
		require.NoError(t, err)
		w.robotsSaid()

		w.hears("二群", "", "张三", "发票怎么开", "a2")
		w.hears("三群", "", "李四", "退款多久到账", "b3")
		w.advance(20 * time.Second)
		lines := w.robotsSaid()
		require.Equal(t, []string{"在订单页点击申请发票即可。"}, texts(in("二群", lines)))
		require.Equal(t, []string{"审核通过后一到三个工作日原路退回。"}, texts(in("三群", lines)))
		require.Equal(t, []string{"早上好", "发票怎么开"}, w.texted(first.GetId()))
		require.Equal(t, "退款多久到账", w.texted(second.GetId())[len(w.texted(second.GetId()))-1])
	}, rooms("一群", "二群", "三群"))
}

// Two users have one nickname: the platform tells no more of them, so that they are one to us; each question is answered all the same.
func TestTwoUsersOfOneNickname(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("小明", "发票怎么开")
		w.says("小明", "退款多久到账")
		w.advance(20 * time.Second)
		require.Equal(t, []string{"在订单页点击申请发票即可。", "审核通过后一到三个工作日原路退回。"}, texts(in(customerGroup, w.robotsSaid())))
		w.says("小明", "好的")
		w.says("小明", "好的") // the other one, too
		w.advance(5 * time.Second)
		require.Len(t, w.texted(w.groups[customerGroup]), 4)
		w.silence()
	})
}

// Who works for us in one group is a customer in another, under the same name.
func TestStaffWhoAreCustomersElsewhere(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.hears("乙公司群", "", "李四", "早上好", "b0")
		w.advance(2 * time.Second)
		other := w.groupTitled("乙公司群").GetId()
		w.hears("乙公司群", "", support, "发票怎么开", "b1")
		w.advance(20 * time.Second)
		require.Empty(t, in("乙公司群", w.robotsSaid()), "staff are not answered")

		_, err := flowdeskv1.NewDirectoryServiceClient(w.api).UpdatePerson(w.t.Context(), &flowdeskv1.UpdatePersonRequest{
			Person: &flowdeskv1.Person{Name: "people/wang", GroupNames: []*flowdeskv1.GroupName{
				{Group: other, Title: support, Role: flowdeskv1.Role_ROLE_USER},
			}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"group_names"}},
		})
		require.NoError(t, err)
		w.advance(2 * time.Second)
		w.hears("乙公司群", "", support, "退款多久到账", "b2")
		w.advance(20 * time.Second)
		require.Equal(t, []string{"审核通过后一到三个工作日原路退回。"}, texts(in("乙公司群", w.robotsSaid())))

		w.says("张三", "你们老板的电话是多少")
		w.says(support, "@张三 我来回复您", "张三")
		w.advance(5 * time.Second)
		session, err := flowdeskv1.NewSessionServiceClient(w.api).GetSession(w.t.Context(), &flowdeskv1.GetSessionRequest{Name: "sessions/" + w.groups[customerGroup]})
		require.NoError(t, err)
		require.NotEmpty(t, session.GetSession().GetInterventions(), "and staff where the person works")
	}, rooms("乙公司群"))
}
