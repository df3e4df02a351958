package desk_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func entry(id string, questions ...string) *flowdeskv1.AnswerEntry {
	return &flowdeskv1.AnswerEntry{Id: id, Questions: questions, Answer: "answer " + id}
}

func faq() *desk.Answers {
	return desk.NewAnswers([]*flowdeskv1.AnswerEntry{
		entry("bind", "怎么绑定手机号", "手机号如何绑定", "How do I bind my phone number?"),
		entry("rebind", "怎么更换绑定的手机号", "手机号丢了怎么换绑"),
		entry("realname", "实名认证怎么做", "实名认证需要什么材料"),
		entry("realname-time", "实名认证要多久"),
		entry("scan", "扫码登录失败怎么办", "二维码扫不了"),
		entry("price", "多少钱", "价格是多少", "怎么收费", "How much does it cost?"),
		entry("refund", "怎么退款", "退款多久到账", "How can I get a refund?"),
		entry("invoice", "怎么开发票", "可以开专票吗"),
		entry("hours", "你们几点上班", "客服工作时间"),
		entry("freeze", "账号被封了怎么解封", "账号冻结怎么办", "My account is locked"),
		entry("password", "忘记密码怎么办", "怎么修改登录密码", "How to reset the password?"),
		entry("hello", "你好"),
	})
}

func TestAnswers(t *testing.T) {
	a := faq()
	for _, c := range []struct {
		question, want string
		min, max       float64
	}{
		// exact, but for width, case, spaces and punctuation
		{"怎么绑定手机号", "bind", 1, 1},
		{" 怎么绑定手机号？？", "bind", 1, 1},
		{"how do i bind my phone number", "bind", 1, 1},
		{"ＨＯＷ can i get a refund?", "refund", 1, 1},
		{"你好！", "hello", 1, 1},
		// said otherwise
		{"请问一下怎么绑定手机号呀", "bind", 0.85, 0.99},
		{"你好，我想问下手机号怎么绑定", "bind", 0.85, 0.99},
		{"绑定手机号怎么弄", "bind", 0.7, 0.99},
		{"换绑手机号", "rebind", 0.55, 0.99},
		{"实名认证需要哪些材料", "realname", 0.7, 0.99},
		{"实名认证多久", "realname-time", 0.7, 0.99},
		{"扫码登录一直失败", "scan", 0.6, 0.99},
		{"账号被封了", "freeze", 0.6, 0.99},
		{"价格多少", "price", 0.6, 0.99},
		{"退款什么时候到账", "refund", 0.55, 0.99},
		{"phone number binding", "bind", 0.7, 0.99},
		{"reset my password please", "password", 0.85, 0.99},
		{"密码忘记了", "password", 0.55, 0.99},
		// nothing to do with anything
		{"今天天气真好", "", 0, 0.3},
		{"中午吃什么", "", 0, 0.3},
		{"哈哈哈哈", "", 0, 0.3},
		{"帮我看看这个视频", "", 0, 0.3},
		{"where are you from", "", 0, 0.3},
		{"你好，今天能发货吗", "", 0, 0.3},
		{"怎么样", "", 0, 0.3},
		{"", "", 0, 0},
		{"？？？", "", 0, 0},
		{"👍", "", 0, 0},
	} {
		t.Run(c.question, func(t *testing.T) {
			matches := a.Best(c.question, 3)
			score := 0.0
			if len(matches) > 0 {
				score = matches[0].Score
			}
			if c.want != "" {
				require.NotEmpty(t, matches)
				require.Equal(t, c.want, matches[0].Entry.GetId(), "%v", matches)
				require.Contains(t, matches[0].Entry.GetQuestions(), matches[0].Question)
				require.GreaterOrEqual(t, score, c.min, "%v", matches)
			}
			require.LessOrEqual(t, score, c.max, "%v", matches)
		})
	}
}

func TestAnswersOfAnEmptyFile(t *testing.T) {
	require.Empty(t, desk.NewAnswers(nil).Best("怎么绑定手机号", 3))
	require.Empty(t, faq().Best("怎么绑定手机号", 0))
}

// Matches are sorted, distinct, at most limit, scored within 0..1, and the best of a smaller limit are the first of a greater one.
func TestAnswersProperties(t *testing.T) {
	words := strings.Fields("怎么 绑定 手机 号 实名 认证 退款 多久 密码 登录 账号 被封 phone bind refund ， ？ 1 A")
	phrase := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 6).Draw(t, "words"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		var entries []*flowdeskv1.AnswerEntry
		for i := range rapid.IntRange(0, 8).Draw(t, "entries") {
			entries = append(entries, entry(fmt.Sprint("e", i), rapid.SliceOfN(phrase, 1, 3).Draw(t, "questions")...))
		}
		a := desk.NewAnswers(entries)
		question := phrase.Draw(t, "question")
		all := a.Best(question, 100)
		seen := map[string]bool{}
		for i, m := range all {
			require.False(t, seen[m.Entry.GetId()])
			seen[m.Entry.GetId()] = true
			require.Positive(t, m.Score)
			require.LessOrEqual(t, m.Score, 1.0)
			require.True(t, i == 0 || all[i-1].Score >= m.Score)
		}
		for limit := 1; limit <= len(all); limit++ {
			require.Equal(t, all[:limit], a.Best(question, limit))
		}
		for _, e := range entries {
			if best := a.Best(e.GetQuestions()[0], 1); len(best) > 0 {
				require.InDelta(t, 1, best[0].Score, 0, "a question of the file is found exactly")
			}
		}
	})
}

func TestAnswersServeConcurrently(t *testing.T) {
	a := faq()
	want := a.Best("手机号怎么绑定", 3)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				got := a.Best("手机号怎么绑定", 3)
				if len(got) != len(want) || got[0] != want[0] {
					t.Errorf("got %v", got)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkBest(b *testing.B) {
	subjects := strings.Fields("手机号 实名认证 二维码 密码 发票 账号 会员 订单 物流 优惠券 积分 昵称 头像 地址 银行卡 提现 充值 直播 店铺 合同")
	verbs := strings.Fields("绑定 更换 修改 查询 取消 申请 删除 恢复 冻结 解封 导出 上传 下载 打印 转让 续费 升级 关闭 打开 设置 验证 提交 撤回 催办 评价")
	var entries []*flowdeskv1.AnswerEntry
	for i := range 5000 {
		s, v := subjects[i%len(subjects)], verbs[i/len(subjects)%len(verbs)]
		entries = append(entries, entry(fmt.Sprint(i), fmt.Sprintf("怎么%s%s第%d步", v, s, i), fmt.Sprintf("%s%s不了%d", s, v, i), fmt.Sprintf("为什么不能%s%s", v, s)))
	}
	a := desk.NewAnswers(entries)
	b.ReportAllocs()
	for b.Loop() {
		if len(a.Best("请问一下手机号怎么绑定啊，一直不成功", 3)) == 0 {
			b.Fatal("nothing found")
		}
	}
}
