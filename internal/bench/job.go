package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/storage"
)

// The job that runs beside the open loop hands over failed commands: as many as a job takes, in sessions of their own.
const (
	jobSessions = 100
	jobEach     = 500
)

// failCommands stores the job's commands in a database that no server uses.
func failCommands(ctx context.Context, setting database.Setting) error {
	store, err := database.Open(ctx, setting)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	for n := range jobSessions {
		session := fmt.Sprintf("failed-%03d", n)
		turn := &storage.TurnWrite{Session: session, Event: session, Time: time.Now(), Data: []byte{}, Head: storage.SessionHead{Title: session}}
		for i := range jobEach {
			key := fmt.Sprintf("%s-%03d", session, i)
			turn.Commands = append(turn.Commands, &flowdeskv1.Command{
				Id: key, Key: key, Session: session, TargetSession: session, Text: "好的", State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Attempts: 1,
			})
		}
		if _, err := store.Commit(ctx, &storage.Batch{Turns: []*storage.TurnWrite{turn}}); err != nil {
			return fmt.Errorf("commands of %s: %w", session, err)
		}
	}
	return nil
}

// withJob is the open loop while a job is made, which reads all its rows, and runs.
func withJob(ctx context.Context, r *rig) {
	var load sync.WaitGroup
	load.Go(func() { openLoop(ctx, r) })
	job, err := r.job(ctx)
	began := time.Now()
	load.Wait()
	if err == nil {
		err = r.endJob(ctx, job, time.Since(began))
	}
	if err != nil {
		r.trouble = fmt.Errorf("job: %w", err)
	}
}

// job makes the job.
func (r *rig) job(ctx context.Context) (name string, err error) {
	err = r.jobs(func(jobs flowdeskv1.JobServiceClient) error {
		made, err := jobs.CreateJob(ctx, &flowdeskv1.CreateJobRequest{
			Action: &flowdeskv1.JobAction{Act: &flowdeskv1.JobAction_HandOverCommands{HandOverCommands: &flowdeskv1.HandOverCommands{}}}, Reason: "机器人坏了",
			Rows: &flowdeskv1.CreateJobRequest_Commands{Commands: &flowdeskv1.ListCommandsRequest{States: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_FAILED}}},
		})
		name = made.GetJob().GetName()
		if rows := made.GetJob().GetTotal(); err == nil && rows != jobSessions*jobEach {
			err = fmt.Errorf("it has %d rows, not %d", rows, jobSessions*jobEach)
		}
		return err
	})
	return name, err
}

// endJob notes how far the job came in a time, and stops it.
func (r *rig) endJob(ctx context.Context, name string, ran time.Duration) error {
	return r.jobs(func(jobs flowdeskv1.JobServiceClient) error {
		got, err := jobs.GetJob(ctx, &flowdeskv1.GetJobRequest{Name: name})
		if err != nil {
			return err
		}
		job := got.GetJob()
		if job.GetFailed() > 0 || job.GetSucceeded() == 0 || job.GetEndTime() != nil {
			return fmt.Errorf("it is %s with %d rows done and %d failed", job.GetState(), job.GetSucceeded(), job.GetFailed())
		}
		r.remark = fmt.Sprintf("the job did %.0f rows/s of %d rows", float64(job.GetSucceeded())/ran.Seconds(), job.GetTotal())
		_, err = jobs.CancelJob(ctx, &flowdeskv1.CancelJobRequest{Name: name})
		return err
	})
}

// jobs lets something be done with the jobs of the servers.
func (r *rig) jobs(do func(flowdeskv1.JobServiceClient) error) error {
	connection, err := r.fleet.servers[0].dial()
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	return do(flowdeskv1.NewJobServiceClient(connection))
}
