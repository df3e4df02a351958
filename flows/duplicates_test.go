package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestWindowsOfTheFlowDecideWhatIsADuplicate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		trigger, receive time.Duration // zero is unset
		same             time.Duration
		gap              time.Duration
		robot            string
		messages         int64
	}{
		{"default, another robot", 0, 0, 0, 100 * time.Second, "B", 1},
		{"default, another robot later", 0, 0, 0, 130 * time.Second, "B", 2},
		{"the trigger's window", 30 * time.Second, 0, 0, 40 * time.Second, "B", 2},
		{"a wide window", 5 * time.Minute, 0, 0, 4 * time.Minute, "B", 1},
		{"the node's window goes before the trigger's", 5 * time.Minute, 30 * time.Second, 0, 40 * time.Second, "B", 2},
		{"default, the same robot", 0, 0, 0, 5 * time.Second, "A", 2},
		{"the same robot's window", 0, 0, 20 * time.Second, 5 * time.Second, "A", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			definition, err := flows.Load("unified")
			require.NoError(t, err)
			for _, n := range definition.GetNodes() {
				if trigger := n.GetTriggerWebhook(); trigger != nil && c.trigger > 0 {
					trigger.DedupeWindow = durationpb.New(c.trigger)
				}
				if receive := n.GetMessageReceive(); receive != nil && c.receive > 0 {
					receive.OtherRobotWindow = durationpb.New(c.receive)
				}
				if receive := n.GetMessageReceive(); receive != nil && c.same > 0 {
					receive.SameRobotWindow = durationpb.New(c.same)
				}
			}
			w := newWorldOf(t, "2026-01-05 10:00:00", definition)
			w.says("张三", "好的", "A")
			w.now = w.now.Add(c.gap)
			w.says("张三", "好的", c.robot)
			require.Equal(t, c.messages, w.state.GetMessageCount())
		})
	}
}

// A name pattern makes an operator of somebody who has not spoken yet, and a directory entry of somebody who has.
func TestMentionedOperatorIsRecognisedHoweverItIsKnown(t *testing.T) {
	t.Parallel()
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	for _, n := range definition.GetNodes() {
		if identify := n.GetSenderIdentify(); identify != nil {
			identify.Patterns = []*flowdeskv1.RolePattern{{Pattern: "^运营-", Role: flowdeskv1.Role_ROLE_OPERATOR}}
		}
	}
	w := newWorldOf(t, "2026-01-05 10:00:00", definition)
	w.mentions("张三", "@运营-老李 我登录不上", "运营-老李")
	require.Equal(t, critical, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR).GetLevel())

	w = newWorld(t, "2026-01-05 10:00:00", operators)
	w.state.Participants = []*flowdeskv1.Participant{{Id: "p1", Name: "财神爷", Role: flowdeskv1.Role_ROLE_USER}} // before the entry was made
	w.mentions("张三", "@财神爷 我登录不上", "财神爷")
	require.Equal(t, critical, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR).GetLevel())
}
