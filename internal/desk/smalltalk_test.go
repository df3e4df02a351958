package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestWordsAroundAMatter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		is      func(desk.SmallTalk) bool
		yes, no []string
	}{
		"opens": {
			func(talk desk.SmallTalk) bool { return talk.Opens },
			[]string{"我想问一下", "你好，我想问一下", "请问", "请问下~", "有个问题想问", "咨询一下。"},
			[]string{"我想问一下发票怎么开", "请问门店在哪", "问题", "", "一下"},
		},
		"urges": {
			func(talk desk.SmallTalk) bool { return talk.Urges },
			[]string{"急！", "急急急！！！", "在吗？", "人呢", "有人吗？？", "快点啊", "喂喂"},
			[]string{"急需发票", "有人工吗", "快点发货", "人呢，我的货到哪了", ""},
		},
		"takes back": {
			func(talk desk.SmallTalk) bool { return talk.TakesBack },
			[]string{"算了不用了", "算了，没事", "没事了", "不需要了，", "当我没说"},
			[]string{"算了不用了你们退钱", "没事了吗", "算了", "不用了吗", "不需要了解"},
		},
		"thanks": {
			func(talk desk.SmallTalk) bool { return talk.Thanks },
			[]string{"谢谢", "收到发货短信了，谢谢啦", "小助理辛苦了", "看到了，谢谢", "Thanks!", "多谢多谢🙏", "好的谢谢", "谢谢你们这么快处理", "非常感谢！", "谢谢，解决了", "非常满意，谢谢", "嗯嗯，谢谢老师", "got it, thanks", "谢了", "谢啦", "谢谢 辛苦了", "谢谢 哈哈", "好的 谢谢 👍", "thank you very much"},
			[]string{"最低提现金额，谢谢", "退货地址，谢谢", "发票抬头谢谢", "发票 谢谢", "我要退货，谢谢", "订单号8812，谢谢", "改成下午送，辛苦了", "refund status, thanks", "谢谢，但是还没到", "谢谢，怎么开发票", "帮我查一下，谢谢", "尽快处理，谢谢", "感谢不了，你们太差", "好的", "请问发票，谢谢", "谢谢 地址人民路8号", "谢谢  抬头是星光公司", "谢谢订单号88120", "谢谢张三的电话13800138000", "我今天上午在你们门店买的那件衣服质量真的特别好，谢谢"},
		},
		"jests": {
			func(talk desk.SmallTalk) bool { return talk.Jests },
			[]string{"笑死，退群退群😂", "哈哈哈你们老板睡了", "开玩笑的别当真", "退群[狗头]"},
			[]string{"退群", "我要投诉", "不做了"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, text := range c.yes {
				require.True(t, c.is(desk.HearSmallTalk(text)), text)
			}
			for _, text := range c.no {
				require.False(t, c.is(desk.HearSmallTalk(text)), text)
			}
		})
	}
}

func TestWithoutFaces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[捂脸][捂脸]":  "",
		"好的[OK]":    "好的",
		"[订单12345]": "[订单12345]",
		"[笑":        "[笑",
		"看[微笑]这里[这是一段很长很长的话]": "看这里[这是一段很长很长的话]",
		"": "",
	} {
		require.Equal(t, want, desk.WithoutFaces(text), text)
	}
}
