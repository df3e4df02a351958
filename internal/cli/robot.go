package cli

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type robotCommand struct {
	Remote

	List   robotList   `cmd:"" help:"List robots." eg:"robot list\nrobot list --state offline -o name"`
	Show   robotShow   `cmd:"" aliases:"get" help:"Show a robot with its callback addresses." eg:"robot show day\nrobot show day -o json"`
	Ping   robotPing   `cmd:"" aliases:"health" help:"Ask the platform about robots now; fail when something is wrong." eg:"robot ping day\nrobot ping"`
	Pause  robotPause  `cmd:"" help:"Let robots send nothing; they still hear." eg:"robot pause day --reason 换手机\nrobot pause day night"`
	Resume robotResume `cmd:"" help:"Let paused or tripped robots send again." eg:"robot resume day\nrobot resume day night"`
	Test   robotTest   `cmd:"" help:"Let a robot say a text in a group." eg:"robot test day --session staff\nrobot test day --session staff --text 测试"`
	Watch  robotWatch  `cmd:"" help:"Follow robots as they come, go and work." eg:"robot watch\nrobot watch -o jsonl"`
}

type robotList struct {
	paging

	State []string `predictor:"robot-state" placeholder:"STATE" help:"online, offline, paused or tripped. May be repeated."`
	Duty  []string `predictor:"duty" placeholder:"DUTY" help:"monitor, notify, day_reply or night_reply. May be repeated."`
}

// Run implements the command.
func (c *robotList) Run(ctx context.Context, sh *Shell) error {
	states, err := values[flowdeskv1.RobotState](sh, "--state", c.State)
	if err != nil {
		return err
	}
	duties, err := values[flowdeskv1.Duty](sh, "--duty", c.Duty)
	if err != nil {
		return err
	}
	request := &flowdeskv1.ListRobotsRequest{States: states, Duties: duties}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.ListRobots, request)
	},
		col("ROBOT", (*flowdeskv1.Robot).GetId), col("NAME", (*flowdeskv1.Robot).GetTitle),
		col("DUTIES", func(r *flowdeskv1.Robot) string { return enums(sh, r.GetDuties()) }),
		col("STATE", func(r *flowdeskv1.Robot) string { return sh.value(r.GetState()) }),
		col("WAITING", func(r *flowdeskv1.Robot) string { return number(r.GetWaiting()) }),
		col("UNCONFIRMED", func(r *flowdeskv1.Robot) string { return number(r.GetUnconfirmed()) }),
		col("LAST SEEN", func(r *flowdeskv1.Robot) string { return sh.time(r.GetLastSeen()) }),
		col("REASON", func(r *flowdeskv1.Robot) string { return sh.because(r.GetReason()) }),
	)
}

type robotShow struct {
	ID string `arg:"" name:"robot" predictor:"robot" help:"Id of the robot."`
}

// Run implements the command.
func (c *robotShow) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.GetRobot,
		&flowdeskv1.GetRobotRequest{Name: resource("robots", c.ID)})
	if err != nil {
		return err
	}
	r := got.GetRobot()
	return sh.showRows(r,
		sh.row("robot", r.GetId()), sh.row("name", r.GetTitle()), sh.row("duties", enums(sh, r.GetDuties())), sh.row("state", sh.value(r.GetState())),
		sh.row("reason", sh.because(r.GetReason())), sh.row("platform", r.GetBaseUri()), sh.row("last seen", sh.time(r.GetLastSeen())),
		sh.row("waiting", number(r.GetWaiting())), sh.row("unconfirmed", number(r.GetUnconfirmed())),
		sh.row("messages to", r.GetWebhookUris().GetMessage()), sh.row("results to", r.GetWebhookUris().GetResult()),
		sh.row("online to", r.GetWebhookUris().GetOnline()), sh.row("offline to", r.GetWebhookUris().GetOffline()),
	)
}

type robotPing struct {
	IDs []string `arg:"" optional:"" name:"robot" predictor:"robot" help:"Ids of robots; all by default."`
}

