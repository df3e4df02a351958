package cli

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type jobCommand struct {
	Remote

	List   jobList   `cmd:"" help:"List your jobs, newest first." eg:"job list\njob list --active --everyone"`
	Show   jobShow   `cmd:"" aliases:"get" help:"Show a job and what became of its rows." eg:"job show 01k7m2\njob show 01k7m2 --failed"`
	Cancel jobCancel `cmd:"" help:"Stop jobs; what was done stays." eg:"job cancel 01k7m2\njob cancel 01k7m2 --reason 选错了"`
}

type jobList struct {
	paging

	Active   bool `help:"Jobs that have not ended only."`
	Everyone bool `help:"Everybody's jobs; for admins."`
}

// Run implements the command.
func (c *jobList) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.ListJobsRequest{Active: c.Active, Everyone: c.Everyone}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewJobServiceClient, flowdeskv1.JobServiceClient.ListJobs, request)
	},
		col("JOB", (*flowdeskv1.Job).GetId),
		col("ACTION", jobAction),
		col("STATE", func(j *flowdeskv1.Job) string { return sh.value(j.GetState()) }),
		col("DONE", func(j *flowdeskv1.Job) string { return number(j.GetSucceeded()) }),
		col("FAILED", func(j *flowdeskv1.Job) string { return number(j.GetFailed()) }),
		col("TOTAL", func(j *flowdeskv1.Job) string { return number(j.GetTotal()) }),
		col("CREATED", func(j *flowdeskv1.Job) string { return sh.time(j.GetCreateTime()) }),
		col("REASON", (*flowdeskv1.Job).GetReason),
	)
}

// jobAction is what a job does, as the API names it.
func jobAction(j *flowdeskv1.Job) string {
	m := j.GetAction().ProtoReflect()
	if field := m.WhichOneof(m.Descriptor().Oneofs().ByName("act")); field != nil {
		return strings.ReplaceAll(string(field.Name()), "_", " ")
	}
	return ""
}

type jobShow struct {
	paging

	ID     string `arg:"" name:"job" predictor:"job" help:"Id of the job."`
	Failed bool   `help:"Rows that failed only."`
}

// Run implements the command.
func (c *jobShow) Run(ctx context.Context, sh *Shell) error {
	name := resource("jobs", c.ID)
	got, err := call(ctx, sh, flowdeskv1.NewJobServiceClient, flowdeskv1.JobServiceClient.GetJob, &flowdeskv1.GetJobRequest{Name: name})
	if err != nil {
		return err
	}
	j := got.GetJob()
	return sh.show(j, func() error {
		err := sh.write(pairs([]row{
			sh.row("job", j.GetId()), sh.row("action", jobAction(j)), sh.row("state", sh.value(j.GetState())), sh.row("reason", j.GetReason()),
			sh.row("rows", strconv.Itoa(int(j.GetTotal()))), sh.row("done", number(j.GetSucceeded())), sh.row("failed", number(j.GetFailed())),
			sh.row("made by", cmp.Or(j.GetCreatorTitle(), short(j.GetCreator()))), sh.row("created", sh.time(j.GetCreateTime())), sh.row("ended", sh.time(j.GetEndTime())),
			sh.row("stopped because", sh.text(j.GetStopReason())), sh.row("cancelled by", cmp.Or(j.GetCancellerTitle(), short(j.GetCanceller()))),
		}) + "\n")
		if err != nil {
			return err
		}
		request := &flowdeskv1.ListJobResultsRequest{Name: name}
		if c.Failed {
			request.Outcome = flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED
		}
		return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
			request.PageSize, request.PageToken = size, token
			return call(ctx, sh, flowdeskv1.NewJobServiceClient, flowdeskv1.JobServiceClient.ListJobResults, request)
		},
			col("ROW", (*flowdeskv1.JobResult).GetName),
			col("TITLE", func(r *flowdeskv1.JobResult) string { return sh.because(r.GetTitle()) }),
			col("OUTCOME", func(r *flowdeskv1.JobResult) string {
				if r.GetOutcome() == flowdeskv1.JobOutcome_JOB_OUTCOME_UNSPECIFIED {
					return sh.value(flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED)
				}
				return sh.value(r.GetOutcome())
			}),
			col("TIME", func(r *flowdeskv1.JobResult) string { return sh.time(r.GetTime()) }),
			col("REASON", func(r *flowdeskv1.JobResult) string { return sh.text(r.GetReason()) }),
		)
	})
}

type jobCancel struct {
	reasoned

	IDs []string `arg:"" name:"job" predictor:"job" help:"Ids of jobs."`
}

// Run implements the command.
func (c *jobCancel) Run(ctx context.Context, sh *Shell) error {
	return each(sh, c.IDs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewJobServiceClient, flowdeskv1.JobServiceClient.CancelJob,
			&flowdeskv1.CancelJobRequest{Name: resource("jobs", id), Reason: c.Reason})
		if err != nil {
			return err
		}
		return sh.done(got.GetJob(), "job %s: %s", short(id), sh.value(got.GetJob().GetState()))
	})
}
