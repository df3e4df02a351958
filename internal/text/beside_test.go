package text_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/text"
)

// Whoever calls for a person says most often why, before or after, with a mark between or none. The call must be heard beside anything, and
// what stands beside it must not sound like one.
func TestACallIsHeardBesideAnything(t *testing.T) {
	t.Parallel()
	u, err := text.New(text.Options{})
	require.NoError(t, err)
	calls := []string{
		"我要转人工", "转人工", "给我转人工客服", "请帮我转接人工", "我要人工客服", "叫你们经理来", "我要跟真人说话", "麻烦转人工", "找个人工跟我说",
		"能转人工吗", "换人工来", "别用机器人回复我", "有没有真人客服", "让你们主管联系我", "人工客服呢",
	}
	reasons := []string{
		"这都什么玩意", "问了半天没解决", "我的订单到现在还没发货", "退款一直不到账", "东西坏了也没人管", "你们客服电话打不通", "我都等了三天了", "说了多少遍了",
		"太慢了", "快点", "谢谢", "我想退货", "发票开错了", "账号登录不上", "扣了我两次钱", "垃圾服务", "一点用都没有", "我看不懂你说的", "东西质量太差了",
		"什么破玩意儿", "急", "物流三天没动了", "我不想再等了",
	}
	english := []string{
		"I want to talk to a human", "transfer me to an agent please", "let me speak to your manager", "can I talk to a real person", "get me a human",
		"agent please", "please have someone call me",
	}
	why := []string{
		"this is useless", "my order still has not arrived", "the refund is not in my account", "I cannot log in", "you charged me twice",
		"I have been waiting for three days", "the app keeps crashing", "I need this today", "worst service ever",
	}
	for _, set := range []struct {
		calls, reasons, marks []string
		missed                float64 // share that may be missed
	}{
		{calls, reasons, []string{"，", " ", "", "。", "！"}, 0.06},
		{english, why, []string{", ", " ", ". ", "! "}, 0.03},
	} {
		var missed, all int
		var examples []string
		for _, call := range set.calls {
			for _, reason := range set.reasons {
				for _, mark := range set.marks {
					for _, said := range []string{call + mark + reason, reason + mark + call} {
						all++
						if !u.Understand(said, "", text.Words{}).GetHandoff() {
							missed++
							examples = append(examples, said)
						}
					}
				}
			}
		}
		t.Logf("%d of %d calls missed", missed, all)
		require.LessOrEqual(t, float64(missed), set.missed*float64(all), "%q", examples)
		for _, one := range set.reasons {
			for _, other := range set.reasons {
				require.False(t, u.Understand(one+set.marks[0]+other, "", text.Words{}).GetHandoff(), "%s, %s", one, other)
			}
		}
	}
}
