package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var jobs = map[string]func(*testing.T, storage.Store){
	"jobs: rows in order, by outcome, in pages":  jobRows,
	"jobs: only who saw the last change changes": jobChanges,
	"jobs: newest first, active ones, expired":   jobLists,
	"jobs: rows of every kind by their ids":      rowsByID,
}

func newJob(id, creator string, age time.Duration) *flowdeskv1.Job {
	return &flowdeskv1.Job{
		Id: id, Creator: creator, Reason: "群已解散", State: flowdeskv1.JobState_JOB_STATE_QUEUED, CreateTime: timestamppb.New(at.Add(-age)),
		Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_CancelCommands{CancelCommands: &flowdeskv1.CancelCommands{}}},
	}
}

func jobRows(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	var names []string
	for i := range 2*storage.JobChunk + 7 {
		names = append(names, fmt.Sprintf("commands/c%03d", i))
	}
	job := newJob("j1", "users/wang", 0)
	require.NoError(t, s.CreateJob(ctx, job, names))
	require.NoError(t, s.CreateJob(ctx, newJob("other", "users/wang", 0), []string{"commands/other"}))
	require.ErrorIs(t, s.CreateJob(ctx, newJob("j1", "users/li", 0), nil), storage.ErrExists)
	got, err := s.GetJob(ctx, "j1")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(job, got, protocmp.Transform()))

	all := func(outcome flowdeskv1.JobOutcome, size int) (list []string) {
		filter := storage.JobRowFilter{Job: "j1", Outcome: outcome}
		for token := ""; ; {
			rows, next, err := s.ListJobRows(ctx, filter, storage.Page{Size: size, Token: token})
			require.NoError(t, err)
			require.LessOrEqual(t, len(rows), size)
			for _, r := range rows {
				list = append(list, r.GetName())
			}
			if token = next; token == "" {
				return list
			}
		}
	}
	for _, size := range []int{1, 99, 100, 101, 207, 500} {
		require.Equal(t, names, all(flowdeskv1.JobOutcome_JOB_OUTCOME_UNSPECIFIED, size))
	}
	rows, err := s.JobRows(ctx, "j1", 1)
	require.NoError(t, err)
	require.Len(t, rows, storage.JobChunk)
	rows[0].Outcome = flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED
	rows[99].Outcome, rows[99].Reason = flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, &flowdeskv1.Text{Zh: "已离开队列", En: "it has left the queue"}
	require.NoError(t, s.UpdateJob(ctx, job, 1, rows))
	stored, err := s.JobRows(ctx, "j1", 1)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(rows, stored, protocmp.Transform()))
	require.Equal(t, names[100:101], all(flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, 50))
	require.Equal(t, names[199:200], all(flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED, 50))
	left := all(flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED, 50)
	require.Len(t, left, len(names)-2)
	require.Equal(t, names[:100], left[:100])
	none, err := s.JobRows(ctx, "j1", 3)
	require.NoError(t, err)
	require.Empty(t, none)
	_, next, err := s.ListJobRows(ctx, storage.JobRowFilter{Job: "j1"}, storage.Page{Size: 1})
	require.NoError(t, err)
	_, _, err = s.ListJobRows(ctx, storage.JobRowFilter{Job: "other"}, storage.Page{Token: next})
	require.ErrorIs(t, err, storage.ErrPageToken)
}

