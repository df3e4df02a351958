package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

// failing keeps a fact, then reads a number from the text, then waits. The other nodes tell what was done twice.
const failing = `
title: 读数字
variables:
  - {name: n, type: VARIABLE_TYPE_INT, initial: "0"}
nodes:
  - {id: start, trigger_manual: {}}
  - {id: once, analysis_trigger: {fact: before, values: [{name: text, value: event.manual.text}]}}
  - {id: read, set: {assignments: [{variable: n, value: int(event.manual.text)}]}}
  - {id: rest, wait: {duration: 3600s}}
  - {id: told, analysis_trigger: {fact: after, values: [{name: text, value: nodes.once.fact}]}}
edges:
  - {from: start, to: once}
  - {from: once, to: read}
  - {from: read, to: rest}
  - {from: rest, to: told}
`

func TestAFailedRunGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	flows, runs := flowdeskv1.NewFlowServiceClient(f.conn), flowdeskv1.NewInstanceServiceClient(f.conn)
	definition, err := flowfile.Read([]byte(failing))
	require.NoError(t, err)
	made, err := flows.CreateFlow(t.Context(), &flowdeskv1.CreateFlowRequest{FlowId: "read", Flow: &flowdeskv1.Flow{Definition: definition}})
	require.NoError(t, err)
	_, err = flows.PublishFlow(t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/read"})
	require.NoError(t, err)

	started, err := runs.StartInstance(t.Context(), &flowdeskv1.StartInstanceRequest{Flow: "flows/read", Text: "十二"})
	require.NoError(t, err)
	failed := started.GetInstance()
	require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, failed.GetStatus())
	require.Equal(t, "read", failed.GetFailedNode())

	// The version that failed fails again, as another run.
	again, err := runs.RetryInstance(t.Context(), &flowdeskv1.RetryInstanceRequest{Name: failed.GetName(), RequestId: "r1"})
	require.NoError(t, err)
	require.NotEqual(t, failed.GetId(), again.GetInstance().GetId())
	require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, again.GetInstance().GetStatus())
	same, err := runs.RetryInstance(t.Context(), &flowdeskv1.RetryInstanceRequest{Name: failed.GetName(), RequestId: "r1"})
	require.NoError(t, err)
	require.Equal(t, again.GetInstance().GetId(), same.GetInstance().GetId(), "a repeated request begins no further run")

	// A version in which the node is mended goes on, also from a run that was itself a retry, and remembers what was before.
	definition.Nodes[2].GetSet().GetAssignments()[0].Value = "size(event.manual.text)"
	_, err = flows.UpdateFlow(t.Context(), &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{Name: "flows/read", Definition: definition, Revision: made.GetFlow().GetRevision()}})
	require.NoError(t, err)
	_, err = flows.PublishFlow(t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/read"})
	require.NoError(t, err)
	mended, err := runs.RetryInstance(t.Context(), &flowdeskv1.RetryInstanceRequest{Name: again.GetInstance().GetName(), Version: 2})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, mended.GetInstance().GetStatus())
	require.EqualValues(t, 2, mended.GetInstance().GetVersion())
	steps, err := runs.TraceInstance(t.Context(), &flowdeskv1.TraceInstanceRequest{Name: mended.GetInstance().GetName()})
	require.NoError(t, err)
	require.Equal(t, "read", steps.GetSteps()[0].GetNode(), "what was before it is not done again")

	record, err := f.store.LoadSession(t.Context(), mended.GetInstance().GetSession())
	require.NoError(t, err)
	state, err := runner.Restore(mended.GetInstance().GetSession(), record)
	require.NoError(t, err)
	require.Len(t, state.GetInstances(), 1)
	var remembered []string
	for _, n := range state.GetInstances()[0].GetNodes() {
		remembered = append(remembered, n.GetNode())
	}
	require.Equal(t, []string{"start", "once", "read", "rest"}, remembered)

	_, err = runs.RetryInstance(t.Context(), &flowdeskv1.RetryInstanceRequest{Name: mended.GetInstance().GetName()})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	definition.Nodes[2].Id, definition.Edges[1].To, definition.Edges[2].From = "count", "count", "count"
	now, err := flows.GetFlow(t.Context(), &flowdeskv1.GetFlowRequest{Name: "flows/read"})
	require.NoError(t, err)
	_, err = flows.UpdateFlow(t.Context(), &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{Name: "flows/read", Definition: definition, Revision: now.GetFlow().GetRevision()}})
	require.NoError(t, err)
	_, err = flows.PublishFlow(t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/read"})
	require.NoError(t, err)
	_, err = runs.RetryInstance(t.Context(), &flowdeskv1.RetryInstanceRequest{Name: failed.GetName(), Version: 3})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
}
