package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Instances are known by the titles of their flows; what is no longer there has no title.
func TestARowOfAJobIsKnownByItsFlow(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	j.titled("patient", waitingFlow, "耐心")
	runs := j.wait("patient", 2)
	job := j.create(ctx, &flowdeskv1.CreateJobRequest{
		Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_CancelInstances{CancelInstances: &flowdeskv1.CancelInstances{}}}, Reason: "x",
		Rows: named("instances/"+runs[0], "instances/nothing", "instances/"+runs[1]),
	})
	j.ended(ctx, job.GetName())
	rows := j.results(ctx, job.GetName(), 0)
	require.Len(t, rows, 3)
	for i, want := range []string{"耐心", "", "耐心"} {
		require.Equal(t, want, rows[i].GetTitle())
	}
	require.Equal(t, "sessions/"+j.run(runs[1]).GetSession(), rows[2].GetSession())
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND, rows[1].GetError())
	require.Empty(t, rows[1].GetSession())
}
