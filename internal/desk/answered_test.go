package desk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhomStaffAnswers(t *testing.T) {
	t.Parallel()
	invoice := Asker{"张三", []string{"发票怎么开"}}
	refund := Asker{"李四", []string{"在吗", "我的退款多久到账"}}
	login := Asker{"王五", []string{"APP 登录不了怎么办"}}
	for name, c := range map[string]struct {
		facts StaffWords
		want  []string
	}{
		"mentioned, whatever it says":        {StaffWords{Text: "发票在订单页申请", Mentions: true, Mentioned: []string{"李四"}, Askers: []Asker{invoice, refund}}, []string{"李四"}},
		"a mention of somebody else":         {StaffWords{Text: "发票在订单页申请", Mentions: true, Askers: []Asker{invoice}}, nil},
		"named without @":                    {StaffWords{Text: "李四，稍等", Named: []string{"李四"}, Askers: []Asker{invoice, refund}, Before: "张三"}, []string{"李四"}},
		"the only one who waits":             {StaffWords{Text: "您好，我看看", Askers: []Asker{invoice}}, []string{"张三"}},
		"it fits the question before":        {StaffWords{Text: "发票在订单页申请", Askers: []Asker{invoice, refund}, Before: "李四"}, []string{"张三"}},
		"it fits a question by a Latin word": {StaffWords{Text: "先升级 app", Askers: []Asker{invoice, login, refund}, Before: "李四"}, []string{"王五"}},
		"it fits nobody's: who spoke last":   {StaffWords{Text: "您好，马上处理", Askers: []Asker{invoice, refund}, Before: "李四"}, []string{"李四"}},
		"idle words fit nobody's":            {StaffWords{Text: "请问怎么办", Askers: []Asker{login, invoice}, Before: "张三"}, []string{"张三"}},
		"what both ask about fits neither":   {StaffWords{Text: "发票要等三天", Askers: []Asker{invoice, {"赵六", []string{"发票多久到"}}}, Before: "赵六"}, []string{"赵六"}},
		"it may be anybody's":                {StaffWords{Text: "您好，马上处理", Askers: []Asker{invoice, refund}, Before: "孙七"}, nil},
		"the second message of an answer":    {StaffWords{Text: "三天之内", Askers: []Asker{invoice}, Before: "小助理", Continues: true}, nil},
		"the second answers another":         {StaffWords{Text: "发票在订单页", Askers: []Asker{invoice, login}, Before: "小助理", Continues: true}, []string{"张三"}},
		"nobody waits":                       {StaffWords{Text: "大家早上好", Before: "张三"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, reason := Answered(c.facts)
			require.Equal(t, c.want, got, reason)
			require.NotEmpty(t, reason)
		})
	}
}
