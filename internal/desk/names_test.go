package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestFoldName(t *testing.T) {
	for name, want := range map[string]string{
		"":                "",
		"张三":              "张三",
		"  张三\u3000":      "张三",
		"ＡＢＣ　１２３":         "abc 123",
		"A\u2005\u00a0 B": "a b",
		"\u200b王\ufeff":   "王",
		"❤️":              "❤",
		" \u200d\t":       "",
		"（小王）":            "(小王)",
	} {
		require.Equal(t, want, desk.FoldName(name), "%q", name)
	}
}

func TestFoldNameIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune(" \u3000\u2005\u200bＡａ张@"))))
		folded := desk.FoldName(name.Draw(t, "name"))
		require.Equal(t, folded, desk.FoldName(folded))
	})
}

// Reply target: the group's remark if not empty, else its name; for a private message the sender.
func TestReplyTarget(t *testing.T) {
	for _, c := range []struct {
		m    *flowdeskv1.MessageEvent
		want string
	}{
		{&flowdeskv1.MessageEvent{RoomType: 1, GroupName: "华东客户群", GroupRemark: "华东", SenderName: "张三"}, "华东"},
		{&flowdeskv1.MessageEvent{RoomType: 3, GroupName: "华东客户群", GroupRemark: " ", SenderName: "张三"}, "华东客户群"},
		{&flowdeskv1.MessageEvent{RoomType: 2, SenderName: " 张三 "}, "张三"},
		{&flowdeskv1.MessageEvent{RoomType: 4, GroupName: "张三的备注", SenderName: "张三"}, "张三"},
		{&flowdeskv1.MessageEvent{SenderName: "张三"}, "张三"},
	} {
		require.Equal(t, c.want, desk.ReplyTarget(c.m))
	}
}

func TestGroupTarget(t *testing.T) {
	group := &flowdeskv1.Group{Title: "华东", Aliases: []*flowdeskv1.GroupAlias{{Robot: "r1", Remark: "客1", Title: "客户群"}, {Robot: "r2", Title: "客户群"}, {Robot: "r3"}}}
	require.Equal(t, "客1", desk.GroupTarget(group, "r1"))
	require.Equal(t, "客户群", desk.GroupTarget(group, "r2"))
	require.Equal(t, "华东", desk.GroupTarget(group, "r3"))
	require.Empty(t, desk.GroupTarget(group, "r4"))
	require.Equal(t, "新群", desk.GroupTarget(&flowdeskv1.Group{Title: "新群"}, "r4"))
}

func TestSameGroup(t *testing.T) {
	require.True(t, desk.SameGroup("华东大客户服务交流一群", "华东大客户服务…"))
	require.True(t, desk.SameGroup("VIP 群", "ｖｉｐ 群"))
	require.False(t, desk.SameGroup("华东一群", "华南…"))
	require.False(t, desk.SameGroup("华东一群", "…"))
	require.False(t, desk.SameGroup("华东一群", "华东"))
}

func TestMentions(t *testing.T) {
	for _, name := range []string{"所有人", "@所有人", "＠ALL", " everyone "} {
		require.True(t, desk.IsEveryone(name), name)
		require.Empty(t, desk.MentionName(name), name)
	}
	require.False(t, desk.IsEveryone("allen"))
	require.Equal(t, "张三", desk.MentionName(" ＠张三 "))
	require.Equal(t, "在吗", desk.WithoutMention("@小助手\u2005在吗", "小助手"))
	require.Equal(t, "在吗", desk.WithoutMention("在吗 ＠小助手", "小助手"))
	require.Equal(t, "@小助手长 在吗", desk.WithoutMention("@小助手长 在吗", "小助手"))
	require.Equal(t, "在吗", desk.WithoutMention(" 在吗 ", ""))
}

func TestNameProblem(t *testing.T) {
	require.Nil(t, desk.NameProblem("华东客户群"))
	for name, want := range map[string]string{"": "empty", "华东-客户": "must not", "A B": "must not", "一二三四五六七八九十一二三": "cut", "1群": "digit"} {
		require.Contains(t, desk.NameProblem(name).GetEn(), want, name)
	}
}
