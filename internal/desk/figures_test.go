package desk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/flowdesk/flowdesk/internal/desk"
)

// unfaithful are the issues of a reply to a source that are about numbers.
func unfaithful(reply, source string) []string {
	var found []string
	for _, i := range desk.CheckReply(desk.ReplyFacts{Text: reply, Citations: []string{source}, Question: "500 元套餐什么时候上线", Names: []string{"小王88"}}) {
		if i.Code == desk.IssueUnfaithful {
			_, number, _ := strings.Cut(i.EN, ": ")
			found = append(found, number)
		}
	}
	return found
}

func TestNumbersThatStandInNoSourceAreUnfaithful(t *testing.T) {
	for _, c := range []struct{ name, reply, source, want string }{
		{"opening hours", "营业时间是 8:00 到 22:00", "营业时间是 9:00 到 21:00", "8:00 22:00"},
		{"hour in words", "每天 8 点开门", "每天 9 点开门", "8:00"},
		{"price without a unit", "价格是 299", "价格是 199", "299"},
		{"price in Chinese characters", "只要二十元", "只要十元", "20"},
		{"hotline", "请拨打 400-888-1234", "请拨打 400-888-1235", "4008881234"},
		{"version", "支持 Android 12 以上", "支持 Android 10 以上", "12"},
		{"share", "返 5%", "返 3%", "5"},
		{"one number is named once", "99 元，就是 99 元", "有优惠", "99"},
		{"times ten thousand", "满 2 万元", "满 1 万元", "20000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, strings.Fields(c.want), unfaithful(c.reply, c.source))
		})
	}
}

// What says the same in other words is faithful.
func TestNumbersMayBeWrittenOtherwise(t *testing.T) {
	for _, c := range []struct{ name, reply, source string }{
		{"digits for Chinese characters", "3 天内到账，共 21 元", "三天内到账，共二十一元"},
		{"Chinese characters for digits", "两个工作日到账", "2 个工作日到账"},
		{"thousands", "服务费 1,000 元", "服务费一千元"},
		{"cents of nothing", "费用 99.00 元", "费用 ¥99"},
		{"times ten thousand", "满 10000 元", "满 1 万元"},
		{"unit left out", "服务费 99 元", "服务费：99"},
		{"hours", "09:00 至 21:30", "9 点到晚上 9 点半"},
		{"hours in Chinese characters", "9:00 开门", "九点开门"},
		{"afternoon that is said twice", "下午 15:00 关门", "15:00 关门"},
		{"area code", "请拨打 075512345678", "请拨打 0755-12345678"},
		{"full width", "１５ 分钟", "15分钟"},
		{"number in groups", "请拨打 4008881234", "热线 400-888-1234"},
		{"day of the week", "星期三天气不好也营业", "天天营业"},
		{"list", "1. 打开设置 2. 点击绑定 10. 保存", "打开设置，点击绑定，保存"},
		{"words that count nothing", "请稍等一下，一个一个来，第二天再看，十分抱歉", "请等待"},
		{"number of the question", "500 元套餐暂未上线", "套餐暂未上线"},
		{"number of a name", "小王88，您好", "您好"},
		{"date in other signs", "2026-01-05 上线", "2026年1月5日上线"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Empty(t, unfaithful(c.reply, c.source))
		})
	}
}

// A text is faithful to itself.
func TestEveryTextIsFaithfulToItself(t *testing.T) {
	part := rapid.SampledFrom(strings.Split("1|23|0|4,567|,|.|:|-|点|半|30|分|万|千|百|十|二|两|元| |下午|%|¥|400|、|周|第|x|天", "|"))
	rapid.Check(t, func(t *rapid.T) {
		text := "请看" + strings.Join(rapid.SliceOfN(part, 0, 14).Draw(t, "parts"), "")
		require.Empty(t, unfaithful(text, text))
	})
}
