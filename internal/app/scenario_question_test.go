package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuestionByDayIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Second)
		require.Equal(t, said{"day", customerGroup, "在订单页点击申请发票即可。", "张三"}, w.alone())
		require.Len(t, w.messages(), 2, "question and answer, whatever number of robots heard them")
		w.advance(24 * time.Hour)
		w.silence()
	})
}
