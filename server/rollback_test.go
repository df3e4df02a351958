package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/storage"
)

// waitingFlow starts by hand and waits for an hour.
const waitingFlow = `{"title":"Patient","nodes":[{"id":"start","triggerManual":{}},{"id":"rest","wait":{"duration":"3600s"}},{"id":"done","analysisTrigger":{}}],
	"edges":[{"from":"start","to":"rest"},{"from":"rest","to":"done"}]}`

// titled publishes a version of a flow for each title, and makes the flow with the first.
func (f *fixture) titled(flow, file string, titles ...string) {
	f.t.Helper()
	api := flowdeskv1.NewFlowServiceClient(f.conn)
	d, err := flowfile.Read([]byte(file))
	require.NoError(f.t, err)
	for i, title := range titles {
		d.Title = title
		if i == 0 {
			_, err := api.CreateFlow(f.t.Context(), &flowdeskv1.CreateFlowRequest{FlowId: flow, Flow: &flowdeskv1.Flow{Definition: d}})
			require.NoError(f.t, err)
		} else {
			_, err := api.UpdateFlow(f.t.Context(), &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{Name: "flows/" + flow, Definition: d, Revision: int64(i)}})
			require.NoError(f.t, err)
		}
		_, err := api.PublishFlow(f.t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/" + flow})
		require.NoError(f.t, err)
	}
}

func (f *fixture) rollBack(r *flowdeskv1.RollbackFlowRequest) *flowdeskv1.RollbackFlowResponse {
	f.t.Helper()
	answer, err := flowdeskv1.NewFlowServiceClient(f.conn).RollbackFlow(f.t.Context(), r)
	require.NoError(f.t, err)
	return answer
}

func TestARollbackMakesAVersionAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api := flowdeskv1.NewFlowServiceClient(f.conn)
	f.titled("hand", manualFlow, "一", "二", "三")
	versions := func() (titles []string) {
		list, err := api.ListFlowVersions(t.Context(), &flowdeskv1.ListFlowVersionsRequest{Parent: "flows/hand"})
		require.NoError(t, err)
		for _, v := range list.GetFlowVersions() {
			whole, err := api.GetFlowVersion(t.Context(), &flowdeskv1.GetFlowVersionRequest{Name: v.GetName()})
			require.NoError(t, err)
			titles = append(titles, whole.GetFlowVersion().GetDefinition().GetTitle())
		}
		return titles
	}

	dry := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, ValidateOnly: true})
	require.EqualValues(t, 4, dry.GetFlowVersion().GetVersion())
	require.EqualValues(t, 3, dry.GetFlow().GetActiveVersion())
	require.Equal(t, []string{"三", "二", "一"}, versions())

	answer := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, Note: "节日话术有误"})
	back := answer.GetFlowVersion()
	require.Equal(t, "flows/hand/versions/4", back.GetName())
	require.Equal(t, []any{int32(1), int32(3), true, "节日话术有误", "api", false}, []any{
		back.GetRestoredVersion(), back.GetRolledBackFrom(), back.GetActive(), back.GetNote(), back.GetAuthor(), answer.GetUnchanged(),
	})
	require.NotNil(t, back.GetCreateTime())
	require.Equal(t, []string{"一", "三", "二", "一"}, versions())
	flow := answer.GetFlow()
	require.Equal(t, []any{int32(4), int32(4), "三", true}, []any{
		flow.GetActiveVersion(), flow.GetLatestVersion(), flow.GetDefinition().GetTitle(), flow.GetDraftChanged(),
	}, "the draft stays, and differs from what is live now")
	first, err := f.store.GetVersion(t.Context(), "hand", 1)
	require.NoError(t, err)
	require.Equal(t, first.GetDigest(), back.GetDigest())
	active, err := f.store.ActiveVersions(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4, active[0].GetVersion())
	started, err := flowdeskv1.NewInstanceServiceClient(f.conn).StartInstance(t.Context(), &flowdeskv1.StartInstanceRequest{Flow: "flows/hand"})
	require.NoError(t, err)
	require.EqualValues(t, 4, started.GetInstance().GetVersion(), "it runs at once")

	// What is live already makes no version, whichever number it is asked for by.
	for _, version := range []int32{1, 4} {
		same := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: version, Note: "again"})
		require.True(t, same.GetUnchanged())
		require.EqualValues(t, 4, same.GetFlowVersion().GetVersion())
		require.Equal(t, "节日话术有误", same.GetFlowVersion().GetNote())
	}
	require.Len(t, versions(), 4)

	undone := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: back.GetRolledBackFrom()})
	require.Equal(t, []any{int32(5), int32(3), int32(4), false}, []any{
		undone.GetFlowVersion().GetVersion(), undone.GetFlowVersion().GetRestoredVersion(), undone.GetFlowVersion().GetRolledBackFrom(),
		undone.GetFlow().GetDraftChanged(),
	})
	require.Equal(t, []string{"三", "一", "三", "二", "一"}, versions())

	// Without a number it goes on backwards from what is live, and not to what was left.
	for _, want := range []string{"二", "一"} {
		require.Equal(t, want, f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand"}).GetFlowVersion().GetDefinition().GetTitle())
	}
	_, err = api.RollbackFlow(t.Context(), &flowdeskv1.RollbackFlowRequest{Name: "flows/hand"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED)
	_, err = api.RollbackFlow(t.Context(), &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 99})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)

	byREST := f.ok(http.MethodPost, "/v1/flows/hand:rollback", `{"version":3,"openInstances":"OPEN_INSTANCES_FINISH"}`)
	require.EqualValues(t, 3, byREST["flowVersion"].(map[string]any)["restoredVersion"])
	record := f.ok(http.MethodGet, "/v1/auditRecords?resource=flows/hand&pageSize=1", "")["auditRecords"].([]any)[0].(map[string]any)
	require.Equal(t, "FlowService.RollbackFlow", record["method"])
}

