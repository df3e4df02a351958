package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

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
