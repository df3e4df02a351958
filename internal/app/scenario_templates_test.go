package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// ship publishes a shipped template beside the unified flow.
func (w *world) ship(name string) {
	w.t.Helper()
	definition, err := flows.Load(name)
	require.NoError(w.t, err)
	w.publish(name, definition)
}

func TestAutoSchedulingTellsOfTheShiftAndOfMissingRobots(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "08:00", func(w *world) {
		w.ship("auto-scheduling")
		w.until("09:01")
		require.Equal(t, said{"notify", staffGroup, "【交接班】机器人 4 台全部可用，客户群 1 个", ""}, w.alone())
		require.NoError(t, w.sim.SetMode("sim-night", standin.Mode{Offline: true}))
		w.advance(time.Minute)
		w.robotsSaid()
		w.until("21:01")
		alert := w.alerts()[0]
		require.Equal(t, flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, alert.GetCategory())
		require.Contains(t, alert.GetText(), "晚班小助手")
	})
}

func TestOperationsUpkeepRemindsOfGroupsToReview(t *testing.T) {
	t.Parallel()
	scenario(t, "09:30", func(w *world) {
		w.ship("operations-upkeep")
		w.until("11:01")
		w.silence()
		require.NoError(t, w.sim.Rename(customerGroup, "华东VIP客户群"))
		w.saysIn("华东VIP客户群", "张三", "收到")
		w.until("13:01")
		require.Contains(t, w.alone().text, "华东VIP客户群")
	})
}

func TestCommunityAnalysisOpensAReview(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.ship("community-analysis")
		for _, who := range []string{"张三", "李四", "王五"} {
			w.says(who, complaint)
		}
		w.advance(10 * time.Second)
		reviews := 0
		for _, task := range w.tasks() {
			if task.GetKindName() == "社群复盘" {
				reviews++
			}
		}
		require.Equal(t, 1, reviews)
		w.says("张三", "还没人管吗，投诉到底有没有用")
		w.advance(10 * time.Second)
		require.Len(t, w.tasks(), 1, "one review at a time")
	})
}

func TestCollaborationAnalysisNotesLateTasks(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.ship("collaboration-analysis")
		w.says(support, "请完成实名认证", "张三")
		w.says("张三", "在的")
		w.advance(25 * time.Hour)
		require.Empty(t, w.alertsContaining("超过期限"))
		w.says("张三", "已经弄好了")
		w.complete(w.taskOf("张三").GetId())
		require.Len(t, w.alertsContaining("超过期限"), 1)
	})
}
