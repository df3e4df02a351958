package app_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

func (w *world) edit(c *flowdeskv1.Command, text, request string) (*flowdeskv1.Command, error) {
	got, err := flowdeskv1.NewQueueServiceClient(w.api).EditCommand(w.t.Context(), &flowdeskv1.EditCommandRequest{
		Name: "commands/" + c.GetId(), Text: text, Etag: c.GetEtag(), Reason: "措辞", RequestId: request,
	})
	return got.GetCommand(), err
}

// A person rewrites what the robot is going to say tomorrow. What is said, what the session remembers, and what another robot hears is the new text.
func TestATextIsChangedBeforeItIsSaid(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		for _, r := range scenarioRobots() {
			require.NoError(w.t, w.sim.SetMode(r.GetRobotId(), standin.Mode{Echo: true}))
		}
		w.enqueue("仓库已发贷", 3*time.Hour)
		first := w.command("仓库已发贷")
		c, err := w.edit(first, "仓库已发货", "r1")
		require.NoError(w.t, err)
		require.Equal(w.t, "仓库已发货", c.GetText())
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_DELAYED, c.GetState())
		require.Equal(w.t, first.GetSendTime().AsTime(), c.GetSendTime().AsTime(), "its time stays")
		again, err := w.edit(first, "仓库已发货", "r1")
		require.NoError(w.t, err, "a repetition of the request gets its answer")
		require.Len(w.t, again.GetEdits(), 1)
		_, err = w.edit(first, "别的内容", "r2")
		require.Equal(w.t, codes.Aborted, status.Code(err), "its etag has been used")

		w.shut()
		w.open() // the change survives the process
		c, err = w.edit(c, "仓库已发货，请查收", "r3")
		require.NoError(w.t, err)
		require.Len(w.t, c.GetEdits(), 2)
		require.Equal(w.t, "仓库已发贷", c.GetEdits()[0].GetBefore())
		require.Equal(w.t, "仓库已发货", c.GetEdits()[1].GetBefore())
		require.NotEmpty(w.t, c.GetEdits()[1].GetActor())
		require.Equal(w.t, "措辞", c.GetEdits()[1].GetReason())

		w.advance(4 * time.Hour)
		require.Equal(w.t, "仓库已发货，请查收", w.alone().text)
		require.Len(w.t, w.messages(), 1, "whoever hears it knows it for the command")
		require.Equal(w.t, "仓库已发货，请查收", w.messages()[0].GetText())
		_, err = w.edit(w.command("仓库已发货，请查收"), "太晚了", "r4")
		require.Equal(w.t, codes.FailedPrecondition, status.Code(err))
		require.Contains(w.t, status.Convert(err).Message(), "take the message back in the group")
	})
}

// Many texts are changed just as they leave. Of each exactly one text is said: the new one when the change was acknowledged, otherwise the old one.
func TestATextIsChangedJustAsItLeaves(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		const many = 24
		at := timestamppb.New(w.now().Add(10 * time.Second))
		queue := flowdeskv1.NewQueueServiceClient(w.api)
		commands := make([]*flowdeskv1.Command, many)
		for n := range many {
			made, err := queue.EnqueueCommand(w.t.Context(), &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{
				TargetSession: w.groups[customerGroup], TargetUser: fmt.Sprint("u", n), Text: fmt.Sprintf("旧 %d.", n), SendTime: at,
			}})
			require.NoError(w.t, err)
			commands[n] = made.GetCommand()
		}
		want := make([]string, many)
		var both sync.WaitGroup
		for n, c := range commands {
			both.Go(func() {
				want[n] = fmt.Sprintf("旧 %d.", n)
				time.Sleep(at.AsTime().Sub(w.now()) + time.Duration(n-many/2)*time.Millisecond)
				c.Etag = ""
				if _, err := w.edit(c, fmt.Sprintf("新 %d.", n), ""); err == nil {
					want[n] = fmt.Sprintf("新 %d.", n)
				}
			})
		}
		w.advance(15 * time.Minute)
		both.Wait()
		var got []string
		for _, s := range w.robotsSaid() {
			got = append(got, s.text)
		}
		require.ElementsMatch(w.t, want, got)
		var remembered []string
		for _, m := range w.messages() {
			remembered = append(remembered, m.GetText())
		}
		require.ElementsMatch(w.t, want, remembered, "the session knows what was said")
	})
}
