package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// jobbing is a fixture whose jobs go on for so many looks of theirs at whether this server leads; a negative number is without end.
type jobbing struct {
	*fixture
	jobs  flowdeskv1.JobServiceClient
	looks *atomic.Int64
	deps  server.Deps
}

func newJobbing(t *testing.T, closed bool) *jobbing {
	t.Helper()
	j := &jobbing{looks: &atomic.Int64{}}
	j.looks.Store(-1)
	j.fixture = newFixture(t, func(deps *server.Deps, face *server.HTTPDeps) {
		deps.Leads = func() (int64, bool) {
			left := j.looks.Load()
			return 1, left < 0 || left > 0 && j.looks.CompareAndSwap(left, left-1)
		}
		if closed {
			deps.Guard = access.NewGuard(deps.Store, slog.New(slog.DiscardHandler), morning)
			deps.Closed, face.Guard, face.Closed, face.Origins = true, deps.Guard, true, []string{origin}
		}
		j.deps = *deps
	})
	j.jobs = flowdeskv1.NewJobServiceClient(j.conn)
	return j
}

// hold keeps jobs from going on.
func (j *jobbing) hold() { j.looks.Store(0) }

// goOn lets jobs go on.
func (j *jobbing) goOn() { j.looks.Store(-1) }

// tasks opens tasks in a group and gives their names.
func (j *jobbing) tasks(ctx context.Context, group string, n int) (names []string) {
	j.t.Helper()
	for i := range n {
		made, err := flowdeskv1.NewTaskServiceClient(j.conn).CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{
			TrackTask: &flowdeskv1.TrackTask{GroupId: "sessions/" + group, Title: fmt.Sprint("任务", i)},
		})
		require.NoError(j.t, err)
		names = append(names, made.GetTrackTask().GetName())
	}
	return names
}

func complete() *flowdeskv1.JobAction {
	return &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_CompleteTasks{CompleteTasks: &flowdeskv1.CompleteTasks{}}}
}

// openOf are all open tasks of a group.
func openOf(group string) *flowdeskv1.CreateJobRequest_TrackTasks {
	return &flowdeskv1.CreateJobRequest_TrackTasks{TrackTasks: &flowdeskv1.ListTrackTasksRequest{Open: true, Session: group}}
}

func named(names ...string) *flowdeskv1.CreateJobRequest_Names {
	return &flowdeskv1.CreateJobRequest_Names{Names: &flowdeskv1.JobNames{Names: names}}
}

// create makes a job.
func (j *jobbing) create(ctx context.Context, r *flowdeskv1.CreateJobRequest) *flowdeskv1.Job {
	j.t.Helper()
	made, err := j.jobs.CreateJob(ctx, r)
	require.NoError(j.t, err)
	return made.GetJob()
}

// ended waits until a job has ended.
func (j *jobbing) ended(ctx context.Context, name string) *flowdeskv1.Job {
	j.t.Helper()
	var job *flowdeskv1.Job
	require.Eventually(j.t, func() bool {
		got, err := j.jobs.GetJob(ctx, &flowdeskv1.GetJobRequest{Name: name})
		job = got.GetJob()
		return err == nil && job.GetEndTime() != nil
	}, time.Minute, 10*time.Millisecond)
	return job
}

// results are the names of a job's rows of an outcome.
func (j *jobbing) results(ctx context.Context, name string, outcome flowdeskv1.JobOutcome) (rows []*flowdeskv1.JobResult) {
	j.t.Helper()
	for token := ""; ; {
		page, err := j.jobs.ListJobResults(ctx, &flowdeskv1.ListJobResultsRequest{Name: name, Outcome: outcome, PageSize: 7, PageToken: token})
		require.NoError(j.t, err)
		rows = append(rows, page.GetJobResults()...)
		if token = page.GetNextPageToken(); token == "" {
			return rows
		}
	}
}

func (j *jobbing) openTasks(ctx context.Context, group string) int {
	j.t.Helper()
	tasks, _, err := j.store.ListTasks(ctx, storage.TaskFilter{Group: group, States: []flowdeskv1.TaskState{flowdeskv1.TaskState_TASK_STATE_PENDING}}, storage.Page{Size: 500})
	require.NoError(j.t, err)
	return len(tasks)
}

