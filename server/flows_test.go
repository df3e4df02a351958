package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

func TestAFlowFromDraftToRollback(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewFlowServiceClient(f.conn)
	created, err := api.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	require.Equal(t, "flows/hand", created.GetFlow().GetName())
	_, err = api.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	refused(t, err, codes.AlreadyExists, flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_EXISTS)
	_, err = api.ActivateFlow(ctx, &flowdeskv1.ActivateFlowRequest{Name: "flows/hand"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED)

	published, err := api.PublishFlow(ctx, &flowdeskv1.PublishFlowRequest{Name: "flows/hand", Note: "first"})
	require.NoError(t, err)
	require.Equal(t, "flows/hand/versions/1", published.GetFlowVersion().GetName())
	require.True(t, published.GetFlowVersion().GetActive())

	draft := proto.CloneOf(created.GetFlow())
	draft.Definition.Title = "By hand, renamed"
	saved, err := api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: draft})
	require.NoError(t, err)
	_, err = api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{Name: "flows/hand", Revision: created.GetFlow().GetRevision(), Labels: []string{"x"}}})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_REVISION_MISMATCH)
	_, err = api.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{Name: "flows/hand", Labels: []string{"x"}}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	_, err = api.PublishFlow(ctx, &flowdeskv1.PublishFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)

	compared, err := api.CompareFlowVersions(ctx, &flowdeskv1.CompareFlowVersionsRequest{Name: "flows/hand", FromVersion: 1, ToVersion: 2})
	require.NoError(t, err)
	require.Len(t, compared.GetComparison().GetFields(), 1)
	require.Equal(t, "title", compared.GetComparison().GetFields()[0].GetField())

	_, err = api.RollbackFlow(ctx, &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", Etag: saved.GetFlow().GetEtag() + "-old"})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
	back, err := api.RollbackFlow(ctx, &flowdeskv1.RollbackFlowRequest{Name: "flows/hand", RestoreDraft: true})
	require.NoError(t, err)
	require.Equal(t, int32(3), back.GetFlow().GetActiveVersion())
	require.Equal(t, "By hand", back.GetFlow().GetDefinition().GetTitle())
	_, err = api.RollbackFlow(ctx, &flowdeskv1.RollbackFlowRequest{Name: "flows/hand"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED)

	_, err = api.DeleteFlow(ctx, &flowdeskv1.DeleteFlowRequest{Name: "flows/hand"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_FLOW_ACTIVE)
	_, err = api.DeactivateFlow(ctx, &flowdeskv1.DeactivateFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	_, err = api.DeleteFlow(ctx, &flowdeskv1.DeleteFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	_, err = api.GetFlow(ctx, &flowdeskv1.GetFlowRequest{Name: "flows/hand"})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
}

func TestRESTGivesTheResourceItself(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.ok(http.MethodPost, "/v1/flows?flow_id=hand", `{"definition":`+manualFlow+`,"labels":["a"]}`)
	require.Equal(t, "flows/hand", created["name"])
	changed := f.ok(http.MethodPatch, "/v1/flows/hand", `{"definition":{"title":"Renamed","nodes":[{"id":"start","triggerManual":{}}]},"revision":"1"}`)
	require.Equal(t, "Renamed", changed["title"], "the mask that the gateway makes of a body names leaves; the definition is replaced as a whole")

	answer, err := flowdeskv1.NewFlowServiceClient(f.conn).GetFlow(t.Context(), &flowdeskv1.GetFlowRequest{Name: "flows/hand"})
	require.NoError(t, err)
	byGRPC, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(answer.GetFlow())
	require.NoError(t, err)
	code, _, byREST := f.rest(http.MethodGet, "/v1/flows/hand", "")
	require.Equal(t, http.StatusOK, code)
	require.JSONEq(t, string(byGRPC), string(byREST))

	list := f.ok(http.MethodGet, "/v1/flows?label=a&active=false", "")
	require.Len(t, list["flows"], 1)
	require.Empty(t, f.ok(http.MethodGet, "/v1/flows?active=true", "")["flows"])
}

func TestAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bad := `{"definition":{"title":"bad","nodes":[{"id":"start","triggerManual":{}},{"id":"alone","sessionUpdate":{}}],
		"edges":[{"from":"start","to":"nowhere"},{"from":"start","port":"sideways","to":"alone"}]}}`
	answer := f.ok(http.MethodPost, "/v1/flows:validate", bad)
	require.Equal(t, false, answer["valid"])
	require.GreaterOrEqual(t, len(answer["diagnostics"].([]any)), 2)

	api := flowdeskv1.NewFlowServiceClient(f.conn)
	_, err := api.CreateFlow(t.Context(), &flowdeskv1.CreateFlowRequest{FlowId: "bad", Flow: &flowdeskv1.Flow{Definition: &flowdeskv1.FlowDefinition{Title: "empty"}}})
	require.NoError(t, err, "a draft may have errors")
	_, err = api.PublishFlow(t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/bad"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW)
	found := false
	for _, detail := range status.Convert(err).Details() {
		if d, ok := detail.(*flowdeskv1.FlowDiagnostics); ok {
			found = len(d.GetFlows()[0].GetDiagnostics()) > 0
		}
	}
	require.True(t, found, "the error carries the findings")

	file, err := flowfile.Write(userReply(t), nil)
	require.NoError(t, err)
	valid := f.ok(http.MethodPost, "/v1/flows:validate", `{"source":`+quoted(t, string(file))+`}`)
	require.Equal(t, true, valid["valid"], "%v", valid["diagnostics"])
	require.NotEmpty(t, valid["digest"])
}

func userReply(t *testing.T) *flowdeskv1.FlowDefinition {
	t.Helper()
	def, err := flows.Load("unified")
	require.NoError(t, err)
	return def
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(text)
	require.NoError(t, err)
	return string(data)
}

func TestATestRunTouchesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before, err := f.store.Stats(t.Context())
	require.NoError(t, err)
	ask := func(text string) *flowdeskv1.TestStep {
		return &flowdeskv1.TestStep{Event: &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{Text: text}}}}
	}
	request := &flowdeskv1.TestRunFlowRequest{
		Definition: userReply(t), Steps: []*flowdeskv1.TestStep{ask("请问发票怎么开？")}, RunOn: durationpb.New(3600e9), Seed: 7,
		Settings: &flowdeskv1.Settings{Answers: []*flowdeskv1.AnswerEntry{{Id: "invoice", Questions: []string{"发票怎么开"}, Answer: "在订单详情页申请发票。"}}},
	}
	answer, err := flowdeskv1.NewFlowServiceClient(f.conn).TestRunFlow(t.Context(), request)
	require.NoError(t, err)
	require.NotEmpty(t, answer.GetInstances())
	require.Len(t, answer.GetCommands(), 1)
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, answer.GetCommands()[0].GetState())
	require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, answer.GetInstances()[0].GetStatus(), answer.GetInstances()[0].GetError())
	require.Equal(t, "MESSAGE_RECEIVE", answer.GetTurns()[0].GetTraces()[0].GetSteps()[1].GetKind())
	after, err := f.store.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)

	byREST := f.ok(http.MethodPost, "/v1/flows:testRun", `{"definition":`+manualFlow+`,"steps":[{"event":{"manual":{}}}]}`)
	require.Len(t, byREST["instances"], 1)
	broken := f.ok(http.MethodPost, "/v1/flows:testRun", `{"definition":{"title":"x"},"steps":[{"event":{"manual":{}}}]}`)
	require.NotEmpty(t, broken["diagnostics"])
	require.Empty(t, broken["turns"])
}

