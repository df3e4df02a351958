package cli

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// someTasks are the tasks that a verb acts on, and why it does.
type someTasks struct {
	reasoned

	IDs []string `arg:"" name:"task" predictor:"task" help:"Ids of tasks."`
}

// withTask is every answer that holds a task.
type withTask interface {
	GetTrackTask() *flowdeskv1.TrackTask
}

// act does one thing to each of several tasks and says what became of it.
func (c *someTasks) act(sh *Shell, do func(name string) (withTask, error)) error {
	return each(sh, c.IDs, func(id string) error {
		got, err := do(resource("trackTasks", id))
		if err != nil {
			return err
		}
		return sh.done(got.GetTrackTask(), "task %s: %s", short(id), sh.value(got.GetTrackTask().GetState()))
	})
}

type taskClaim struct {
	someTasks

	Assignee string `predictor:"person" help:"Person who becomes responsible; by default the caller."`
}

// Run implements the command.
func (c *taskClaim) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.ClaimTrackTask,
			&flowdeskv1.ClaimTrackTaskRequest{Name: name, Reason: c.Reason, Assignee: c.Assignee})
	})
}

type taskReassign struct {
	someTasks

	To string `required:"" predictor:"person" placeholder:"PERSON" help:"Person who becomes responsible."`
}

// Run implements the command.
func (c *taskReassign) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.ReassignTrackTask,
			&flowdeskv1.ReassignTrackTaskRequest{Name: name, Reason: c.Reason, Assignee: c.To})
	})
}

type taskRemind struct{ someTasks }

// Run implements the command.
func (c *taskRemind) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.RemindTrackTask,
			&flowdeskv1.RemindTrackTaskRequest{Name: name, Reason: c.Reason})
	})
}

type taskEscalate struct{ someTasks }

// Run implements the command.
func (c *taskEscalate) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.EscalateTrackTask,
			&flowdeskv1.EscalateTrackTaskRequest{Name: name, Reason: c.Reason})
	})
}

type taskComplete struct{ someTasks }

// Run implements the command.
func (c *taskComplete) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.CompleteTrackTask,
			&flowdeskv1.CompleteTrackTaskRequest{Name: name, Reason: c.Reason})
	})
}

type taskCancel struct{ someTasks }

// Run implements the command.
func (c *taskCancel) Run(ctx context.Context, sh *Shell) error {
	if err := sh.confirm(len(c.IDs), "Tasks that will be given up: %d.", len(c.IDs)); err != nil {
		return err
	}
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.CancelTrackTask,
			&flowdeskv1.CancelTrackTaskRequest{Name: name, Reason: c.Reason})
	})
}

type taskReopen struct{ someTasks }

// Run implements the command.
func (c *taskReopen) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withTask, error) {
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.ReopenTrackTask,
			&flowdeskv1.ReopenTrackTaskRequest{Name: name, Reason: c.Reason})
	})
}
