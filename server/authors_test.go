package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func TestWhoeverEditedAFlowIsNamedAsPeopleKnowThem(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	flows, admin := flowdeskv1.NewFlowServiceClient(f.conn), f.admin()
	definition := &flowdeskv1.FlowDefinition{Title: "问候", Nodes: []*flowdeskv1.Node{{Id: "say", Name: "打招呼"}}}
	_, err := flows.CreateFlow(admin, &flowdeskv1.CreateFlowRequest{FlowId: "greet", Flow: &flowdeskv1.Flow{Definition: definition}})
	require.NoError(t, err)
	got, err := flows.GetFlow(admin, &flowdeskv1.GetFlowRequest{Name: "flows/greet"})
	require.NoError(t, err)
	require.Contains(t, got.GetFlow().GetEditor(), "apiKeys/")
	require.Equal(t, "ACCESS_ROLE_ADMIN", got.GetFlow().GetEditorTitle(), "a key by its title")

	require.NoError(t, f.store.CreateUser(t.Context(), &storage.UserRecord{User: &flowdeskv1.User{
		Name: "users/ruby", Title: "李流程", Role: flowdeskv1.AccessRole_ACCESS_ROLE_EDITOR,
	}}))
	for editor, want := range map[string]string{"users/ruby": "李流程", "users/gone": "", "财神爷": ""} {
		flow, err := f.store.GetFlow(t.Context(), "greet")
		require.NoError(t, err)
		flow.Editor = editor
		require.NoError(t, f.store.UpdateFlow(t.Context(), flow, flow.GetRevision()))
		list, err := flows.ListFlows(admin, &flowdeskv1.ListFlowsRequest{Query: "打招呼"})
		require.NoError(t, err)
		require.Len(t, list.GetFlows(), 1)
		require.Equal(t, editor, list.GetFlows()[0].GetEditor())
		require.Equal(t, want, list.GetFlows()[0].GetEditorTitle())
	}
}

// A flow is told alike by every method that answers with one: what a list says of it does not go away when it is saved or published.
func TestEveryAnswerNamesTheAuthor(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	flows, admin := flowdeskv1.NewFlowServiceClient(f.conn), f.admin()
	const title = "ACCESS_ROLE_ADMIN"
	created, err := flows.CreateFlow(admin, &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	require.Equal(t, title, created.GetFlow().GetEditorTitle(), "created")
	updated, err := flows.UpdateFlow(admin, &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{Name: "flows/hand", Title: "By hands", Revision: created.GetFlow().GetRevision()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}})
	require.NoError(t, err)
	require.Equal(t, title, updated.GetFlow().GetEditorTitle(), "updated")
	for _, dry := range []bool{true, false, false} {
		published, err := flows.PublishFlow(admin, &flowdeskv1.PublishFlowRequest{Name: "flows/hand", ValidateOnly: dry})
		require.NoError(t, err)
		require.Equal(t, title, published.GetFlowVersion().GetAuthorTitle(), "published, dry: %v, unchanged: %v", dry, published.GetUnchanged())
		require.NotEmpty(t, published.GetFlowVersion().GetName())
	}
	for _, dry := range []bool{true, false} {
		active, err := flows.ActivateFlow(admin, &flowdeskv1.ActivateFlowRequest{Name: "flows/hand", Version: 1, ValidateOnly: dry})
		require.NoError(t, err)
		require.Equal(t, title, active.GetFlow().GetEditorTitle(), "activated, dry: %v", dry)
		back, err := flows.RollbackFlow(admin, &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, ValidateOnly: dry})
		require.NoError(t, err)
		require.Equal(t, title, back.GetFlow().GetEditorTitle(), "rolled back, dry: %v", dry)
	}
	ended, err := flows.DeactivateFlow(admin, &flowdeskv1.DeactivateFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	require.Equal(t, title, ended.GetFlow().GetEditorTitle(), "deactivated")
	kept, err := flows.CreateFlowCheckpoint(admin, &flowdeskv1.CreateFlowCheckpointRequest{Parent: "flows/hand", Title: "x"})
	require.NoError(t, err)
	require.Equal(t, title, kept.GetFlowCheckpoint().GetAuthorTitle(), "kept")
	read, err := flows.GetFlowCheckpoint(admin, &flowdeskv1.GetFlowCheckpointRequest{Name: kept.GetFlowCheckpoint().GetName()})
	require.NoError(t, err)
	require.Equal(t, title, read.GetFlowCheckpoint().GetAuthorTitle(), "read")
}
