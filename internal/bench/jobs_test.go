package bench

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// goesOnWithin is how long a job may stand still after its server was killed: the leases of that one end after 3 s, and the machine may have other
// work. What it took is in the log.
const goesOnWithin = 10 * time.Second

// Rows of the jobs, and when the server is killed: with rows left that the other one has to do.
const (
	jobTasks    = 180
	jobCommands = 180
	killedAfter = 20
)

// jobbing are two servers on one database that act on many rows.
type jobbing struct {
	t        *testing.T
	fleet    *fleet
	database string
	store    storage.Store
}

func newJobbing(t *testing.T) *jobbing {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "flowdesk")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/flowdesk/flowdesk/cmd/flowdesk").CombinedOutput()
	require.NoError(t, err, "%s", output)
	j := &jobbing{t: t, database: pgtest.URL(t)}
	o, err := Options{Binary: binary, Replicas: 2, Database: j.database}.withDefaults()
	require.NoError(t, err)
	j.fleet, err = newFleet(o, t.TempDir())
	require.NoError(t, err)
	for _, server := range j.fleet.servers {
		server.database = j.database
	}
	t.Cleanup(j.fleet.kill)
	require.NoError(t, j.fleet.start(t.Context()))
	setting := j.fleet.servers[0].setting()
	setting.Postgres.Shared = true
	store, err := database.Open(t.Context(), setting)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	j.store = store
	return j
}

// leader is the server that works on jobs.
func (j *jobbing) leader() *process {
	j.t.Helper()
	db, err := sql.Open("pgx", j.database)
	require.NoError(j.t, err)
	defer func() { require.NoError(j.t, db.Close()) }()
	var holder string
	require.NoError(j.t, db.QueryRowContext(j.t.Context(), "SELECT holder FROM leases WHERE partition = $1", replica.Leader).Scan(&holder))
	for _, server := range j.fleet.servers {
		if strings.Contains(holder, fmt.Sprintf("/%d/", server.command.Process.Pid)) {
			return server
		}
	}
	require.Fail(j.t, "nobody leads", holder)
	return nil
}

// other is the server that is not this one.
func (j *jobbing) other(than *process) *process {
	return j.fleet.servers[(slices.Index(j.fleet.servers, than)+1)%2]
}

// tasks opens tasks in a group over the API.
func (j *jobbing) tasks(ctx context.Context, server *process) (group string) {
	j.t.Helper()
	conn, err := server.dial()
	require.NoError(j.t, err)
	defer func() { require.NoError(j.t, conn.Close()) }()
	made, err := flowdeskv1.NewDirectoryServiceClient(conn).CreateGroup(ctx, &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{
		Title: "甲群", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Aliases: []*flowdeskv1.GroupAlias{{Robot: "day", Title: "甲群"}},
	}})
	require.NoError(j.t, err)
	for i := range jobTasks {
		_, err := flowdeskv1.NewTaskServiceClient(conn).CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{
			TrackTask: &flowdeskv1.TrackTask{GroupId: "sessions/" + made.GetGroup().GetId(), Title: fmt.Sprint("任务", i)},
		})
		require.NoError(j.t, err)
	}
	return made.GetGroup().GetId()
}

// commands puts failed commands into a session of their own.
func (j *jobbing) commands(ctx context.Context) (session string) {
	j.t.Helper()
	failed := &storage.TurnWrite{Session: "failed", Event: "e0", Time: time.Now(), Data: []byte{}, Head: storage.SessionHead{Title: "乙群"}}
	for i := range jobCommands {
		failed.Commands = append(failed.Commands, &flowdeskv1.Command{
			Id: fmt.Sprintf("c%03d", i), Key: fmt.Sprint("k", i), Session: "failed", TargetSession: "failed", Text: "好的",
			State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Attempts: 1,
		})
	}
	result, err := j.store.Commit(ctx, &storage.Batch{Turns: []*storage.TurnWrite{failed}})
	require.NoError(j.t, err)
	require.Empty(j.t, result.LostTurns)
	return "failed"
}

// turnedRows are how many rows of a job had their turn.
func (j *jobbing) turnedRows(name string) int {
	j.t.Helper()
	job, err := j.store.GetJob(j.t.Context(), strings.TrimPrefix(name, "jobs/"))
	require.NoError(j.t, err)
	return int(job.GetSucceeded() + job.GetFailed())
}

// records are the audit records of a method, by resource.
func (j *jobbing) records(method string) map[string][]*flowdeskv1.AuditRecord {
	j.t.Helper()
	all := make(map[string][]*flowdeskv1.AuditRecord)
	for token := ""; ; {
		page, next, err := j.store.ListAudit(j.t.Context(), storage.AuditFilter{Method: method}, storage.Page{Size: storage.MaxPageSize, Token: token})
		require.NoError(j.t, err)
		for _, r := range page {
			all[r.GetResource()] = append(all[r.GetResource()], r)
		}
		if token = next; token == "" {
			return all
		}
	}
}

// rows are a job's rows.
func (j *jobbing) rows(name string) (all []*flowdeskv1.JobResult) {
	j.t.Helper()
	for token := ""; ; {
		page, next, err := j.store.ListJobRows(j.t.Context(), storage.JobRowFilter{Job: strings.TrimPrefix(name, "jobs/")}, storage.Page{Size: storage.MaxPageSize, Token: token})
		require.NoError(j.t, err)
		all = append(all, page...)
		if token = next; token == "" {
			return all
		}
	}
}

