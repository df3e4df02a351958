package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

func TestOfTwoOrdersByHandForOneStateOneCounts(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		queue := flowdeskv1.NewQueueServiceClient(w.api)
		enqueued, err := queue.EnqueueCommand(w.t.Context(), &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{
			TargetSession: w.groups[customerGroup], Text: "仓库已发货", SendTime: timestamppb.New(time.Now().Add(3 * time.Hour)),
		}})
		require.NoError(w.t, err)
		c := enqueued.GetCommand()
		now := func() error {
			_, err := queue.SendCommandNow(w.t.Context(), &flowdeskv1.SendCommandNowRequest{Name: c.GetName(), Etag: c.GetEtag()})
			return err
		}
		require.NoError(w.t, w.sim.SetMode("sim-day", standin.Mode{FailCode: 201102, FailTimes: 100}))
		require.NoError(w.t, now())
		require.Equal(w.t, codes.Aborted, status.Code(now()), "its etag has been used")
		w.advance(30 * time.Minute)
		require.NotEmpty(w.t, w.robotsSaid(), "it left before its time")
		c = w.commands()[0]
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_MANUAL, c.GetState())

		require.NoError(w.t, w.sim.SetMode("sim-day", standin.Mode{}))
		again := func() error {
			_, err := queue.RetryCommand(w.t.Context(), &flowdeskv1.RetryCommandRequest{Name: c.GetName(), Etag: c.GetEtag()})
			return err
		}
		require.NoError(w.t, again())
		require.Equal(w.t, codes.Aborted, status.Code(again()))
		w.advance(time.Minute)
		require.Equal(w.t, "仓库已发货", w.alone().text)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.commands()[0].GetState())
	})
}