// What matches when the job is made is acted on, row by row; what comes later is not, and what cannot be done says why.
func TestAJobActsOnWhatMatchedWhenItWasMade(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group, other := j.group("甲群"), j.group("乙群")
	names := j.tasks(ctx, group, 130)
	j.tasks(ctx, other, 1)
	request := &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), Reason: "项目结束", RequestId: "once"}

	dry := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), ValidateOnly: true})
	require.EqualValues(t, 130, dry.GetTotal())
	require.Empty(t, dry.GetName())
	require.Equal(t, 130, j.openTasks(ctx, group), "a dry run changes nothing")

	j.hold()
	job := j.create(ctx, request)
	require.Equal(t, job.GetId(), j.create(ctx, request).GetId(), "a repeated request makes no second job")
	late := j.tasks(ctx, group, 3)
	tasks := flowdeskv1.NewTaskServiceClient(j.conn)
	_, err := tasks.CancelTrackTask(ctx, &flowdeskv1.CancelTrackTaskRequest{Name: names[5]})
	require.NoError(t, err)
	j.goOn()
	job = j.ended(ctx, job.GetName())
	require.Equal(t, flowdeskv1.JobState_JOB_STATE_COMPLETED, job.GetState())
	require.Equal(t, []int32{130, 129, 1}, []int32{job.GetTotal(), job.GetSucceeded(), job.GetFailed()})
	require.Equal(t, len(late), j.openTasks(ctx, group), "what came later is not touched")
	require.Equal(t, 1, j.openTasks(ctx, other))
	failed := j.results(ctx, job.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED)
	require.Len(t, failed, 1)
	require.Equal(t, names[5], failed[0].GetName())
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, failed[0].GetError())
	require.Equal(t, []string{"任务5", "sessions/" + group}, []string{failed[0].GetTitle(), failed[0].GetSession()})
	require.NotEmpty(t, failed[0].GetReason().GetEn())
	require.NotEqual(t, failed[0].GetReason().GetEn(), failed[0].GetReason().GetZh())
	require.Len(t, j.results(ctx, job.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED), 129)

	var made, rows int
	records, _, err := j.store.ListAudit(ctx, storage.AuditFilter{}, storage.Page{Size: 500})
	require.NoError(t, err)
	for _, r := range records {
		switch r.GetMethod() {
		case "JobService.CreateJob":
			made++
			require.Contains(t, r.GetRequest(), "项目结束")
			require.Equal(t, job.GetName(), r.GetResource())
		case "TaskService.CompleteTrackTask":
			rows++
			require.Contains(t, r.GetRequest(), "项目结束")
		}
	}
	require.Equal(t, []int{1, 130}, []int{made, rows}, "the job and each row leave a record with the reason")
}

func TestAJobIsRefused(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group := j.group("甲群")
	names := j.tasks(ctx, group, 1)
	for message, r := range map[string]*flowdeskv1.CreateJobRequest{
		"reason":             {Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_HandOverCommands{HandOverCommands: &flowdeskv1.HandOverCommands{}}}, Rows: named("commands/a")},
		"the action is for":  {Action: complete(), Rows: named("commands/a"), Reason: "x"},
		"it is not for":      {Action: complete(), Rows: &flowdeskv1.CreateJobRequest_Alerts{Alerts: &flowdeskv1.ListAlertsRequest{}}, Reason: "x"},
		"leave page_size":    {Action: complete(), Rows: &flowdeskv1.CreateJobRequest_TrackTasks{TrackTasks: &flowdeskv1.ListTrackTasksRequest{PageSize: 5}}, Reason: "x"},
		"action":             {Action: &flowdeskv1.JobAction{}, Rows: named(names...), Reason: "x"},
		"reassign_tasks":     {Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_ReassignTasks{ReassignTasks: &flowdeskv1.ReassignTasks{Assignee: "nobody"}}}, Rows: named(names...), Reason: "x"},
		"rows":               {Action: complete(), Reason: "x"},
		"open and overdue n": {Action: complete(), Rows: &flowdeskv1.CreateJobRequest_TrackTasks{TrackTasks: &flowdeskv1.ListTrackTasksRequest{Open: true, States: []flowdeskv1.TaskState{1}}}, Reason: "x"},
	} {
		_, err := j.jobs.CreateJob(ctx, r)
		refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
		require.ErrorContains(t, err, message)
	}
	_, err := j.jobs.CreateJob(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(j.group("空群")), Reason: "x"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	j.hold()
	for range 20 {
		j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(names...), Reason: "x"})
	}
	_, err = j.jobs.CreateJob(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(names...), Reason: "x"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
}