// acted counts how often the turns of a session let something happen to each thing.
func (j *jobbing) acted(session string, what func(*flowdeskv1.Turn) string) map[string]int {
	j.t.Helper()
	record, err := j.store.LoadSession(j.t.Context(), session)
	require.NoError(j.t, err)
	data, err := j.store.ListTurns(j.t.Context(), session, 0, int(record.Version))
	require.NoError(j.t, err)
	counts := make(map[string]int)
	for _, d := range data {
		turn := &flowdeskv1.Turn{}
		require.NoError(j.t, proto.Unmarshal(d, turn))
		if thing := what(turn); thing != "" && len(turn.GetNotes()) == 0 {
			counts[thing]++
		}
	}
	return counts
}

// The server that works on jobs is killed in the middle of two: the other one goes on within seconds, acts on no row for a second time, and tells
// what became of each, be it that nobody can know.
func TestAJobGoesOnAtAnotherServerAfterAKill(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t), t.Context()
	dies := j.leader()
	stays := j.other(dies)
	group, failed := j.tasks(ctx, stays), j.commands(ctx)
	conn, err := stays.dial()
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	jobs := flowdeskv1.NewJobServiceClient(conn)
	there, err := dies.dial() // where both begin at once
	require.NoError(t, err)
	defer func() { require.NoError(t, there.Close()) }()
	create := func(r *flowdeskv1.CreateJobRequest) string {
		made, err := flowdeskv1.NewJobServiceClient(there).CreateJob(ctx, r)
		require.NoError(t, err)
		return made.GetJob().GetName()
	}
	complete := create(&flowdeskv1.CreateJobRequest{
		Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_CompleteTasks{CompleteTasks: &flowdeskv1.CompleteTasks{}}}, Reason: "项目结束",
		Rows: &flowdeskv1.CreateJobRequest_TrackTasks{TrackTasks: &flowdeskv1.ListTrackTasksRequest{Open: true, Session: group}},
	})
	handOver := create(&flowdeskv1.CreateJobRequest{
		Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_HandOverCommands{HandOverCommands: &flowdeskv1.HandOverCommands{}}}, Reason: "机器人坏了",
		Rows: &flowdeskv1.CreateJobRequest_Commands{Commands: &flowdeskv1.ListCommandsRequest{Session: failed}},
	})
	require.Eventually(t, func() bool { // one of them may begin so late that the other would be done
		a, b := j.turnedRows(complete), j.turnedRows(handOver)
		return min(a, b) >= killedAfter || max(a, b) >= 4*killedAfter
	}, time.Minute, 5*time.Millisecond)
	dies.kill()
	killed := time.Now()
	before := map[string]int{complete: j.turnedRows(complete), handOver: j.turnedRows(handOver)}
	require.Less(t, before[complete], jobTasks, "it is killed in the middle")
	require.Less(t, before[handOver], jobCommands, "it is killed in the middle")
	for name, n := range before {
		require.Eventually(t, func() bool { return j.turnedRows(name) > n }, goesOnWithin, 5*time.Millisecond, "it goes on")
	}
	t.Logf("the jobs went on after %s", time.Since(killed).Round(10*time.Millisecond))
	ended := make(map[string]*flowdeskv1.Job)
	for name := range before {
		require.Eventually(t, func() bool {
			got, err := jobs.GetJob(ctx, &flowdeskv1.GetJobRequest{Name: name})
			require.NoError(t, err)
			ended[name] = got.GetJob()
			return got.GetJob().GetEndTime() != nil
		}, time.Minute, 10*time.Millisecond)
		require.Equal(t, flowdeskv1.JobState_JOB_STATE_COMPLETED, ended[name].GetState())
	}

	require.Equal(t, []int32{jobTasks, jobTasks, 0}, []int32{ended[complete].GetTotal(), ended[complete].GetSucceeded(), ended[complete].GetFailed()})
	done := j.acted(group, func(turn *flowdeskv1.Turn) string {
		if e := turn.GetEvent().GetTask(); e.GetAction() == flowdeskv1.TaskAction_TASK_ACTION_COMPLETE {
			return e.GetTask()
		}
		return ""
	})
	require.Len(t, done, jobTasks)
	require.Equal(t, []int{1}, slices.Compact(slices.Collect(maps.Values(done))), "each task was completed once")
	j.audited(complete, "TaskService.CompleteTrackTask")

	require.EqualValues(t, jobCommands, ended[handOver].GetSucceeded()+ended[handOver].GetFailed())
	handed := j.acted(failed, func(turn *flowdeskv1.Turn) string { return turn.GetEvent().GetCommandResult().GetCommand() })
	require.Len(t, handed, jobCommands)
	require.Equal(t, []int{1}, slices.Compact(slices.Collect(maps.Values(handed))), "each command was handed over once")
	require.LessOrEqual(t, ended[handOver].GetFailed(), int32(1), "of the one row that was under way nobody can know")
	j.audited(handOver, "QueueService.UpdateCommandState")
	require.NoError(t, stays.stop(ctx))
}

// audited asserts that the audit record of each row of a job tells what became of it, and that no row was asked for more often than a kill explains.
func (j *jobbing) audited(job, method string) {
	j.t.Helper()
	records := j.records(method)
	var again, unknown int
	rows := j.rows(job)
	require.Len(j.t, records, len(rows))
	for _, row := range rows {
		of := records[row.GetName()]
		require.NotEmpty(j.t, of, row.GetName())
		again += len(of) - 1
		well := slices.ContainsFunc(of, func(r *flowdeskv1.AuditRecord) bool { return r.GetOutcome() == "OK" })
		if row.GetOutcome() == flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED {
			require.True(j.t, well, "a row that was done has a record that says so: %v", of)
			continue
		}
		unknown++
		require.Equal(j.t, flowdeskv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN, row.GetError(), row.GetReason().GetEn())
		require.False(j.t, well, "a row of which nobody can know was not recorded as done: %v", of)
	}
	j.t.Logf("%s: %d rows, %d of them unknown, %d asked for again", method, len(rows), unknown, again)
}
