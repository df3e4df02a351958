package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// A draft that a version is already makes no other one: whoever presses twice, or applies a file again, finds what is there.
func TestPublishingTheSameDraftMakesNoVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewFlowServiceClient(f.conn)
	created, err := api.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	publish := func(r *flowdeskv1.PublishFlowRequest) (version int32, active, unchanged bool) {
		t.Helper()
		r.Name = "flows/hand"
		got, err := api.PublishFlow(ctx, r)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("flows/hand/versions/%d", got.GetFlowVersion().GetVersion()), got.GetFlowVersion().GetName())
		return got.GetFlowVersion().GetVersion(), got.GetFlowVersion().GetActive(), got.GetUnchanged()
	}
	is := func(want []any, version int32, active, unchanged bool) {
		t.Helper()
		require.Equal(t, want, []any{int(version), active, unchanged})
	}
	want := func(version int, active, unchanged bool, r *flowdeskv1.PublishFlowRequest) {
		t.Helper()
		gotVersion, gotActive, gotUnchanged := publish(r)
		is([]any{version, active, unchanged}, gotVersion, gotActive, gotUnchanged)
	}
	want(1, false, false, &flowdeskv1.PublishFlowRequest{Note: "first", KeepInactive: true})
	want(1, false, true, &flowdeskv1.PublishFlowRequest{Note: "again", KeepInactive: true})
	want(1, false, true, &flowdeskv1.PublishFlowRequest{ValidateOnly: true})
	want(1, true, true, &flowdeskv1.PublishFlowRequest{})
	flow, err := api.GetFlow(ctx, &flowdeskv1.GetFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	require.EqualValues(t, 1, flow.GetFlow().GetActiveVersion(), "it was published to be active")

	changed := flow.GetFlow()
	changed.Layout = &flowdeskv1.FlowLayout{Positions: []*flowdeskv1.NodePosition{{Node: "start", X: 40}}}
	_, err = api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: changed})
	require.NoError(t, err)
	want(2, true, false, &flowdeskv1.PublishFlowRequest{}) // what moved on the canvas is kept with its version

	_, err = api.RollbackFlow(ctx, &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, RestoreDraft: true})
	require.NoError(t, err)
	want(3, true, true, &flowdeskv1.PublishFlowRequest{}) // that is what the rollback made
	_, err = api.ActivateFlow(ctx, &flowdeskv1.ActivateFlowRequest{Name: "flows/hand", Version: 1})
	require.NoError(t, err)
	want(1, true, true, &flowdeskv1.PublishFlowRequest{}) // it is active already, though not the newest
	versions, err := api.ListFlowVersions(ctx, &flowdeskv1.ListFlowVersionsRequest{Parent: "flows/hand"})
	require.NoError(t, err)
	require.Len(t, versions.GetFlowVersions(), 3)
	require.Equal(t, "first", versions.GetFlowVersions()[2].GetNote(), "a version never changes")
	require.Equal(t, "hand", created.GetFlow().GetId())
}

// The title of a flow is that of its draft, and can be changed alone.
func TestATitleIsChanged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.ok(http.MethodPost, "/v1/flows?flowId=hand", manualFlowBody)
	read := func() map[string]any { return f.ok(http.MethodGet, "/v1/flows/hand", "") }
	patch := func(body string) (title, inside any) {
		t.Helper()
		got := f.ok(http.MethodPatch, "/v1/flows/hand", fmt.Sprintf(body, read()["revision"]))
		inner, _ := got["definition"].(map[string]any)
		require.Equal(t, got["title"], read()["title"])
		return got["title"], inner["title"]
	}
	for _, c := range []struct{ body, want string }{
		{`{"title":"甲","revision":%q}`, "甲"},
		{`{"title":"甲","revision":%q,"definition":{"title":"乙"}}`, "乙"}, // read, changed inside, sent back
		{`{"title":"丙","revision":%q,"definition":{"title":"乙"}}`, "丙"}, // read, changed outside, sent back
		{`{"labels":["x"],"revision":%q}`, "丙"},
	} {
		title, inside := patch(c.body)
		require.Equal(t, []any{c.want, c.want}, []any{title, inside}, c.body)
	}
	api := flowdeskv1.NewFlowServiceClient(f.conn)
	got, err := api.GetFlow(t.Context(), &flowdeskv1.GetFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	named, err := api.UpdateFlow(t.Context(), &flowdeskv1.UpdateFlowRequest{
		Flow: &flowdeskv1.Flow{Name: "flows/hand", Title: "丁", Revision: got.GetFlow().GetRevision()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}},
	})
	require.NoError(t, err)
	require.Equal(t, "丁", named.GetFlow().GetDefinition().GetTitle())
	require.True(t, named.GetFlow().GetDraftChanged(), "a title is part of what is published")
}

// manualFlowBody is a flow without a title of its own in its definition.
const manualFlowBody = `{"title":"By hand","definition":{"nodes":[{"id":"start","triggerManual":{}},{"id":"done","analysisTrigger":{}}],"edges":[{"from":"start","to":"done"}]}}`
