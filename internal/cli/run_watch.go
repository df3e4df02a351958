package cli

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type runWatch struct {
	ID      string `arg:"" optional:"" name:"run" predictor:"run" help:"Id of a run that is followed to its end; all runs by default."`
	Flow    string `predictor:"flow" help:"Flow."`
	Session string `predictor:"session" help:"Session (group)."`
}

// Run implements the command.
func (c *runWatch) Run(ctx context.Context, sh *Shell) error {
	if c.ID != "" {
		seen := 0
		_, err := sh.follow(ctx, c.ID, func(i *flowdeskv1.Instance) error {
			steps, err := sh.trace(ctx, i.GetName())
			if err != nil {
				return err
			}
			fresh := steps[min(seen, len(steps)):]
			seen = len(steps)
			for _, s := range fresh {
				if err := sh.reported(s, sh.time(s.GetTime())+"  "+sh.visit(s)); err != nil {
					return err
				}
			}
			if i.GetEndTime() != nil && !sh.forPrograms() {
				sh.print("run %s: %s", i.GetId(), sh.value(i.GetStatus()))
			}
			return nil
		})
		return err
	}
	request := &flowdeskv1.WatchInstancesRequest{Flow: c.Flow, Session: c.Session}
	return watch(ctx, sh, "", sh.runsStream(request), func(r *flowdeskv1.WatchInstancesResponse) error {
		i := r.GetInstance()
		if i == nil {
			return nil
		}
		return sh.reported(i, sh.time(i.GetUpdateTime())+"  "+i.GetId()+"  "+short(i.GetFlow())+"  "+sh.value(i.GetStatus())+"  "+i.GetLastNode()+"  "+sh.runDetail(i))
	})
}

// follow calls on with a run as it is, and after every change, until it has ended. It gives the run as it ended.
func (sh *Shell) follow(ctx context.Context, id string, on func(*flowdeskv1.Instance) error) (*flowdeskv1.Instance, error) {
	last, err := sh.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	look := func() error {
		now, err := sh.instance(ctx, id)
		if err != nil {
			return err
		}
		last = now
		if err := on(last); err != nil {
			return err
		}
		if last.GetEndTime() != nil {
			return errEnough
		}
		return nil
	}
	// The first sign of life comes once the watch stands: what changed before is seen by looking then.
	request := &flowdeskv1.WatchInstancesRequest{Session: short(last.GetSession())}
	first := true
	err = watch(ctx, sh, "", sh.runsStream(request), func(r *flowdeskv1.WatchInstancesResponse) error {
		if first || r.GetInstance().GetId() == last.GetId() {
			first = false
			return look()
		}
		return nil
	})
	return last, err
}

type runResult struct {
	ID   string        `arg:"" name:"run" predictor:"run" help:"Id of the run."`
	Wait time.Duration `default:"0s" help:"How long to wait at most; 0 for ever."`
}

// Run implements the command.
func (c *runResult) Run(ctx context.Context, sh *Shell) error {
	waiting, cancel := ctx, context.CancelFunc(func() {})
	if c.Wait > 0 {
		waiting, cancel = context.WithTimeout(ctx, c.Wait)
	}
	defer cancel()
	telling := sh.progressAfter(slow, "waiting for run %s", c.ID)
	i, err := sh.follow(waiting, c.ID, func(*flowdeskv1.Instance) error { return nil })
	telling.end()
	if waiting.Err() != nil && ctx.Err() == nil {
		return &failure{code: ExitUnavailable, text: sh.say("run %s has not ended: %s", c.ID, sh.value(i.GetStatus()))}
	}
	if err != nil {
		return err
	}
	if err := sh.showRows(i, sh.runRows(i)...); err != nil {
		return err
	}
	if i.GetStatus() != flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED {
		return sh.failed("run %s: %s", i.GetId(), sh.value(i.GetStatus()))
	}
	return nil
}

type runWhy struct {
	ID string `arg:"" name:"run" predictor:"run" help:"Id of the run."`
}

// Run implements the command.
func (c *runWhy) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.WhyInstance,
		&flowdeskv1.WhyInstanceRequest{Name: resource("instances", c.ID)})
	if err != nil {
		return err
	}
	return sh.why(got.GetDerivation())
}
