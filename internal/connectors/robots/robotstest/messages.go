package robotstest

import (
	"io"
	"net/http"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// anyID leaves the message id out of comparisons: it is optional and of the platform's making.
var anyID = cmpopts.IgnoreFields(robots.Message{}, "ID")

// heard parses what arrived at an address.
func (b *bench) heard(in *inbox) []robots.Message {
	b.Helper()
	synctest.Wait()
	var list []robots.Message
	bodies, kinds := in.take()
	for i, body := range bodies {
		m, err := b.ParseMessage(body, kinds[i])
		require.NoError(b, err)
		list = append(list, m)
	}
	return list
}

var messages = []contractCase{
	{"every robot of the group reports what a person says, each with its own remark", func(b *bench) {
		reply, monitor := b.listen("reply.test", nil), b.listen("monitor.test", nil)
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, reply.URL, robots.ReplyAll))
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Monitor, monitor.URL, robots.ReplyAll))
		b.Say(OtherGroup, "发票怎么开", ReplyRobot)
		want := robots.Message{
			Sender: Person, Group: OtherGroup, GroupRemark: OtherRemark, Room: robots.RoomExternalGroup,
			Type: robots.TextPlain, AtMe: true, Spoken: "发票怎么开", RawSpoken: "@小助手 发票怎么开",
		}
		require.Empty(b, cmp.Diff([]robots.Message{want}, b.heard(reply), anyID))
		require.Equal(b, OtherRemark, want.ReplyTarget())
		want.GroupRemark, want.AtMe, want.Spoken = "", false, want.RawSpoken
		require.Empty(b, cmp.Diff([]robots.Message{want}, b.heard(monitor), anyID))
		require.Equal(b, OtherGroup, want.ReplyTarget())
	}},
	{"the reply policy decides what is reported", func(b *bench) {
		in := b.listen("reply.test", nil)
		for policy, want := range map[robots.ReplyPolicy]int{
			robots.ReplyNever: 0, robots.ReplyMentioned: 1, robots.ReplyAll: 2,
		} {
			require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, in.URL, policy))
			b.Say(Group, "在吗")
			b.Say(Group, "在吗", ReplyRobot)
			require.Len(b, b.heard(in), want, "policy %d", policy)
		}
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, "", robots.ReplyAll))
		b.Say(Group, "在吗")
		require.Empty(b, b.heard(in))
	}},
	{"the monitor hears what the reply robot says, which does not hear itself", func(b *bench) {
		reply, monitor := b.listen("reply.test", nil), b.listen("monitor.test", nil)
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, reply.URL, robots.ReplyAll))
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Monitor, monitor.URL, robots.ReplyAll))
		b.send(text("已为您登记", Person))
		b.work(1)
		require.Empty(b, b.heard(reply))
		require.Empty(b, cmp.Diff([]robots.Message{{
			Sender: ReplyRobot, Group: Group, Room: robots.RoomExternalGroup, Type: robots.TextPlain,
			Spoken: "@张三 已为您登记", RawSpoken: "@张三 已为您登记",
		}}, b.heard(monitor), anyID))
	}},
	{"an answer with a code other than 0 is spoken aloud, an HTTP error is not", func(b *bench) {
		status := http.StatusServiceUnavailable
		in := b.listen("reply.test", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			if status == http.StatusOK {
				_, _ = io.WriteString(w, `{"code":500,"message":"数据库错误"}`)
			}
		})
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, in.URL, robots.ReplyAll))
		b.Say(Group, "在吗")
		synctest.Wait()
		require.Empty(b, b.Said(Group))
		status = http.StatusOK
		b.Say(Group, "在吗")
		synctest.Wait()
		require.Equal(b, []string{"数据库错误"}, b.Said(Group))
	}},
	{"the callback log lists what was reported", func(b *bench) {
		in := b.listen("reply.test", nil)
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, in.URL, robots.ReplyAll))
		b.Say(Group, "一")
		synctest.Wait()
		b.Say(Group, "二", ReplyRobot)
		synctest.Wait()
		page, err := b.Platform.CallbackLog(b.Context(), b.Reply, robots.LogQuery{Size: 1})
		require.NoError(b, err)
		require.Len(b, page.Items, 1)
		require.Equal(b, "二", page.Items[0].Message.Spoken)
		require.True(b, page.Items[0].Message.AtMe)
		require.Equal(b, 2, page.Next)
		page, err = b.Platform.CallbackLog(b.Context(), b.Reply, robots.LogQuery{Size: 1, Page: 2})
		require.NoError(b, err)
		require.Equal(b, "一", page.Items[0].Message.RawSpoken)
		require.Zero(b, page.Next)
	}},
}
