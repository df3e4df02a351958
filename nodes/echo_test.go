package nodes_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/turntest"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

// A command has left with its old text, and the session does not know yet that a change of it came too late. What a robot heard is the command all
// the same, and no word of somebody else.
func TestACommandIsHeardAlsoWithATextThatWasToBeChanged(t *testing.T) {
	t.Parallel()
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	data, err := os.ReadFile("testdata/world.yaml")
	require.NoError(t, err)
	world, err := turntest.World(data)
	require.NoError(t, err)
	for name, speaker := range map[string]string{"by its name": "白班小助手", "under another name": "新名字"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			room, err := turntest.NewRoom(nodes.Builtin(), definition, world)
			require.NoError(t, err)
			said := func(text string) *flowdeskv1.PendingCommand {
				_, err = room.Turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandRequest{CommandRequest: &flowdeskv1.CommandRequest{Command: &flowdeskv1.Command{
					TargetSession: turntest.Session, Text: text, Duty: flowdeskv1.Duty_DUTY_DAY_REPLY,
				}}}})
				require.NoError(t, err)
				commands := room.State.GetCommands()
				return commands[len(commands)-1]
			}
			first := said("您的订单今天发贷，请留意查收")
			_, err = room.Turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandText{CommandText: &flowdeskv1.CommandTextRequest{
				Command: first.GetId(), Before: first.GetText(), Text: "您的订单今天发货，请留意",
			}}})
			require.NoError(t, err)
			heard := func(text, command string) {
				turn, err := room.Says(speaker, text)
				require.NoError(t, err)
				require.Contains(t, fmt.Sprint(turn.GetNotes()), "heard command "+command)
			}
			heard("您的订单今天发贷，请留意查收", first.GetId())
			heard("您的订单今天发货，请留意", first.GetId())
			second := said("您的订单今天发贷，请留意查收")
			heard("您的订单今天发贷，请留意查收", second.GetId())
		})
	}
}
