package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestVisitorsOfADraftSeeEachOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewFlowServiceClient(f.conn)
	created, err := api.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	visit := func(page, node string, leave bool) (nodes []string) {
		t.Helper()
		r, err := api.VisitFlow(ctx, &flowdeskv1.VisitFlowRequest{Name: "flows/hand", Page: page, Node: node, Leave: leave})
		require.NoError(t, err)
		require.Equal(t, created.GetFlow().GetRevision(), r.GetRevision())
		for _, v := range r.GetVisitors() {
			nodes = append(nodes, v.GetPage()+" "+v.GetNode())
		}
		return nodes
	}
	require.Empty(t, visit("page-one", "start", false), "nobody sees themselves")
	require.Equal(t, []string{"page-one start"}, visit("page-two", "", false))
	require.Equal(t, []string{"page-two "}, visit("page-one", "other", false))
	require.Equal(t, []string{"page-one other", "page-two "}, visit("page-three", "", false), "those who came first stand first")
	require.Equal(t, []string{"page-two ", "page-three "}, visit("page-one", "", true))
	require.Equal(t, []string{"page-three "}, visit("page-two", "", false), "who has left is not shown")

	_, err = api.VisitFlow(ctx, &flowdeskv1.VisitFlowRequest{Name: "flows/none", Page: "page-one"})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
}
