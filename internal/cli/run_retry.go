package cli

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type runRetry struct {
	reasoned

	Runs    []string `arg:"" name:"run" predictor:"run" help:"Ids of runs."`
	Version int32    `help:"Version of the flow to go on with; by default the one that failed."`
}

// Run implements the command.
func (c *runRetry) Run(ctx context.Context, sh *Shell) error {
	if err := sh.confirm(len(c.Runs), "Runs that will go on where they failed: %d.", len(c.Runs)); err != nil {
		return err
	}
	return each(sh, c.Runs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.RetryInstance,
			&flowdeskv1.RetryInstanceRequest{Name: resource("instances", id), Version: c.Version, Reason: c.Reason})
		if err != nil {
			return err
		}
		i := got.GetInstance()
		return sh.done(i, "run %s goes on as run %s: %s", short(id), i.GetId(), sh.value(i.GetStatus()))
	})
}
