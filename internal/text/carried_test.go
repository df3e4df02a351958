package text

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCarried(t *testing.T) {
	t.Parallel()
	u := open(t)
	var all []gold
	files, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".tsv") {
			all = append(all, readGold(t, f.Name())...)
		}
	}
	for _, c := range []struct {
		name   string
		change func(string) string
	}{
		{"as is", func(s string) string { return s }},
		{"mention", func(s string) string { return "@张三 " + s }},
		{"mention2005", func(s string) string { return "@王小二-售后\u2005" + s }},
		{"mention end", func(s string) string { return s + " @王小二" }},
		{"emoji word", func(s string) string { return s + "[捂脸]" }},
		{"emoji word2", func(s string) string { return s + "[抱拳][抱拳]" }},
		{"emoji", func(s string) string { return s + "🙏" }},
		{"smile", func(s string) string { return s + "😂😂" }},
		{"E-s", func(s string) string { return s + "#E-s[数字x]" }},
		{"link", func(s string) string { return s + " https://item.shop.com/i.htm?id=6612&from=share" }},
		{"link first", func(s string) string { return "https://item.shop.com/i.htm?id=6612&from=share " + s }},
		{"link nl", func(s string) string { return s + "\nhttps://t.cn/A6x" }},
		{"number first", func(s string) string { return "6612003377415 " + s }},
		{"number", func(s string) string { return s + " YT8830021945521" }},
		{"placeholder", func(s string) string { return "[订单编号] " + s }},
		{"quote", func(s string) string {
			return "「李经理：您好，稍后为您转人工处理」\n- - - - - - - - - - - - - - -\n" + s
		}},
		{"quote2", func(s string) string { return "\"客服小美：请问您在吗？\"\n------\n" + s }},
		{"mail quote", func(s string) string { return s + "\n> 请问您还需要转人工吗\n> 谢谢" }},
		{"no marks", func(s string) string {
			return strings.NewReplacer("，", "", "？", "", "！", "", "。", "", "?", "", "!", "").Replace(s)
		}},
		{"spaces", func(s string) string {
			return strings.NewReplacer("，", " ", "？", " ", "！", " ", "。", " ").Replace(s)
		}},
		{"upper", strings.ToUpper},
		{"stops", func(s string) string { return s + "。。。" }},
		{"tilde", func(s string) string { return s + "~~" }},
		{"bang", func(s string) string { return s + "！！！" }},
		{"hello", func(s string) string { return "你好 " + s }},
		{"thanks", func(s string) string { return s + " 谢谢" }},
		{"img", func(s string) string { return "[图片]" + s }},
		{"img nl", func(s string) string { return s + "\n[图片]" }},
		{"html", func(s string) string { return "<br/>" + s + "&nbsp;" }},
		{"twice", func(s string) string { return s + "\n" + s }},
		{"filler", func(s string) string { return "那个就是说" + s }},
		{"filler2", func(s string) string { return "嗯 " + s }},
		{"ah", func(s string) string { return s + "啊" }},
		{"ha", func(s string) string { return s + "哈" }},
	} {
		lines := make([]gold, len(all))
		for i, g := range all {
			lines[i] = g
			lines[i].text = c.change(g.text)
		}
		m := measure(u, lines)
		t.Logf("%-12s hand-off F1 %.3f  response F1 %.3f  task macro F1 %.3f  intent acc %.3f  polarity acc %.3f  chit-chat F1 %.3f",
			c.name, m.handoff, m.response, m.task, m.intent, m.polarity, m.chitchat)
		if os.Getenv("TEXT_MISSES") == c.name {
			t.Log("\n" + strings.Join(m.wrong, "\n"))
		}
	}
}
