package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatWasSaidInAnOutageIsReadBackOnce(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Second)
		require.Equal(t, invoiceAnswer, w.alone().text)

		w.shut()
		w.advance(10 * time.Minute)
		w.says("李四", "退款多久到账")
		w.says("王五", "实名认证怎么弄")
		w.advance(5 * time.Minute)
		w.open()
		w.advance(30 * time.Second)

		lines := in(customerGroup, w.robotsSaid())
		require.Len(t, lines, 2, "each missed question is answered once, the answered one is not answered again")
		require.Equal(t, "李四", lines[0].at)
		require.Equal(t, "王五", lines[1].at)
		require.Len(t, w.messages(), 6, "three questions and three answers, whatever number of robots heard them")
		w.advance(time.Hour)
		w.silence()
	})
}
