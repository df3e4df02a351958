package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

func TestReportsOfOneTextSaidTwice(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"AABB", "ABBA", "ABAB"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				heard := map[rune]int{}
				for _, robot := range order {
					heard[robot]++
					w.reports(map[rune]string{'A': "monitor", 'B': "day"}[robot], "张三", "在吗", fmt.Sprintf("%c%d", robot, heard[robot]))
					w.advance(4 * time.Second)
				}
				said := slices.DeleteFunc(w.messages(), func(m *flowdeskv1.Message) bool { return m.GetOutgoing() })
				require.Len(t, said, 2, "each robot heard it twice: it was said twice")
			})
		})
	}
}

func TestOwnWordsAreRecordedAndNeverAnswered(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		for _, r := range scenarioRobots() {
			require.NoError(t, w.sim.SetMode(r.GetRobotId(), standin.Mode{Echo: true}))
		}
		w.says("张三", "发票怎么开")
		w.advance(time.Hour)
		require.Len(t, w.robotsSaid(), 1)
		require.Len(t, w.messages(), 2)
	})
}

func TestSendThatFailsTwiceThenSucceeds(t *testing.T) {
	t.Parallel()
	scenarioWithLeases(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{FailCode: 201102, FailTimes: 2}))
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Minute)
		command := w.commands()[0]
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, command.GetState())
		require.Equal(t, int32(3), command.GetAttempts())
		require.Len(t, w.robotsSaid(), 3, "two failed, one was said")
		require.Empty(t, w.tasks())
	})
}

func TestSendThatFailsForGoodFallsToAPerson(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{FailCode: 201102}))
		w.says("张三", "发票怎么开")
		w.advance(30 * time.Minute)
		require.Len(t, in(customerGroup, w.robotsSaid()), 4, "one send and three retries")
		task := w.tasks()[0]
		require.Equal(t, flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND, task.GetOrigin())
		w.advance(3 * time.Hour)
		require.Empty(t, in(customerGroup, w.robotsSaid()))
	})
}

func TestResultThatNeverComes(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{Stuck: true})) // accepted, and not run
		w.says("张三", "发票怎么开")
		w.advance(20 * time.Minute)
		require.Len(t, in(customerGroup, w.robotsSaid()), 1, "never sent again blindly")
		require.Equal(t, flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND, w.tasks()[0].GetOrigin(), "handed to a person")

		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{})) // the phone is back and says it late
		w.advance(20 * time.Minute)
		for _, command := range w.commands() {
			if command.GetPurpose() == "reply" {
				require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, command.GetState())
			}
		}
		require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, w.tasks()[0].GetState(), "a late success closes the person's task")
	})
}

func TestPartnerTakesOverForARobotThatIsOffline(t *testing.T) {
	t.Parallel()
	scenarioWithLeases(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{Offline: true}))
		w.advance(30 * time.Second)
		require.Equal(t, flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, w.alerts()[0].GetCategory())
		w.robotsSaid()
		w.says("张三", "发票怎么开")
		w.advance(30 * time.Second)
		lines := in(customerGroup, w.robotsSaid())
		require.Len(t, lines, 1)
		require.Equal(t, "night", lines[0].robot)
	})
}

// The platform reports once that a robot is back. When it does not answer just then whether that is so, it is asked again.
func TestARobotThatIsBackCarriesAgainAlthoughThePlatformDidNotSaySoAtOnce(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{Offline: true}))
		w.advance(30 * time.Second)
		w.unsure.Store(2)
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{}))
		w.advance(time.Minute)
		require.Negative(t, w.unsure.Load())
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, w.alerts()[0].GetState())
		w.robotsSaid()
		w.says("张三", "发票怎么开")
		w.advance(30 * time.Second)
		lines := in(customerGroup, w.robotsSaid())
		require.Len(t, lines, 1)
		require.Equal(t, "day", lines[0].robot)
	})
}

func TestRenamedGroupKeepsItsConversation(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(10 * time.Second)
		require.NoError(t, w.sim.Rename(customerGroup, "华东VIP客户群"))
		w.saysIn("华东VIP客户群", "张三", "退款多久到账")
		w.advance(10 * time.Second)
		lines := w.robotsSaid()
		require.Equal(t, "华东VIP客户群", lines[len(lines)-1].group, "answered in the group of the new name")

		group := w.groupTitled("华东VIP客户群")
		require.True(t, group.GetReview(), "an unknown name is marked for review")
		w.merge(group.GetId(), w.groups[customerGroup])
		w.saysIn("华东VIP客户群", "张三", "谢谢")
		w.advance(10 * time.Second)
		require.Equal(t, "谢谢", w.messages()[0].GetText(), "after the merge the conversation goes on where it was")
	})
}

// reports posts a robot's report of a message, as the platform does.
func (w *world) reports(robot, sender, text, id string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"spoken":%[1]q,"rawSpoken":%[1]q,"receivedName":%q,"groupName":%q,"roomType":1,"textType":1,"messageId":%q}`, text, sender, customerGroup, id)
	uris := w.webhooks[robot]
	w.rest("POST", strings.TrimPrefix(uris.GetMessage(), "http://desk"), body, nil)
	w.advance(time.Millisecond)
}

func TestResultLookedUpByHand(t *testing.T) {
	t.Parallel()
	scenarioWithLeases(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{CallbackLost: true}))
		w.says("张三", "发票怎么开")
		w.advance(5 * time.Second)
		command := w.commands()[0]
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_SENT, command.GetState())
		checked, err := flowdeskv1.NewQueueServiceClient(w.api).CheckCommandResult(w.t.Context(), &flowdeskv1.CheckCommandResultRequest{Name: command.GetName()})
		require.NoError(t, err)
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, checked.GetCommand().GetState())
	})
}

func TestUnknownGroupIsMetOnce(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		path := strings.TrimPrefix(w.webhooks["monitor"].GetMessage(), "http://desk")
		for i, who := range []string{"张三", "李四", "王五"} {
			w.rest("POST", path, fmt.Sprintf(`{"spoken":"好的","rawSpoken":"好的","receivedName":%q,"groupName":"陌生群","roomType":1,"textType":1,"messageId":"u%d"}`, who, i), nil)
			time.Sleep(10 * time.Millisecond) // faster than the environment follows
		}
		w.advance(5 * time.Second)
		met := w.groupTitled("陌生群")
		r, err := flowdeskv1.NewSessionServiceClient(w.api).ListMessages(w.t.Context(), &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + met.GetId()})
		require.NoError(t, err)
		require.Len(t, r.GetMessages(), 3, "all in the one session")
	})
}

func TestARobotThatKeepsFailingIsPausedAndSomebodyHears(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{Status: 403, SendsOnly: true}))
		w.says("张三", "发票怎么开")
		w.advance(2 * time.Minute)
		require.Equal(t, "night", in(customerGroup, w.robotsSaid())[0].robot, "its partner takes over, and staff are told")
		raised := w.alertsContaining("熔断")
		require.Len(t, raised, 1)
		require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, raised[0].GetLevel())
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_OPEN, raised[0].GetState())
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{}))
		w.says("李四", "发票怎么开")
		w.advance(2 * time.Minute)
		require.Equal(t, flowdeskv1.AlertState_ALERT_STATE_RESOLVED, w.alertsContaining("熔断")[0].GetState())
	})
}