func TestValidationOfASourceNamesLineAndColumn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, c := range []struct {
		name, source, code string
		line, column       float64
	}{
		{"no YAML", "title: x\nnodes: [", "FD0901", 2, 0},
		{"an unknown field", "title: x\nnodes:\n  - {id: a, trigger_webhook: {sauce: y}}", "FD0902", 3, 31},
		{"an unknown enum value", "title: x\nerror_policy: ERROR_POLICY_PANIC", "", 2, 15},
		{"a finding of the compiler", "title: x\nnodes:\n  - {id: a, trigger_webhook: {}}", "FD1105", 3, 0},
		{"a text that is not UTF-8 free of NUL", "title: \"a\\0b\"\nnodes: 7", "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			answer := f.ok(http.MethodPost, "/v1/flows:validate", `{"source":`+quoted(t, c.source)+`}`)
			require.Equal(t, false, answer["valid"])
			first := answer["diagnostics"].([]any)[0].(map[string]any)
			require.NotEmpty(t, first["message"])
			if c.code != "" {
				require.Equal(t, c.code, first["code"], "%v", first)
			}
			if c.line > 0 {
				require.InDelta(t, c.line, first["line"], 0, "%v", first)
			}
			if c.column > 0 {
				require.InDelta(t, c.column, first["column"], 0, "%v", first)
			}
		})
	}
}