// Run implements the command.
func (c *robotPing) Run(ctx context.Context, sh *Shell) error {
	ids := c.IDs
	if len(ids) == 0 {
		all, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.ListRobots, &flowdeskv1.ListRobotsRequest{PageSize: largestPage})
		if err != nil {
			return err
		}
		for _, r := range all.GetRobots() {
			ids = append(ids, r.GetId())
		}
	}
	unwell := 0
	err := each(sh, ids, func(id string) error {
		health, err := sh.health(ctx, id)
		if err != nil {
			return err
		}
		for _, check := range health.GetChecks() {
			if !check.GetOk() {
				unwell++
			}
		}
		return sh.show(health, func() error { return sh.write(sh.healthText(short(id), health)) })
	})
	if err == nil && unwell > 0 {
		return sh.failed("checks that failed: %d", unwell)
	}
	return err
}

func (sh *Shell) health(ctx context.Context, id string) (*flowdeskv1.RobotHealth, error) {
	got, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.CheckRobotHealth,
		&flowdeskv1.CheckRobotHealthRequest{Name: resource("robots", id)})
	return got.GetHealth(), err
}

// healthText is how a robot does, with a line for each check.
func (sh *Shell) healthText(id string, h *flowdeskv1.RobotHealth) string {
	text := id + "  " + sh.value(h.GetState())
	if h.GetReachable() {
		text += "  " + sh.duration(h.GetLatency().AsDuration())
	}
	text += "\n"
	for _, check := range h.GetChecks() {
		mark := sh.paint(sh.sys.OutTerminal, green, "✓")
		if !check.GetOk() {
			mark = sh.paint(sh.sys.OutTerminal, red, "✗")
		}
		text += strings.TrimRight(fmt.Sprintf("  %s %s  %s", mark, sh.checkName(check.GetCheck()), oneLine(check.GetDetail())), " ") + "\n"
	}
	return text
}

// checkName says what a check of a robot asks, so that a tick beside it reads well.
func (sh *Shell) checkName(check string) string {
	if check == "paused" {
		check = "not paused"
	}
	return sh.say(check)
}

type robotPause struct {
	reasoned

	IDs []string `arg:"" name:"robot" predictor:"robot" help:"Ids of robots."`
}

// Run implements the command.
func (c *robotPause) Run(ctx context.Context, sh *Shell) error {
	if len(c.IDs) > 1 {
		if err := sh.confirm(len(c.IDs), "Robots that will send nothing: %d.", len(c.IDs)); err != nil {
			return err
		}
	}
	return each(sh, c.IDs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.PauseRobot,
			&flowdeskv1.PauseRobotRequest{Name: resource("robots", id), Reason: c.Reason})
		if err != nil {
			return err
		}
		return sh.done(got.GetRobot(), "robot %s: %s", short(id), sh.value(got.GetRobot().GetState()))
	})
}

type robotResume struct {
	IDs []string `arg:"" name:"robot" predictor:"robot" help:"Ids of robots."`
}

// Run implements the command.
func (c *robotResume) Run(ctx context.Context, sh *Shell) error {
	return each(sh, c.IDs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.ResumeRobot,
			&flowdeskv1.ResumeRobotRequest{Name: resource("robots", id)})
		if err != nil {
			return err
		}
		return sh.done(got.GetRobot(), "robot %s: %s", short(id), sh.value(got.GetRobot().GetState()))
	})
}

type robotTest struct {
	ID      string `arg:"" name:"robot" predictor:"robot" help:"Id of the robot."`
	Session string `required:"" predictor:"session" help:"Session (group) in which it is said."`
	Text    string `help:"Text; 测试消息 by default."`
}

// Run implements the command.
func (c *robotTest) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.TestRobot, &flowdeskv1.TestRobotRequest{
		Name: resource("robots", c.ID), Session: c.Session, Text: c.Text, RequestId: sh.sys.RequestID(),
	})
	if err != nil {
		return err
	}
	return sh.done(got.GetCommand(), "command %s: %s", got.GetCommand().GetId(), sh.value(got.GetCommand().GetState()))
}
