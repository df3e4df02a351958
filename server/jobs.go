package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

type jobService struct {
	flowdeskv1.UnimplementedJobServiceServer
	*jobRunner
}

// Limits of jobs.
const (
	jobRows   = 50_000 // of one job: about 2 MiB of names, packed into one short transaction
	jobsOfOne = 20     // that have not ended, of one caller
)

// nameJob is a stored job as callers see it.
func nameJob(j *flowdeskv1.Job) *flowdeskv1.Job {
	j.Name, j.Lease = "jobs/"+j.GetId(), 0
	return j
}

// CreateJob implements the service.
func (s *jobService) CreateJob(ctx context.Context, r *flowdeskv1.CreateJobRequest) (*flowdeskv1.CreateJobResponse, error) {
	act := s.actOf(r.GetAction())
	if err := s.creatable(ctx, r, act); err != nil {
		return nil, err
	}
	if attemptOf(ctx) != nil { // the same call may have made it and ended before its answer was stored; what matches now is another matter
		made, err := s.deps.Store.GetJob(ctx, s.newID(ctx))
		if !errors.Is(err, storage.ErrNotFound) {
			return s.created(ctx, made, err)
		}
	}
	names, more, err := s.rowsOf(ctx, r, act)
	if err != nil {
		return nil, err
	}
	job := &flowdeskv1.Job{
		Action: r.GetAction(), Reason: r.GetReason(), Creator: actor(ctx), State: flowdeskv1.JobState_JOB_STATE_QUEUED, Total: int32(len(names)), MoreMatched: more,
		CreateTime: engine.Timestamp(s.deps.Runner.Now()),
	}
	switch {
	case r.GetValidateOnly():
		return &flowdeskv1.CreateJobResponse{Job: job}, nil
	case len(names) == 0:
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "no row matches; there is nothing to do")
	}
	active, _, err := s.deps.Store.ListJobs(ctx, storage.JobFilter{Creator: actor(ctx), Active: true}, storage.Page{Size: jobsOfOne})
	if err != nil {
		return nil, err
	}
	if len(active) >= jobsOfOne {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "20 of your jobs have not ended; wait for one, or cancel one")
	}
	job.Id = s.newID(ctx)
	err = s.deps.Store.CreateJob(ctx, job, names)
	if errors.Is(err, storage.ErrExists) && madeBefore(ctx, "") {
		job, err = s.deps.Store.GetJob(ctx, job.GetId())
	}
	s.look()
	return s.created(ctx, job, err)
}

func (s *jobService) created(ctx context.Context, job *flowdeskv1.Job, err error) (*flowdeskv1.CreateJobResponse, error) {
	if err != nil {
		return nil, err
	}
	job, err = s.authors().job(ctx, job)
	return &flowdeskv1.CreateJobResponse{Job: job}, err
}

// creatable refuses a job that its creator may not do, or whose rows would all be refused.
func (s *jobService) creatable(ctx context.Context, r *flowdeskv1.CreateJobRequest, act *rowAct) error {
	if act == nil {
		return invalidField("action", "this server does not know it")
	}
	if c := callerOf(ctx); !c.May(act.method) {
		return fmt.Errorf("%w: %s", access.ErrDenied, access.ShortMethod(act.method))
	}
	if r.GetAction().GetHandOverCommands() != nil && r.GetReason() == "" && !r.GetValidateOnly() {
		return invalidField("reason", "say why; whoever takes them over reads it")
	}
	if silence := r.GetAction().GetSilenceAlerts(); silence != nil && !r.GetValidateOnly() && passed(silence.GetUntil(), s.deps.Runner.Now()) {
		return invalidField("action.silence_alerts.until", "it must be in the future")
	}
	if to := r.GetAction().GetReassignTasks(); to != nil {
		_, err := s.responsible(ctx, "action.reassign_tasks.assignee", to.GetAssignee())
		return err
	}
	return nil
}

// ours is a stored job that the caller may see: its own, or any for admins of the whole organisation.
func (s *jobService) ours(ctx context.Context, name string) (*flowdeskv1.Job, error) {
	job, err := s.deps.Store.GetJob(ctx, id(name))
	if err != nil {
		return nil, err
	}
	if job.GetCreator() != actor(ctx) && !seesAllJobs(callerOf(ctx)) {
		return nil, fmt.Errorf("%w: the job is another's", access.ErrDenied)
	}
	return job, nil
}

func seesAllJobs(c *access.Caller) bool {
	return c.Role == flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN && len(c.Groups) == 0
}

// GetJob implements the service.
func (s *jobService) GetJob(ctx context.Context, r *flowdeskv1.GetJobRequest) (*flowdeskv1.GetJobResponse, error) {
	job, err := s.ours(ctx, r.GetName())
	if err != nil {
		return nil, err
	}
	job, err = s.authors().job(ctx, job)
	return &flowdeskv1.GetJobResponse{Job: job}, err
}

// ListJobs implements the service.
func (s *jobService) ListJobs(ctx context.Context, r *flowdeskv1.ListJobsRequest) (*flowdeskv1.ListJobsResponse, error) {
	filter := storage.JobFilter{Creator: actor(ctx), Active: r.GetActive()}
	if r.GetEveryone() {
		if !seesAllJobs(callerOf(ctx)) {
			return nil, fmt.Errorf("%w: everybody's jobs are for admins", access.ErrDenied)
		}
		filter.Creator = ""
	}
	jobs, next, err := s.deps.Store.ListJobs(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	authors := s.authors()
	for _, j := range jobs {
		if _, err := authors.job(ctx, j); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.ListJobsResponse{Jobs: jobs, NextPageToken: next}, nil
}

// ListJobResults implements the service.
func (s *jobService) ListJobResults(ctx context.Context, r *flowdeskv1.ListJobResultsRequest) (*flowdeskv1.ListJobResultsResponse, error) {
	job, err := s.ours(ctx, r.GetName())
	if err != nil {
		return nil, err
	}
	rows, next, err := s.deps.Store.ListJobRows(ctx, storage.JobRowFilter{Job: job.GetId(), Outcome: r.GetOutcome()}, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	if err := s.entitle(ctx, rows); err != nil {
		return nil, err
	}
	return &flowdeskv1.ListJobResultsResponse{JobResults: rows, NextPageToken: next}, nil
}

// unique are the names without repetitions, in their order.
func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before
	})
}
