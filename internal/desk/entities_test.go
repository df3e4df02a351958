package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestEntities(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"发票怎么开": nil,
		"我的手机号是138 1234 5678，订单号：A2026010512345": {"phone 138 1234 5678", "order A2026010512345"},
		"+86-13812345678 打不通":                    {"phone +86-13812345678"},
		"身份证 110101199003071234":                 nil, // longer than a phone number
		"订单还没到":                                  nil,
		"订单 20260105999888 退款 199.5元":            {"order 20260105999888", "amount 199.5元"},
		"充了￥１，２００，明天能到账吗":                        {"amount ￥1,200", "date 明天"},
		"2026-01-05 和 1月6日 都行，下周一也可以":            {"date 2026-01-05", "date 1月6日", "date 下周一"},
		"看 https://shop.example.com/13812345678": {"url https://shop.example.com/13812345678"},
		"今天星期天":                                  {"date 今天", "date 星期天"},
	} {
		var got []string
		for _, e := range desk.Entities(text) {
			got = append(got, e.GetKind()+" "+e.GetText())
		}
		require.Equal(t, want, got, text)
	}
}
