package app_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

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

// A user who is bound to the directory is one user in all groups; others are users of their group.
func TestAlertsOfAPersonCountOverAllGroups(t *testing.T) {
	t.Parallel()
	const east, vip = customerGroup, "华东VIP客户群"
	scenarioOnBoth(t, "10:00", func(w *world) {
		_, err := flowdeskv1.NewDirectoryServiceClient(w.api).CreatePerson(w.t.Context(), &flowdeskv1.CreatePersonRequest{
			PersonId: "zhang", Person: &flowdeskv1.Person{Title: "张三", Role: flowdeskv1.Role_ROLE_USER},
		})
		require.NoError(t, err)
		level := func(group, who string) flowdeskv1.AlertLevel {
			before := len(w.alerts())
			w.saysIn(group, who, "再这样我就退群了")
			w.advance(10 * time.Second)
			alerts := w.alerts()
			require.Len(t, alerts, before+1)
			require.Equal(t, who, alerts[0].GetParticipantName())
			w.resolve(alerts[0].GetId())
			return alerts[0].GetLevel()
		}
		const info, grave = flowdeskv1.AlertLevel_ALERT_LEVEL_INFO, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR

		for _, who := range []string{"张三", "王五"} {
			require.Equal(t, grave, level(east, who))
			require.Equal(t, grave, level(vip, who))
		}
		require.Equal(t, info, level(vip, "张三"), "the third of the day")
		require.Equal(t, grave, level(vip, "王五"), "the second in this group")
		require.Equal(t, info, level(east, "张三"))

		before := w.app.Runner.Env().GetGeneration()
		w.saysIn(vip, "王五", "发票怎么开")
		w.advance(time.Minute)
		w.saysIn(vip, "张三", "发票怎么开")
		w.advance(time.Minute)
		require.Equal(t, before, w.app.Runner.Env().GetGeneration(), "a message alone changes nothing that is stored for replay")

		counts := w.app.Runner.Env().GetAlerts()
		require.Len(t, counts, 2, "of one person in two groups")
		w.shut()
		w.open()
		require.Empty(t, cmp.Diff(counts, w.app.Runner.Env().GetAlerts(), protocmp.Transform()), "after a restart")
		require.Equal(t, info, level(vip, "张三"))

		w.until("10:00")
		require.Equal(t, grave, level(east, "张三"), "another day")
		counts = w.app.Runner.Env().GetAlerts()
		require.Len(t, counts, 1, "yesterday's are gone")
		require.Equal(t, "2000-01-05", counts[0].GetDay())
		require.Equal(t, grave, level(east, "张三"), "a group's own alert is not counted twice")
		require.Equal(t, info, level(vip, "张三"))
	}, func(w *world) { w.rooms = []string{vip} })
}
