package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// A robot's account was renamed and nobody told us: what it says under a name that we do not know is its own words all the same, and is not answered.
func TestARobotUnderAnUnknownNameDoesNotAnswerItself(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		_, err := flowdeskv1.NewRobotServiceClient(w.api).UpdateRobot(w.t.Context(), &flowdeskv1.UpdateRobotRequest{
			Robot: &flowdeskv1.Robot{Name: "robots/day", Title: "小美"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}},
		})
		require.NoError(t, err)
		w.advance(2 * time.Second)
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{Echo: true}))
		w.says("张三", "你们周末上班吗")
		w.says("李四", "发票怎么开")
		w.advance(10 * time.Minute)
		lines := in(customerGroup, w.robotsSaid())
		require.Len(t, lines, 2, "one answer for each question")
		for _, m := range w.messages() {
			require.NotEqual(t, "白班小助手", m.GetSenderName(), "what was said is stored once: %s", m.GetText())
		}
	})
}