// The draft is taken along only when that is asked for, also when the version is live already.
func TestARollbackRestoresTheDraft(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.titled("hand", manualFlow, "一", "二")
	f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1})
	dry := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, RestoreDraft: true, ValidateOnly: true})
	require.Equal(t, "二", dry.GetFlow().GetDefinition().GetTitle())
	same := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, RestoreDraft: true})
	require.True(t, same.GetUnchanged())
	require.Equal(t, []any{"一", false, int32(3)}, []any{
		same.GetFlow().GetDefinition().GetTitle(), same.GetFlow().GetDraftChanged(), same.GetFlow().GetActiveVersion(),
	})
	taken := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 2, RestoreDraft: true})
	require.Equal(t, []any{"二", false, int32(4)}, []any{
		taken.GetFlow().GetDefinition().GetTitle(), taken.GetFlow().GetDraftChanged(), taken.GetFlow().GetActiveVersion(),
	})
}

// A version may have stopped to compile, as with an expression that is read otherwise today. It is refused as a publication would be.
func TestAVersionThatNoLongerCompilesIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api := flowdeskv1.NewFlowServiceClient(f.conn)
	broken := definition(t, manualFlow)
	broken.Edges[0].To = "nowhere"
	f.titled("hand", manualFlow, "一")
	number, err := f.store.PublishVersion(t.Context(), &flowdeskv1.FlowVersion{Flow: "hand", Definition: broken}, false)
	require.NoError(t, err)
	_, err = api.CreateFlow(t.Context(), &flowdeskv1.CreateFlowRequest{FlowId: "draft", Flow: &flowdeskv1.Flow{Definition: broken}})
	require.NoError(t, err)
	codesOf := func(err error) (codes []string) {
		t.Helper()
		for _, detail := range status.Convert(err).Details() {
			if d, ok := detail.(*flowdeskv1.FlowDiagnostics); ok {
				for _, found := range d.GetFlows()[0].GetDiagnostics() {
					codes = append(codes, found.GetCode()+found.GetNode()+found.GetMessage())
				}
			}
		}
		require.NotEmpty(t, codes)
		return codes
	}
	_, published := api.PublishFlow(t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/draft"})
	for _, dry := range []bool{true, false} {
		_, err = api.RollbackFlow(t.Context(), &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: number, ValidateOnly: dry})
		refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW)
		require.Equal(t, codesOf(published), codesOf(err))
	}
	flow, err := f.store.GetFlow(t.Context(), "hand")
	require.NoError(t, err)
	require.Equal(t, []int32{1, 2}, []int32{flow.GetActiveVersion(), flow.GetLatestVersion()})
}

// The same request id gives the same version, also when the process ended before the answer was kept; an etag that is old is refused.
func TestARepeatedRollbackMakesNoSecondVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.titled("hand", manualFlow, "一", "二")
	request := &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 1, RequestId: "r1"}
	first := f.rollBack(request)
	again := f.rollBack(request)
	require.False(t, again.GetUnchanged(), "it is the first answer")
	require.Equal(t, first.GetFlowVersion().GetVersion(), again.GetFlowVersion().GetVersion())
	f.forget.Store(true)
	request = &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Version: 2, RequestId: "r2"}
	require.EqualValues(t, 4, f.rollBack(request).GetFlowVersion().GetVersion())
	require.EqualValues(t, 4, f.rollBack(request).GetFlowVersion().GetVersion())
	_, err := flowdeskv1.NewFlowServiceClient(f.conn).RollbackFlow(t.Context(), &flowdeskv1.RollbackFlowRequest{
		Name: "flows/hand", Version: 1, Etag: first.GetFlow().GetEtag(),
	})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
}

