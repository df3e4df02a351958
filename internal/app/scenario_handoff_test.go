package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// settings changes settings as a person does.
func (w *world) settings(s *flowdeskv1.Settings) {
	w.t.Helper()
	_, err := flowdeskv1.NewSettingsServiceClient(w.api).UpdateSettings(w.t.Context(), &flowdeskv1.UpdateSettingsRequest{Settings: s})
	require.NoError(w.t, err)
	w.advance(time.Millisecond)
}

func TestNobodyTakesAHandOff(t *testing.T) {
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "转人工")
		w.advance(time.Minute)
		lines := w.robotsSaid()
		require.Equal(t, []string{"张三，已为您转接人工，工作人员马上联系您。"}, texts(in(customerGroup, lines)))
		require.Equal(t, []string{"【需人工】群「华东客户群」张三：转人工（用户要求转人工）"}, texts(in(staffGroup, lines)))

		w.shut() // what is due outlives the process
		w.open()
		w.until("10:10")
		w.advance(5 * time.Second)
		require.Equal(t, []string{"【待接手】群「华东客户群」的 张三 转人工已 10 分钟无人接手（用户要求转人工）"}, texts(w.robotsSaid()))
		task := w.taskOf("张三")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_PENDING, task.GetState())
		require.EqualValues(t, 1, task.GetReminders())

		w.until("10:30")
		w.advance(5 * time.Second)
		lines = w.robotsSaid()
		require.Len(t, lines, 1, "the unanswered question and the task are one alarm")
		require.Equal(t, staffGroup, lines[0].group)
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.taskOf("张三").GetState())
		require.Len(t, w.alerts(), 1)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, w.alerts()[0].GetLevel())

		w.says(assistant, "您好，我来帮您")
		w.advance(time.Minute)
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS, w.taskOf("张三").GetState())
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, w.alerts()[0].GetState())
	})
}

func TestAHandOffIsOnlyDueInTheStaffsHours(t *testing.T) {
	scenario(t, "22:50", func(w *world) {
		w.settings(&flowdeskv1.Settings{StaffHours: &flowdeskv1.TimeWindow{Start: "09:00", End: "21:00"}})
		w.says("张三", "转人工")
		w.advance(5 * time.Minute)
		w.robotsSaid()

		w.until("09:09")
		for _, line := range w.robotsSaid() {
			require.NotContains(t, line.text, "待接手", "nobody is called at night")
		}
		w.until("09:10")
		w.advance(5 * time.Second)
		require.Contains(t, strings.Join(texts(w.robotsSaid()), "\n"), "无人接手")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_PENDING, w.taskOf("张三").GetState())
		w.until("09:31")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_ESCALATED, w.taskOf("张三").GetState())
	})
}

func TestAHandOffThatIsTakenOverByHandCallsNobody(t *testing.T) {
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "转人工")
		w.advance(time.Minute)
		w.robotsSaid()
		_, err := flowdeskv1.NewSessionServiceClient(w.api).TakeOverSession(w.t.Context(), &flowdeskv1.TakeOverSessionRequest{
			Name: "sessions/" + w.groups[customerGroup], Person: "helper",
		})
		require.NoError(t, err)
		task := w.taskOf("张三")
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS, task.GetState())
		require.Equal(t, "helper", task.GetAssignee())
		w.advance(15 * time.Minute)
		w.silence()
	})
}