// rewound is a job on 90 tasks of a group that stands in the middle, as if what it did last had not been stored.
func (j *jobbing) rewound(ctx context.Context, group string) *flowdeskv1.Job {
	j.t.Helper()
	j.tasks(ctx, group, 90)
	j.hold()
	job := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), Reason: "x"})
	j.looks.Store(30)
	require.Eventually(j.t, func() bool { return j.openTasks(ctx, group) < 80 && j.looks.Load() == 0 }, 20*time.Second, time.Millisecond)
	j.hold()
	var stored *flowdeskv1.Job
	require.Eventually(j.t, func() bool { // until it stands still
		before := stored
		var err error
		stored, err = j.store.GetJob(ctx, job.GetId())
		time.Sleep(100 * time.Millisecond)
		return err == nil && before.GetEtag() == stored.GetEtag()
	}, 20*time.Second, time.Millisecond)
	require.Less(j.t, stored.GetSucceeded(), int32(90))
	rows, err := j.store.JobRows(ctx, job.GetId(), 0)
	require.NoError(j.t, err)
	require.Greater(j.t, stored.GetSucceeded(), int32(5))
	for i := range 5 {
		row := rows[int(stored.GetSucceeded())-1-i]
		row.Outcome, row.Time = 0, nil
	}
	stored.Succeeded -= 5
	require.NoError(j.t, j.store.UpdateJob(ctx, stored, 0, rows))
	return job
}

// A server that ends in the middle, before it stored what it did, does no row twice when it is there again.
func TestAJobGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group := j.group("甲群")
	job := j.rewound(ctx, group)
	close(j.stop)
	again := j.deps
	again.Stopping, again.Leads = make(chan struct{}), nil
	g, err := server.New(again)
	require.NoError(t, err)
	t.Cleanup(g.Stop)
	ended := j.ended(ctx, job.GetName())
	require.Equal(t, []int32{90, 0}, []int32{ended.GetSucceeded(), ended.GetFailed()}, "a row that comes again gives its first answer")
	require.Zero(t, j.openTasks(ctx, group))
	record, err := j.store.LoadSession(ctx, group)
	require.NoError(t, err)
	require.Len(t, completions(t, j, group, record.Version), 90, "each task was completed once")
}

// completions are the turns of a session that completed a task.
func completions(t *testing.T, j *jobbing, session string, most int64) (turns []*flowdeskv1.Turn) {
	t.Helper()
	data, err := j.store.ListTurns(t.Context(), session, 0, int(most))
	require.NoError(t, err)
	for _, d := range data {
		turn := &flowdeskv1.Turn{}
		require.NoError(t, proto.Unmarshal(d, turn))
		if turn.GetEvent().GetTask().GetAction() == flowdeskv1.TaskAction_TASK_ACTION_COMPLETE {
			turns = append(turns, turn)
		}
	}
	return turns
}

