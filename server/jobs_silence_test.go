package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// alerts raises alerts in a group.
func (j *jobbing) alerts(ctx context.Context, group string, n int) (names []string) {
	j.t.Helper()
	raised := &storage.TurnWrite{Session: group, Event: "e0", Time: morning(), Data: []byte{}, Head: storage.SessionHead{Title: "甲群"}}
	for i := range n {
		id := fmt.Sprintf("%s-%d", group, i)
		raised.Alerts = append(raised.Alerts, &flowdeskv1.Alert{
			Id: id, Session: group, Text: fmt.Sprint("告警", i), State: flowdeskv1.AlertState_ALERT_STATE_OPEN, Level: flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR,
			CreateTime: timestamppb.New(morning()), Revision: 1,
		})
		names = append(names, "alerts/"+id)
	}
	state, err := proto.Marshal(&flowdeskv1.SessionState{Id: group, Version: 1, Alerts: raised.Alerts})
	require.NoError(j.t, err)
	raised.Snapshot = state
	result, err := j.store.Commit(ctx, &storage.Batch{Turns: []*storage.TurnWrite{raised}})
	require.NoError(j.t, err)
	require.Empty(j.t, result.LostTurns)
	return names
}

func silence(until time.Time) *flowdeskv1.JobAction {
	return &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_SilenceAlerts{SilenceAlerts: &flowdeskv1.SilenceAlerts{Until: timestamppb.New(until)}}}
}

// Alerts whose turn comes when the time has passed until which they were to be silent stay as they were, and say so.
func TestAJobSilencesOnlyInTime(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	names := j.alerts(ctx, j.group("甲群"), 2)
	late := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: silence(morning().Add(-time.Hour)), Rows: named(names...), ValidateOnly: true})
	require.EqualValues(t, 2, late.GetTotal(), "counting needs no time")
	_, err := j.jobs.CreateJob(ctx, &flowdeskv1.CreateJobRequest{Action: silence(morning()), Rows: named(names...)})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	require.ErrorContains(t, err, "until")

	until := morning().Add(time.Hour)
	job := j.ended(ctx, j.create(ctx, &flowdeskv1.CreateJobRequest{Action: silence(until), Rows: named(names[0])}).GetName())
	require.EqualValues(t, 1, job.GetSucceeded(), "%v", j.results(ctx, job.GetName(), 0))
	j.hold()
	soon := morning().Add(300 * time.Millisecond)
	job = j.create(ctx, &flowdeskv1.CreateJobRequest{Action: silence(soon), Rows: named(names...)})
	require.Eventually(t, func() bool { return morning().After(soon) }, 10*time.Second, 10*time.Millisecond)
	j.goOn()
	job = j.ended(ctx, job.GetName())
	require.Equal(t, []int32{0, 2}, []int32{job.GetSucceeded(), job.GetFailed()})
	for _, row := range j.results(ctx, job.GetName(), 0) {
		require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, row.GetError())
		require.Contains(t, row.GetReason().GetEn(), "had passed before its turn")
		require.Contains(t, row.GetReason().GetZh(), "静默截止时间已过")
		require.Contains(t, row.GetTitle(), "告警")
	}
	alerts := flowdeskv1.NewAlertServiceClient(j.conn)
	first, err := alerts.GetAlert(ctx, &flowdeskv1.GetAlertRequest{Name: names[0]})
	require.NoError(t, err)
	require.WithinDuration(t, until, first.GetAlert().GetSilencedUntil().AsTime(), time.Millisecond, "it is as it was")
}
