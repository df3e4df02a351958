package text

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// shared is read once for all tests: it never changes, and reading it is slow under the race detector.
var shared = sync.OnceValues(func() (*Understander, error) { return New(Options{}) })

func open(tb testing.TB) *Understander {
	tb.Helper()
	u, err := shared()
	require.NoError(tb, err)
	return u
}

// The sentences of the specification, section 5: response words, negations, whole short utterances.
func TestResponse(t *testing.T) {
	t.Parallel()
	u := open(t)
	for text, want := range map[string]bool{
		"在的": true, "来了": true, "好的": true, "收到": true, "马上": true, "可以": true, "行": true, "是的": true,
		"嗯嗯": true, "ok": true, "1": true, "可以的": true, "我在": true, "好的马上": true, "稍等马上来": true, "@小王 在的": true, "＠小王\u2005好的": true,
		"👌": true, "👍": true, "1111": true, "好的[图片]": true, "在？": false, "谢谢👌": false, "老板好": false,
		"不行": false, "不可以": false, "好的那请问怎么退款?": false, "行不行啊": false, "可以退吗": false,
		"我上次收到的那个包裹是坏的，你们什么时候给我换一个可以用的啊": false,
	} {
		require.Equal(t, want, u.Understand(text, "zh", Words{}).GetResponse(), text)
	}
}

// Configured response words replace the shipped ones.
func TestConfiguredResponseWords(t *testing.T) {
	t.Parallel()
	u := open(t)
	words := Words{Response: []string{"到位"}}
	require.True(t, u.IsResponse("到位了", words))
	require.False(t, u.IsResponse("不到位", words))
	require.False(t, u.IsResponse("好的", words))
}

func TestHandoff(t *testing.T) {
	t.Parallel()
	u := open(t)
	for text, want := range map[string]bool{
		"转人工": true, "人工客服": true, "找真人": true, "我要跟人说话": true, "别机器人了": true, "叫你们经理来": true, "转 人 工": true,
		"speak to a representative": true, "human please": true, "real person": true, "agent": true,
		"人工智能": false, "人工费怎么算": false, "不用转人工了": false, "别转人工": false, "我不需要人工": false,
	} {
		require.Equal(t, want, u.Understand(text, "zh", Words{}).GetHandoff(), text)
	}
}

// An insult is a bad mood whatever the other words say, and somebody's mother is none.
func TestInsult(t *testing.T) {
	t.Parallel()
	u := open(t)
	for text, want := range map[string]bool{
		"你是不是有病": true, "他妈的什么破系统": true, "我妈的身份证能认证吗": false, "滚筒洗衣机多少钱": false,
	} {
		a := u.Understand(text, "zh", Words{})
		require.Equal(t, want, a.GetConflict(), text)
		if want {
			require.LessOrEqual(t, a.GetSentiment(), 0.25, text)
			require.Equal(t, flowdeskv1.Polarity_POLARITY_NEGATIVE, a.GetPolarity(), text)
		}
	}
}

func TestTaskKind(t *testing.T) {
	t.Parallel()
	u := open(t)
	for text, want := range map[string]flowdeskv1.TaskKind{
		"实名认证怎么弄":                     flowdeskv1.TaskKind_TASK_KIND_REAL_NAME,
		"人脸识别一直不过":                    flowdeskv1.TaskKind_TASK_KIND_REAL_NAME,
		"扫一下码":                        flowdeskv1.TaskKind_TASK_KIND_QR_CODE,
		"扫码登录":                        flowdeskv1.TaskKind_TASK_KIND_QR_CODE,
		"我想换绑手机号":                     flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING,
		"link my phone number":        flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING,
		"手机没电了":                       flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED,
		"付款码在哪":                       flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED,
		"how do I verify my identity": flowdeskv1.TaskKind_TASK_KIND_REAL_NAME,
	} {
		require.Equal(t, want, u.Understand(text, "zh", Words{}).GetTaskKind(), text)
	}
}

func BenchmarkUnderstand(b *testing.B) {
	u := open(b)
	b.ReportAllocs()
	for b.Loop() {
		u.Understand("你好，我昨天买的手机到现在还没发货，麻烦帮我催一下可以吗？急用，谢谢", "zh", Words{})
	}
}