// A job ends with the rights of who made it, and reaches no further than they do.
func TestAJobHasItsCreatorsRights(t *testing.T) {
	t.Parallel()
	j := newJobbing(t, true)
	admin := j.admin()
	directory := flowdeskv1.NewDirectoryServiceClient(j.conn)
	var groups []string
	for _, title := range []string{"甲群", "乙群"} {
		made, err := directory.CreateGroup(admin, &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{
			Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Aliases: []*flowdeskv1.GroupAlias{{Robot: "day", Title: title}},
		}})
		require.NoError(t, err)
		groups = append(groups, made.GetGroup().GetId())
	}
	mine, theirs := j.tasks(admin, groups[0], 60), j.tasks(admin, groups[1], 1)
	key := j.key(flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, groups[:1], nil)
	attendant, viewer := j.as(key), j.as(j.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, nil, nil))
	silent := &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_SilenceAlerts{SilenceAlerts: &flowdeskv1.SilenceAlerts{Until: timestamppb.New(morning())}}}
	service := j.as(j.key(flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE, nil, nil))

	_, err := j.jobs.CreateJob(viewer, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(mine...), Reason: "x"})
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	_, err = j.jobs.CreateJob(service, &flowdeskv1.CreateJobRequest{Action: silent, Rows: named("alerts/a"), Reason: "x"})
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	_, err = j.jobs.CreateJob(attendant, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(mine[0], theirs[0]), Reason: "x"})
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	all := &flowdeskv1.CreateJobRequest_TrackTasks{TrackTasks: &flowdeskv1.ListTrackTasksRequest{Open: true}}
	require.EqualValues(t, 60, j.create(attendant, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: all, ValidateOnly: true}).GetTotal(), "only what it reaches")

	// A group that leaves the creator's reach while the job waits: its rows are refused one by one.
	j.hold()
	var id string
	keys, _, err := j.store.ListKeys(t.Context(), storage.Page{})
	require.NoError(t, err)
	for _, k := range keys {
		if len(k.GetGroups()) == 1 {
			id = k.GetName()[len("apiKeys/"):]
		}
	}
	job := j.create(attendant, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(mine[:3]...), Reason: "x"})
	change := func(f func(*flowdeskv1.ApiKey)) {
		record, err := j.store.GetKey(t.Context(), id)
		require.NoError(t, err)
		f(record.Key)
		require.NoError(t, j.store.UpdateKey(t.Context(), record, record.Key.GetEtag()))
	}
	change(func(k *flowdeskv1.ApiKey) { k.Groups = groups[1:] })
	j.goOn()
	ended := j.ended(admin, job.GetName())
	require.Equal(t, []int32{0, 3}, []int32{ended.GetSucceeded(), ended.GetFailed()})
	require.Equal(t, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED, j.results(admin, job.GetName(), 0)[0].GetError())
	require.NotEmpty(t, j.results(admin, job.GetName(), 0)[0].GetTitle())
	require.Eventually(t, func() bool { return j.results(attendant, job.GetName(), 0)[0].GetTitle() == "" }, 10*time.Second, 100*time.Millisecond,
		"what it does not reach any more has no title")

	// Rights that end altogether stop it.
	change(func(k *flowdeskv1.ApiKey) { k.Groups = groups[:1] })
	require.Eventually(t, func() bool {
		_, err := j.jobs.CreateJob(attendant, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(mine[0]), ValidateOnly: true})
		return err == nil
	}, 10*time.Second, 100*time.Millisecond)
	j.hold()
	job = j.create(attendant, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(mine...), Reason: "x"})
	change(func(k *flowdeskv1.ApiKey) { k.RevokeTime = timestamppb.New(morning()) })
	j.goOn()
	ended = j.ended(admin, job.GetName())
	require.Equal(t, flowdeskv1.JobState_JOB_STATE_STOPPED, ended.GetState())
	require.NotEmpty(t, ended.GetStopReason().GetZh())
	require.Equal(t, 60, j.openTasks(t.Context(), groups[0]))

	// Others' jobs are for admins.
	_, err = j.jobs.GetJob(service, &flowdeskv1.GetJobRequest{Name: job.GetName()})
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	_, err = j.jobs.ListJobs(service, &flowdeskv1.ListJobsRequest{Everyone: true})
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	own, err := j.jobs.ListJobs(service, &flowdeskv1.ListJobsRequest{})
	require.NoError(t, err)
	require.Empty(t, own.GetJobs())
	everyones, err := j.jobs.ListJobs(admin, &flowdeskv1.ListJobsRequest{Everyone: true})
	require.NoError(t, err)
	require.Len(t, everyones.GetJobs(), 2)
	require.Equal(t, "ACCESS_ROLE_ATTENDANT", everyones.GetJobs()[0].GetCreatorTitle())

	// A key that acts on tasks and may not list them is told of their names alone.
	narrow := j.as(j.key(flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, nil, []string{"JobService.*", "TaskService.CompleteTrackTask"}))
	job = j.create(narrow, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(mine[1]), Reason: "x"})
	require.Empty(t, j.results(narrow, job.GetName(), 0)[0].GetTitle())
	require.NotEmpty(t, j.results(admin, job.GetName(), 0)[0].GetTitle())
}