// Without a number each call goes one version further back. A repetition does not, nor does it fail on an etag that held when it was done.
func TestARepeatedRollbackGoesNoFurtherBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.titled("patient", waitingFlow, "一", "二", "三")
	f.wait("patient", 2)
	flow, err := f.store.GetFlow(t.Context(), "patient")
	require.NoError(t, err)
	f.forget.Store(true)
	request := &flowdeskv1.RollbackFlowRequest{Name: "flows/patient", RequestId: "r1", Etag: flow.GetEtag(), Note: "话术有误"}
	first := f.rollBack(request)
	require.EqualValues(t, 2, first.GetFlowVersion().GetRestoredVersion())
	again := f.rollBack(request)
	require.Empty(t, cmp.Diff(first, again, protocmp.Transform()))
	for range 2 {
		other := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/patient", RequestId: "r2"})
		require.Equal(t, []int32{5, 1}, []int32{other.GetFlowVersion().GetVersion(), other.GetFlowVersion().GetRestoredVersion()}, "another request goes on")
	}
	again = f.rollBack(request)
	require.Equal(t, []any{int32(4), false, int32(5)}, []any{
		again.GetFlowVersion().GetVersion(), again.GetFlowVersion().GetActive(), again.GetFlow().GetActiveVersion(),
	}, "what was done, and the flow as it is now")
}

// wait starts runs that wait, each in a group of its own, so that their turns do not queue for one session.
func (f *fixture) wait(flow string, runs int) (ids []string) {
	f.t.Helper()
	for i := range runs {
		started, err := flowdeskv1.NewInstanceServiceClient(f.conn).StartInstance(f.t.Context(), &flowdeskv1.StartInstanceRequest{
			Flow: "flows/" + flow, Session: "sessions/" + f.group(fmt.Sprintf("%s %d of %d", flow, i, runs)),
		})
		require.NoError(f.t, err)
		require.Equal(f.t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, started.GetInstance().GetStatus())
		ids = append(ids, started.GetInstance().GetId())
	}
	return ids
}

func (f *fixture) run(id string) *flowdeskv1.Instance {
	f.t.Helper()
	i, _, err := f.store.GetInstance(f.t.Context(), id)
	require.NoError(f.t, err)
	return i
}

func TestWaitingRunsFinishUnlessTheyAreCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.titled("patient", waitingFlow, "一", "二")
	f.titled("other", waitingFlow, "一", "二")
	runs, others := f.wait("patient", 3), f.wait("other", 1)

	dry := f.rollBack(&flowdeskv1.RollbackFlowRequest{
		Name: "flows/patient", Version: 1, ValidateOnly: true, OpenInstances: flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL,
	})
	require.Equal(t, []int{0, 3}, []int{int(dry.GetCancelledInstances()), int(dry.GetRemainingInstances())})
	left := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/patient", Version: 1})
	require.Equal(t, []int{0, 3}, []int{int(left.GetCancelledInstances()), int(left.GetRemainingInstances())})
	for _, id := range runs {
		require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, f.run(id).GetStatus(), "they finish on their version")
	}
	newer := f.wait("patient", 1)[0]

	// Whoever thinks of it later asks again: it is live already, and those that waited on the version before are cancelled.
	ended := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/patient", Version: 1, OpenInstances: flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL})
	require.Equal(t, []any{true, int32(3), int64(0)}, []any{ended.GetUnchanged(), ended.GetCancelledInstances(), ended.GetRemainingInstances()})
	for _, id := range runs {
		require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_CANCELLED, f.run(id).GetStatus())
		require.Equal(t, "流程回滚到版本 1", f.run(id).GetError())
	}
	for _, id := range append(others, newer) {
		require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, f.run(id).GetStatus(), "what runs on another version or flow stays")
	}
	at := f.rollBack(&flowdeskv1.RollbackFlowRequest{Name: "flows/other", Version: 1, OpenInstances: flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL, RequestId: "c1"})
	require.Equal(t, []any{false, int32(1), int64(0)}, []any{at.GetUnchanged(), at.GetCancelledInstances(), at.GetRemainingInstances()})
}

// One call cancels so many and says how many are left; the next goes on.
func TestCancellingWithARollbackIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.titled("patient", waitingFlow, "一", "二")
	const more = 3
	f.wait("patient", 500+more)
	request := &flowdeskv1.RollbackFlowRequest{Name: "flows/patient", Version: 1, OpenInstances: flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL}
	first := f.rollBack(request)
	require.Equal(t, []any{false, int32(500), int64(more)}, []any{first.GetUnchanged(), first.GetCancelledInstances(), first.GetRemainingInstances()})
	second := f.rollBack(request)
	require.Equal(t, []any{true, int32(more), int64(0)}, []any{second.GetUnchanged(), second.GetCancelledInstances(), second.GetRemainingInstances()})
	open, _, err := f.store.ListInstances(t.Context(), storage.InstanceFilter{Flow: "patient", Statuses: []flowdeskv1.InstanceStatus{
		flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING,
	}}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, open)
}
