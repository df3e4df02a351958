package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestADraftIsKeptByNameAndComesBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewFlowServiceClient(f.conn)
	created, err := api.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	first := created.GetFlow()
	kept, err := api.CreateFlowCheckpoint(ctx, &flowdeskv1.CreateFlowCheckpointRequest{Parent: "flows/hand", Title: "改之前", Revision: first.GetRevision()})
	require.NoError(t, err)
	require.Equal(t, "改之前", kept.GetFlowCheckpoint().GetTitle())
	require.False(t, kept.GetFlowCheckpoint().GetAutomatic())

	draft := proto.CloneOf(first)
	draft.Definition.Title = "Renamed"
	saved, err := api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: draft})
	require.NoError(t, err)
	_, err = api.CreateFlowCheckpoint(ctx, &flowdeskv1.CreateFlowCheckpointRequest{Parent: "flows/hand", Title: "旧", Revision: first.GetRevision()})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_REVISION_MISMATCH)
	_, err = api.CreateFlowCheckpoint(ctx, &flowdeskv1.CreateFlowCheckpointRequest{Parent: "flows/hand"})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)

	got := f.ok(http.MethodGet, "/v1/"+kept.GetFlowCheckpoint().GetName(), "")
	require.Equal(t, "By hand", got["definition"].(map[string]any)["title"])
	back, err := api.GetFlowCheckpoint(ctx, &flowdeskv1.GetFlowCheckpointRequest{Name: kept.GetFlowCheckpoint().GetName()})
	require.NoError(t, err)
	restored, err := api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{
		Name: "flows/hand", Revision: saved.GetFlow().GetRevision(), Definition: back.GetFlowCheckpoint().GetDefinition(),
	}})
	require.NoError(t, err)
	require.Equal(t, "By hand", restored.GetFlow().GetDefinition().GetTitle())

	_, err = api.DeleteFlowCheckpoint(ctx, &flowdeskv1.DeleteFlowCheckpointRequest{Name: kept.GetFlowCheckpoint().GetName()})
	require.NoError(t, err)
	_, err = api.GetFlowCheckpoint(ctx, &flowdeskv1.GetFlowCheckpointRequest{Name: kept.GetFlowCheckpoint().GetName()})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
}

func TestWhatADraftWasIsKeptByItselfFromTimeToTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewFlowServiceClient(f.conn)
	// It was made an hour ago, and something of it was kept long ago.
	hour, month := engine.Timestamp(f.runner.Now().Add(-time.Hour)), engine.Timestamp(f.runner.Now().Add(-31*24*time.Hour))
	old := &flowdeskv1.Flow{Id: "hand", Definition: definition(t, manualFlow), Editor: "小王", CreateTime: hour, UpdateTime: hour}
	require.NoError(t, f.store.CreateFlow(ctx, old))
	require.NoError(t, f.store.CreateCheckpoint(ctx, &flowdeskv1.FlowCheckpoint{Flow: "hand", Id: "month", Automatic: true, CreateTime: month}, time.Time{}))
	read, err := api.GetFlow(ctx, &flowdeskv1.GetFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	flow := read.GetFlow()
	titles := func() (all []string) {
		list, err := api.ListFlowCheckpoints(ctx, &flowdeskv1.ListFlowCheckpointsRequest{Parent: "flows/hand"})
		require.NoError(t, err)
		for _, c := range list.GetFlowCheckpoints() {
			require.True(t, c.GetAutomatic())
			whole, err := api.GetFlowCheckpoint(ctx, &flowdeskv1.GetFlowCheckpointRequest{Name: c.GetName()})
			require.NoError(t, err)
			all = append(all, whole.GetFlowCheckpoint().GetDefinition().GetTitle())
		}
		return all
	}
	rename := func(title string) {
		flow.Definition.Title = title
		saved, err := api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: flow})
		require.NoError(t, err)
		flow = saved.GetFlow()
	}
	require.Equal(t, []string{""}, titles())
	rename("first")
	require.Equal(t, []string{"By hand"}, titles(), "what it was for an hour is kept, and what nobody named leaves after a month")
	rename("second")
	require.Equal(t, []string{"first", "By hand"}, titles())
	rename("third")
	require.Equal(t, []string{"first", "By hand"}, titles(), "a moment ago something was kept")
	flow.Labels = []string{"x"}
	rename("third")
	require.Equal(t, []string{"first", "By hand"}, titles())

	// Going back to a version takes the draft along, and what it was is kept.
	_, err = api.PublishFlow(ctx, &flowdeskv1.PublishFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	rename("lost?")
	_, err = api.RollbackFlow(ctx, &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, RestoreDraft: true})
	require.NoError(t, err)
	require.Equal(t, "lost?", titles()[0])
}
