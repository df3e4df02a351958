package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const complaint = "你们太不负责任了，我要投诉"

func TestComplaintIsCriticalAndToldToManagement(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says("张三", complaint)
		w.advance(10 * time.Second)
		alert := w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, alert.GetLevel())
		require.Equal(t, "张三", alert.GetParticipantName())
		require.Len(t, in(managementGroup, w.robotsSaid()), 1)
	})
}

func TestRepeatedComplaintJoinsItsAlert(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", complaint)
		w.advance(time.Minute)
		w.says("张三", "还没人管吗，投诉到底有没有用")
		alerts := w.alerts()
		require.Len(t, alerts, 1)
		require.Equal(t, int32(2), alerts[0].GetCount())
	})
}

func TestUnsolvedAlertRisesAfterTwoHours(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "再这样我就退群了")
		w.advance(10 * time.Second)
		alert := w.alerts()[0]
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, alert.GetLevel())
		w.robotsSaid()
		w.advance(2 * time.Hour)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, w.alertNamed(alert.GetId()).GetLevel())
		require.NotEmpty(t, in(managementGroup, w.robotsSaid()), "management is told of what became critical")
		w.advance(4 * time.Hour)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, w.alertNamed(alert.GetId()).GetLevel(), "never above critical")
	})
}

func TestThreePositiveMessagesCancelAnAlert(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", complaint)
		alert := w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT)
		for i, text := range []string{"谢谢你们，处理得很快", "非常满意，太好了", "真的很棒，感谢"} {
			w.advance(time.Minute)
			require.NotEqual(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, w.alertNamed(alert.GetId()).GetState(), "after %d", i)
			w.says("张三", text)
		}
		alert = w.alertNamed(alert.GetId())
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, alert.GetState())
		require.True(t, alert.GetAutoCancelled())
		require.NotEmpty(t, alert.GetReason())
		require.Greater(t, len(alert.GetHistory()), 1, "its history stays")
	})
}

func TestThirdAlertOfADayIsLoweredUnlessItIsACriticalComplaint(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		for i, text := range []string{"再这样我就退群了", "不做了，换一家", "算了退群"} {
			w.says("张三", text)
			alert := w.alerts()[0]
			if i < 2 {
				require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, alert.GetLevel(), text)
			} else {
				require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_INFO, alert.GetLevel(), text)
				require.True(t, alert.GetLowered())
			}
			w.resolve(alert.GetId())
			w.advance(20 * time.Minute)
		}
		w.says("张三", complaint)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, w.alertOf(flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT).GetLevel())
	})
}
