package server_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// troubled is a store whose calls about jobs a test delays or lets fail.
type troubled struct {
	storage.Store

	before func(call, job string) error // nil, or what happens first
	after  func(call, job string) error // the same when it was stored already
}

func (s *troubled) met(call, job string, do func() error) error {
	if err := s.before(call, job); err != nil {
		return err
	}
	if err := do(); err != nil || s.after == nil {
		return err
	}
	return s.after(call, job)
}

func (s *troubled) ListJobs(ctx context.Context, filter storage.JobFilter, page storage.Page) (jobs []*flowdeskv1.Job, next string, err error) {
	err = s.met("ListJobs", "", func() (err error) { jobs, next, err = s.Store.ListJobs(ctx, filter, page); return err })
	return jobs, next, err
}

func (s *troubled) GetJob(ctx context.Context, id string) (job *flowdeskv1.Job, err error) {
	err = s.met("GetJob", id, func() (err error) { job, err = s.Store.GetJob(ctx, id); return err })
	return job, err
}

func (s *troubled) UpdateJob(ctx context.Context, job *flowdeskv1.Job, chunk int, rows []*flowdeskv1.JobResult) error {
	return s.met("UpdateJob", job.GetId(), func() error { return s.Store.UpdateJob(ctx, job, chunk, rows) })
}

func (s *troubled) JobRows(ctx context.Context, job string, chunk int) (rows []*flowdeskv1.JobResult, err error) {
	err = s.met("JobRows", job, func() (err error) { rows, err = s.Store.JobRows(ctx, job, chunk); return err })
	return rows, err
}

func (s *troubled) ExpireJobs(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	err = s.met("ExpireJobs", "", func() (err error) { n, err = s.Store.ExpireJobs(ctx, before, limit); return err })
	return n, err
}

// besides is another server before the same runner, with a store of its own, which leads after the first one.
func (j *jobbing) besides(store func(storage.Store) storage.Store) {
	j.t.Helper()
	again := j.deps
	stop := make(chan struct{})
	again.Stopping, again.Leads, again.Store = stop, func() (int64, bool) { return 2, true }, store(j.store)
	g, err := server.New(again)
	require.NoError(j.t, err)
	j.t.Cleanup(func() { close(stop); g.Stop() })
}

// failedCommands puts failed commands into a group.
func (j *jobbing) failedCommands(group string, n int) {
	j.t.Helper()
	failed := &storage.TurnWrite{Session: group, Event: "e0", Time: morning(), Data: []byte{}, Head: storage.SessionHead{Title: "甲群"}}
	for i := range n {
		failed.Commands = append(failed.Commands, &flowdeskv1.Command{
			Id: fmt.Sprint("c", i), Key: fmt.Sprint("k", i), Session: group, TargetSession: group, Text: "好的", State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Attempts: 1,
		})
	}
	result, err := j.store.Commit(j.t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{failed}})
	require.NoError(j.t, err)
	require.Empty(j.t, result.LostTurns)
}

func handOver(group string) *flowdeskv1.CreateJobRequest {
	return &flowdeskv1.CreateJobRequest{
		Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_HandOverCommands{HandOverCommands: &flowdeskv1.HandOverCommands{}}}, Reason: "机器人坏了",
		Rows: &flowdeskv1.CreateJobRequest_Commands{Commands: &flowdeskv1.ListCommandsRequest{Session: group}},
	}
}

// Neither jobs that take long nor jobs that cannot go on hold up those that were made after them.
func TestJobsTakeTurns(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func() error{
		"that cannot go on": func() error { return storage.ErrUnavailable },
		"that are long":     func() error { time.Sleep(time.Second); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, ctx := newJobbing(t, false), t.Context()
			group := j.group("甲群")
			names := j.tasks(ctx, group, 240)
			j.hold()
			var held sync.Map
			for i := range 2 {
				job := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(names[i*119 : (i+1)*119]...), Reason: "x"})
				held.Store(job.GetId(), job.GetName())
			}
			last := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: named(names[238:]...), Reason: "x"})
			j.besides(func(s storage.Store) storage.Store {
				return &troubled{Store: s, before: func(call, job string) error {
					if _, slow := held.Load(job); call == "JobRows" && slow {
						return trouble()
					}
					return nil
				}}
			})
			require.EqualValues(t, 2, j.ended(ctx, last.GetName()).GetSucceeded())
			held.Range(func(_, name any) bool {
				got, err := j.jobs.GetJob(ctx, &flowdeskv1.GetJobRequest{Name: name.(string)})
				require.NoError(t, err)
				require.Nil(t, got.GetJob().GetEndTime())
				return true
			})
		})
	}
}