func jobChanges(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	mine := newJob("j1", "users/wang", 0)
	require.NoError(t, s.CreateJob(ctx, mine, []string{"commands/a"}))
	theirs := proto.CloneOf(mine)
	rows, err := s.JobRows(ctx, "j1", 0)
	require.NoError(t, err)
	rows[0].Outcome, mine.Succeeded = flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, 1
	require.NoError(t, s.UpdateJob(ctx, mine, 0, rows))
	theirs.Failed = 1
	rows[0].Outcome = flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED
	require.ErrorIs(t, s.UpdateJob(ctx, theirs, 0, rows), storage.ErrConflict)
	got, err := s.GetJob(ctx, "j1")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(mine, got, protocmp.Transform()))
	stored, err := s.JobRows(ctx, "j1", 0)
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, stored[0].GetOutcome(), "rows change with their job or not at all")
	mine.State = flowdeskv1.JobState_JOB_STATE_CANCELLED
	require.NoError(t, s.UpdateJob(ctx, mine, 0, nil))
	missing := newJob("none", "users/wang", 0)
	missing.Etag = "1"
	require.ErrorIs(t, s.UpdateJob(ctx, missing, 0, nil), storage.ErrNotFound)
	_, err = s.GetJob(ctx, "none")
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func jobLists(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	for i, creator := range []string{"users/wang", "users/li", "users/wang", "users/wang"} {
		job := newJob(fmt.Sprintf("j%d", i), creator, time.Duration(i)*time.Hour)
		require.NoError(t, s.CreateJob(ctx, job, []string{"commands/a"}))
		if i >= 2 {
			job.EndTime = timestamppb.New(at)
			require.NoError(t, s.UpdateJob(ctx, job, 0, nil))
		}
	}
	ids := func(filter storage.JobFilter) (all []string) {
		for token := ""; ; {
			list, next, err := s.ListJobs(ctx, filter, storage.Page{Size: 2, Token: token})
			require.NoError(t, err)
			for _, j := range list {
				all = append(all, j.GetId())
			}
			if token = next; token == "" {
				return all
			}
		}
	}
	require.Equal(t, []string{"j0", "j1", "j2", "j3"}, ids(storage.JobFilter{}))
	require.Equal(t, []string{"j0", "j2", "j3"}, ids(storage.JobFilter{Creator: "users/wang"}))
	require.Equal(t, []string{"j1", "j0"}, ids(storage.JobFilter{Active: true, Oldest: true}))
	removed, err := s.ExpireJobs(ctx, at.Add(time.Hour), 1)
	require.NoError(t, err)
	require.EqualValues(t, 1, removed, "the oldest first, no more than asked")
	removed, err = s.ExpireJobs(ctx, at.Add(time.Hour), 10)
	require.NoError(t, err)
	require.EqualValues(t, 1, removed)
	require.Equal(t, []string{"j0", "j1"}, ids(storage.JobFilter{}), "what has not ended stays")
	rows, err := s.JobRows(ctx, "j3", 0)
	require.NoError(t, err)
	require.Empty(t, rows)
}

// rowsByID reads what rows of jobs are by their ids, together with every other filter.
func rowsByID(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	w := write("g1", 0)
	var ids []string
	for n := range 3 {
		id := idAt(at, n)
		ids = append(ids, id)
		w.Alerts = append(w.Alerts, &flowdeskv1.Alert{Id: id, Session: "g1", State: flowdeskv1.AlertState_ALERT_STATE_OPEN})
		w.Tasks = append(w.Tasks, &flowdeskv1.TrackTask{Id: id, GroupId: "g1", State: flowdeskv1.TaskState_TASK_STATE_PENDING})
		w.Commands = append(w.Commands, command(id))
		w.Instances = append(w.Instances, &storage.InstanceWrite{
			ID: id, Flow: "f", Began: true, Event: "e", Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_RUNNING, Time: at,
		})
	}
	commit(t, s, w)
	asked, page := []string{ids[2], "nothing", ids[0]}, storage.Page{Size: 3}
	got := func(groups ...string) (all [][]string) {
		alerts, _, err := s.ListAlerts(ctx, storage.AlertFilter{IDs: asked, Groups: groups}, page)
		require.NoError(t, err)
		all = append(all, idsOf(alerts))
		tasks, _, err := s.ListTasks(ctx, storage.TaskFilter{IDs: asked, Groups: groups}, page)
		require.NoError(t, err)
		all = append(all, idsOf(tasks))
		commands, _, err := s.ListCommands(ctx, storage.CommandFilter{IDs: asked, Groups: groups}, page)
		require.NoError(t, err)
		all = append(all, idsOf(commands))
		instances, _, err := s.ListInstances(ctx, storage.InstanceFilter{IDs: asked, Groups: groups}, page)
		require.NoError(t, err)
		return append(all, idsOf(instances))
	}
	for kind, found := range got() {
		require.ElementsMatch(t, []string{ids[0], ids[2]}, found, kind)
	}
	for kind, found := range got("g1") {
		require.ElementsMatch(t, []string{ids[0], ids[2]}, found, kind)
	}
	for kind, found := range got("g2") {
		require.Empty(t, found, kind)
	}
}

func idsOf[R interface{ GetId() string }](rows []R) (ids []string) {
	for _, r := range rows {
		ids = append(ids, r.GetId())
	}
	return ids
}
