package robotstest

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// anyID leaves the message id out of comparisons: it is optional and of the platform's making.
var anyID = cmpopts.IgnoreFields(robots.Message{}, "ID")

// heard parses what arrived at an address.
func (b *bench) heard(t *testing.T, in *inbox) []robots.Message {
	t.Helper()
	synctest.Wait()
	var list []robots.Message
	bodies, kinds := in.take()
	for i, body := range bodies {
		m, err := b.ParseMessage(body, kinds[i])
		require.NoError(t, err)
		list = append(list, m)
	}
	return list
}

var messages = []contractCase{
	{"every robot of the group reports what a person says, each with its own remark", func(t *testing.T, b *bench) {
		reply, monitor := b.listen(t, "reply.test", nil), b.listen(t, "monitor.test", nil)
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, reply.URL, robots.ReplyAll))
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Monitor, monitor.URL, robots.ReplyAll))
		b.Say(OtherGroup, "发票怎么开", ReplyRobot)
		want := robots.Message{
			Sender: Person, Group: OtherGroup, GroupRemark: OtherRemark, Room: robots.RoomExternalGroup,
			Type: robots.TextPlain, AtMe: true, Spoken: "发票怎么开", RawSpoken: "@小助手 发票怎么开",
		}
		require.Empty(t, cmp.Diff([]robots.Message{want}, b.heard(t, reply), anyID))
		require.Equal(t, OtherRemark, want.ReplyTarget())
		want.GroupRemark, want.AtMe, want.Spoken = "", false, want.RawSpoken
		require.Empty(t, cmp.Diff([]robots.Message{want}, b.heard(t, monitor), anyID))
		require.Equal(t, OtherGroup, want.ReplyTarget())
	}},
	{"the reply policy decides what is reported", func(t *testing.T, b *bench) {
		in := b.listen(t, "reply.test", nil)
		for policy, want := range map[robots.ReplyPolicy]int{
			robots.ReplyNever: 0, robots.ReplyMentioned: 1, robots.ReplyAll: 2,
		} {
			require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, in.URL, policy))
			b.Say(Group, "在吗")
			b.Say(Group, "在吗", ReplyRobot)
			require.Len(t, b.heard(t, in), want, "policy %d", policy)
		}
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, "", robots.ReplyAll))
		b.Say(Group, "在吗")
		require.Empty(t, b.heard(t, in))
	}},
	{"the monitor hears what the reply robot says, which does not hear itself", func(t *testing.T, b *bench) {
		reply, monitor := b.listen(t, "reply.test", nil), b.listen(t, "monitor.test", nil)
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, reply.URL, robots.ReplyAll))
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Monitor, monitor.URL, robots.ReplyAll))
		b.send(t, text("已为您登记", Person))
		b.work(1)
		require.Empty(t, b.heard(t, reply))
		require.Empty(t, cmp.Diff([]robots.Message{{
			Sender: ReplyRobot, Group: Group, Room: robots.RoomExternalGroup, Type: robots.TextPlain,
			Spoken: "@张三 已为您登记", RawSpoken: "@张三 已为您登记",
		}}, b.heard(t, monitor), anyID))
	}},
	{"an answer with a code other than 0 is spoken aloud, an HTTP error is not", func(t *testing.T, b *bench) {
		status := http.StatusServiceUnavailable
		in := b.listen(t, "reply.test", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			if status == http.StatusOK {
				_, _ = io.WriteString(w, `{"code":500,"message":"数据库错误"}`)
			}
		})
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, in.URL, robots.ReplyAll))
		b.Say(Group, "在吗")
		synctest.Wait()
		require.Empty(t, b.Said(Group))
		status = http.StatusOK
		b.Say(Group, "在吗")
		synctest.Wait()
		require.Equal(t, []string{"数据库错误"}, b.Said(Group))
	}},
	{"the callback log lists what was reported", func(t *testing.T, b *bench) {
		in := b.listen(t, "reply.test", nil)
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, in.URL, robots.ReplyAll))
		b.Say(Group, "一")
		synctest.Wait()
		b.Say(Group, "二", ReplyRobot)
		synctest.Wait()
		page, err := b.Platform.CallbackLog(t.Context(), b.Reply, robots.LogQuery{Size: 1})
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		require.Equal(t, "二", page.Items[0].Message.Spoken)
		require.True(t, page.Items[0].Message.AtMe)
		require.Equal(t, 2, page.Next)
		page, err = b.Platform.CallbackLog(t.Context(), b.Reply, robots.LogQuery{Size: 1, Page: 2})
		require.NoError(t, err)
		require.Equal(t, "一", page.Items[0].Message.RawSpoken)
		require.Zero(t, page.Next)
	}},
}
