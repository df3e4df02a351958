package text

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// FuzzUnderstand reads texts of any kind. The answer can be stored, its scores are scores, its evidence stands in the text, and the same
// text has the same answer.
func FuzzUnderstand(f *testing.F) {
	for _, text := range []string{
		"", "在的", "转人工", "不行不行，退款！", "@小王 在的", "＠小王\u2005好的", "\x00", "\xff\xfe", "\u202e反\u202c", "😀😀👨‍👩‍👧", strings.Repeat("啊", 2100),
		strings.Repeat("不", 500) + "要", "a\u0301\u0302", "１２３４", "请问 how much?", "\ufeff退款", "𠮷野家的订单坏了", strings.Repeat("@a ", 300), "http://x.cn/?a=%E5",
	} {
		f.Add(text, "zh", "好嘞")
	}
	f.Add("refund now or I sue", "en", "")
	u := open(f)
	f.Fuzz(func(t *testing.T, text, locale, word string) {
		began := time.Now()
		words := Words{Response: []string{word}}
		answer := u.Understand(text, locale, words)
		require.Less(t, time.Since(began), time.Second)
		require.Empty(t, cmp.Diff(answer, u.Understand(text, locale, words), protocmp.Transform()))
		score := func(v float64) { require.False(t, math.IsNaN(v) || v < 0 || v > 1, "%v", v) }
		score(answer.GetSentiment())
		for _, i := range answer.GetIntents() {
			score(i.GetScore())
		}
		_, known := flowdeskv1.Intent_name[int32(answer.GetIntent())]
		require.True(t, known)
		runes := utf8.RuneCountInString(text)
		for _, e := range answer.GetEvidence() {
			require.True(t, 0 <= e.GetStart() && e.GetStart() <= e.GetEnd() && int(e.GetEnd()) <= runes, "%v in %d runes", e, runes)
			require.True(t, utf8.ValidString(e.GetText()))
		}
		for _, m := range Mentions(text) {
			require.NotEmpty(t, m.Name)
		}
	})
}
