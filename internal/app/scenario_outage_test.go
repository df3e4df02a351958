package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
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

// A robot whose log the platform does not give keeps the others' from nobody, and its own is read when it is there. What nobody said in a log is
// passed over.
func TestALogThatCannotBeReadKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Second)
		require.Equal(t, invoiceAnswer, w.alone().text)
		w.shut()
		w.advance(10 * time.Minute)
		w.says("李四", "退款多久到账")
		w.advance(5 * time.Minute)
		w.logless.Store("sim-day")
		w.open()
		w.advance(30 * time.Second)
		require.Equal(t, "李四", w.alone().at)

		reported := func() bool {
			return slices.ContainsFunc(w.messages(), func(m *flowdeskv1.Message) bool {
				return m.GetText() == "退款多久到账" && slices.Contains(m.GetRobots(), "day")
			})
		}
		require.False(t, reported())
		w.advance(time.Hour)
		w.logless.Store("")
		w.advance(11 * time.Minute)
		require.True(t, reported(), "its log was read when the platform gave it")
		w.silence()
	})
}

// A store that does not say at the start when the last message was heard is asked again, and what came since the start is not taken for it.
func TestAnOutageIsReadBackAlthoughTheStoreDidNotSayAtOnceSinceWhen(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Second)
		require.Equal(t, invoiceAnswer, w.alone().text)
		w.shut()
		w.advance(10 * time.Minute)
		w.says("李四", "退款多久到账")
		w.advance(5 * time.Minute)
		w.opened = func(a *app.App) { app.ForgetLastMessage(a, 2) }
		w.open()
		w.says("王五", "实名认证怎么弄")
		w.advance(time.Minute)
		lines := in(customerGroup, w.robotsSaid())
		require.Len(t, lines, 2)
		require.Equal(t, []string{"王五", "李四"}, []string{lines[0].at, lines[1].at})
	})
}
