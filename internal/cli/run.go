package cli

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type runCommand struct {
	Remote

	List   runList   `cmd:"" help:"List runs, newest first." eg:"run list\nrun list --status failed --since 24h -o name"`
	Show   runShow   `cmd:"" aliases:"get" help:"Show a run and its way through the flow." eg:"run show 01k7m2\nrun show 01k7m2 -o json"`
	Why    runWhy    `cmd:"" help:"Say why a run did what it did, and what stopped it." eg:"run why 01k7m2\nrun why 01k7m2 -o json"`
	Watch  runWatch  `cmd:"" help:"Follow runs as they happen, or one run to its end." eg:"run watch\nrun watch 01k7m2"`
	Result runResult `cmd:"" help:"Wait until a run ends; fail when it failed." eg:"run result 01k7m2\nrun result 01k7m2 --wait 10m"`
	Start  runStart  `cmd:"" help:"Start a flow that has a manual trigger." eg:"run start report\nrun start report --session demo --text 开始"`
	Cancel runCancel `cmd:"" help:"End waiting runs; their commands that have not left go with them." eg:"run cancel 01k7m2 --reason 重复\nrun cancel 01k7m2 01k7m3 --yes"`
	Retry  runRetry  `cmd:"" help:"Run failed runs again from the node that failed." eg:"run retry 01k7m2\nrun retry 01k7m2 --version 4 --reason 已修复"`
}

type runList struct {
	paging
	period

	Status  []string `predictor:"run-status" placeholder:"STATUS" help:"running, waiting, completed, failed, cancelled or quarantined. May be repeated."`
	Flow    string   `predictor:"flow" help:"Flow."`
	Version int32    `help:"Version of the flow."`
	Session string   `predictor:"session" help:"Session (group)."`
	Message string   `predictor:"message" help:"Message that started it."`
}

// Run implements the command.
func (c *runList) Run(ctx context.Context, sh *Shell) error {
	statuses, err := values[flowdeskv1.InstanceStatus](sh, "--status", c.Status)
	if err != nil {
		return err
	}
	since, until, err := c.times(sh)
	if err != nil {
		return err
	}
	request := &flowdeskv1.ListInstancesRequest{
		Statuses: statuses, Flow: c.Flow, Version: c.Version, Session: c.Session, Message: c.Message, Since: since, Until: until,
	}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.ListInstances, request)
	},
		col("RUN", (*flowdeskv1.Instance).GetId),
		col("FLOW", func(i *flowdeskv1.Instance) string { return short(i.GetFlow()) + " " + versionOf(i.GetVersion()) }),
		col("STATUS", func(i *flowdeskv1.Instance) string { return sh.value(i.GetStatus()) }),
		col("SESSION", func(i *flowdeskv1.Instance) string { return short(i.GetSession()) }),
		col("BEGAN", func(i *flowdeskv1.Instance) string { return sh.time(i.GetBeginTime()) }),
		col("AT", func(i *flowdeskv1.Instance) string { return i.GetLastNode() }),
		col("DETAIL", sh.runDetail),
	)
}

// runDetail is why a run failed, or what it waits for.
func (sh *Shell) runDetail(i *flowdeskv1.Instance) string {
	if i.GetError() != "" {
		return sh.because(i.GetError())
	}
	return strings.Join(i.GetWaitingFor(), ", ")
}

type runShow struct {
	ID string `arg:"" name:"run" predictor:"run" help:"Id of the run."`
}

// Run implements the command.
func (c *runShow) Run(ctx context.Context, sh *Shell) error {
	i, err := sh.instance(ctx, c.ID)
	if err != nil {
		return err
	}
	return sh.show(i, func() error {
		if err := sh.write(pairs(sh.runRows(i))); err != nil {
			return err
		}
		steps, err := sh.trace(ctx, i.GetName())
		if err != nil {
			return err
		}
		return sh.write("\n" + sh.steps(steps))
	})
}

func (sh *Shell) runRows(i *flowdeskv1.Instance) []row {
	return []row{
		sh.row("run", i.GetId()), sh.row("flow", short(i.GetFlow())+" "+versionOf(i.GetVersion())), sh.row("status", sh.value(i.GetStatus())),
		sh.row("session", short(i.GetSession())), sh.row("message", short(i.GetMessage())), sh.row("began", sh.time(i.GetBeginTime())),
		sh.row("ended", sh.time(i.GetEndTime())), sh.row("waits for", strings.Join(i.GetWaitingFor(), ", ")),
		sh.row("failed at", i.GetFailedNode()), sh.row("error", sh.because(i.GetError())), sh.row("trace", i.GetTrace()),
	}
}

func (sh *Shell) instance(ctx context.Context, id string) (*flowdeskv1.Instance, error) {
	got, err := call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.GetInstance,
		&flowdeskv1.GetInstanceRequest{Name: resource("instances", id)})
	return got.GetInstance(), err
}

// trace is the whole way of a run.
func (sh *Shell) trace(ctx context.Context, name string) ([]*flowdeskv1.TraceStep, error) {
	var steps []*flowdeskv1.TraceStep
	request := &flowdeskv1.TraceInstanceRequest{Name: name, PageSize: largestPage}
	for {
		got, err := call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.TraceInstance, request)
		if err != nil {
			return nil, err
		}
		steps = append(steps, got.GetSteps()...)
		if request.PageToken = got.GetNextPageToken(); request.GetPageToken() == "" {
			return steps, nil
		}
	}
}

func (sh *Shell) steps(steps []*flowdeskv1.TraceStep) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(sh.time(s.GetTime()) + "  " + oneLine(sh.visit(s)) + "\n")
	}
	return b.String()
}

type runStart struct {
	Flow    string `arg:"" predictor:"flow" help:"Id of the flow."`
	Version int32  `help:"Version; by default the live one."`
	Session string `predictor:"session" help:"Session (group) in which it runs; in none by default."`
	Text    string `help:"Text that comes with it."`
}

// Run implements the command.
func (c *runStart) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.StartInstanceRequest{Flow: resource("flows", c.Flow), Version: c.Version, Text: c.Text}
	if c.Session != "" {
		request.Session = resource("sessions", c.Session)
	}
	got, err := call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.StartInstance, request)
	if err != nil {
		return err
	}
	return sh.done(got.GetInstance(), "run %s: %s", got.GetInstance().GetId(), sh.value(got.GetInstance().GetStatus()))
}

type runCancel struct {
	reasoned

	Runs []string `arg:"" name:"run" predictor:"run" help:"Ids of runs."`
}

// Run implements the command.
func (c *runCancel) Run(ctx context.Context, sh *Shell) error {
	if err := sh.confirm(len(c.Runs), "Runs that will end: %d.", len(c.Runs)); err != nil {
		return err
	}
	return each(sh, c.Runs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.CancelInstance,
			&flowdeskv1.CancelInstanceRequest{Name: resource("instances", id), Reason: c.Reason})
		if err != nil {
			return err
		}
		return sh.done(got.GetInstance(), "run %s: %s", short(id), sh.value(got.GetInstance().GetStatus()))
	})
}

// runsStream watches runs.
func (sh *Shell) runsStream(request *flowdeskv1.WatchInstancesRequest) func(context.Context, string) (grpc.ServerStreamingClient[flowdeskv1.WatchInstancesResponse], error) {
	return func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchInstancesResponse], error) {
		request.ResumeToken = token
		return openStream(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.WatchInstances, request)
	}
}