// Each call of the store that fails once, before or after it was stored, is tried again, and no row looks as if it might have been done.
func TestAJobGoesOnAfterAFailureOfTheStore(t *testing.T) {
	t.Parallel()
	for call, most := range map[string]int64{"ListJobs": 1, "GetJob": 1, "UpdateJob": 6, "JobRows": 1} {
		for nth := int64(1); nth <= most; nth++ {
			for _, stored := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %d stored %v", call, nth, stored), func(t *testing.T) {
					t.Parallel()
					j, ctx := newJobbing(t, false), t.Context()
					group := j.group("甲群")
					j.failedCommands(group, 22)
					j.hold()
					job := j.create(ctx, handOver(group))
					var calls atomic.Int64
					fail := func(called, _ string) error {
						if called == call && calls.Add(1) == nth {
							return storage.ErrUnknown
						}
						return nil
					}
					j.besides(func(s storage.Store) storage.Store {
						none := func(string, string) error { return nil }
						if stored {
							return &troubled{Store: s, before: none, after: fail}
						}
						return &troubled{Store: s, before: fail}
					})
					ended := j.ended(ctx, job.GetName())
					require.GreaterOrEqual(t, calls.Load(), nth)
					require.Equal(t, flowdeskv1.JobState_JOB_STATE_COMPLETED, ended.GetState())
					require.Equal(t, []int32{22, 0}, []int32{ended.GetSucceeded(), ended.GetFailed()})
				})
			}
		}
	}
}

// That old jobs cannot be removed keeps none from going on.
func TestAJobGoesOnWhileOldOnesCannotBeRemoved(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group := j.group("甲群")
	j.tasks(ctx, group, 2)
	j.hold()
	job := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), Reason: "x"})
	j.besides(func(s storage.Store) storage.Store {
		return &troubled{Store: s, before: func(call, _ string) error {
			if call == "ExpireJobs" {
				return storage.ErrUnavailable
			}
			return nil
		}}
	})
	require.EqualValues(t, 2, j.ended(ctx, job.GetName()).GetSucceeded())
}

// A server that does not know yet that another one leads by now acts on the same rows as that one: nothing is done twice, and what they tell adds up.
func TestTwoServersWorkOnOneJob(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group, other := j.group("甲群"), j.group("乙群")
	j.tasks(ctx, group, 150)
	j.failedCommands(other, 120)
	j.hold()
	plain := j.create(ctx, &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), Reason: "x"})
	guarded := j.create(ctx, handOver(other))
	j.goOn()
	require.Eventually(t, func() bool { return j.openTasks(ctx, group) < 140 }, 20*time.Second, time.Millisecond)
	j.besides(func(s storage.Store) storage.Store { return s })
	done := j.ended(ctx, plain.GetName())
	require.Empty(t, j.results(ctx, plain.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED))
	require.Equal(t, []int32{150, 0}, []int32{done.GetSucceeded(), done.GetFailed()})
	require.Len(t, j.results(ctx, plain.GetName(), flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED), 150)
	record, err := j.store.LoadSession(ctx, group)
	require.NoError(t, err)
	require.Len(t, completions(t, j, group, record.Version), 150, "each task was completed once")

	done = j.ended(ctx, guarded.GetName())
	require.Equal(t, []int32{120, 0}, []int32{done.GetSucceeded(), done.GetFailed()})
	commands, _, err := j.store.ListCommands(ctx, storage.CommandFilter{Session: other}, storage.Page{Size: 500})
	require.NoError(t, err)
	require.Len(t, commands, 120)
	for _, c := range commands {
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_MANUAL, c.GetState())
	}
}

// A request whose answer was lost gives the job that it made, also when nothing matches any more.
func TestARepeatedRequestGivesItsJob(t *testing.T) {
	t.Parallel()
	j, ctx := newJobbing(t, false), t.Context()
	group := j.group("甲群")
	j.tasks(ctx, group, 3)
	request := &flowdeskv1.CreateJobRequest{Action: complete(), Rows: openOf(group), Reason: "x", RequestId: "lost"}
	j.forget.Store(true)
	job := j.create(ctx, request)
	j.forget.Store(false)
	j.ended(ctx, job.GetName())
	require.Zero(t, j.openTasks(ctx, group))
	again := j.create(ctx, request)
	require.Equal(t, job.GetName(), again.GetName())
	require.EqualValues(t, 3, again.GetTotal())
}
