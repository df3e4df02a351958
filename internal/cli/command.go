package cli

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type commandCommand struct {
	Remote

	List    commandList    `cmd:"" help:"List commands, newest first." eg:"command list\ncommand list --state delayed --state queued"`
	Show    commandShow    `cmd:"" aliases:"get" help:"Show a command with its attempts." eg:"command show 01k7m2\ncommand show 01k7m2 -o json"`
	SendNow commandSendNow `cmd:"" help:"End the delay of commands." eg:"command send-now 01k7m2\ncommand send-now 01k7m2 01k7m3"`
	Edit    commandEdit    `cmd:"" help:"Change the text of a command that has not left." eg:"command edit 01k7m2 '您好，已为您登记'\ncommand edit 01k7m2 已为您登记 --reason 写错了名字"`
	Cancel  commandCancel  `cmd:"" help:"Take commands that have not left out of the queue." eg:"command cancel 01k7m2 --reason 已电话联系\ncommand cancel 01k7m2 01k7m3 --yes"`
	Retry   commandRetry   `cmd:"" help:"Send once more what failed. What may have been said already can be said twice." eg:"command retry 01k7m2\ncommand retry 01k7m2 --reason 手机已恢复 --yes"`
	Done    commandDone    `cmd:"" help:"Settle by hand what a person has looked at." eg:"command done 01k7m2 --reason 手机上已看到\ncommand done 01k7m2 --as failed --reason 未送达"`
	Check   commandCheck   `cmd:"" help:"Look the result up at the platform now." eg:"command check 01k7m2\ncommand check 01k7m2 -o json"`
	Say     commandSay     `cmd:"" help:"Let a robot say a text in a group." eg:"command say demo 已为您登记\ncommand say demo 请查收 --to 张三 --send-at 09:00"`
	Watch   commandWatch   `cmd:"" help:"Follow commands as they change." eg:"command watch\ncommand watch --state manual -o jsonl"`
}

type commandList struct {
	paging
	period

	State   []string `predictor:"command-state" placeholder:"STATE" help:"queued, delayed, sending, sent, completed, failed, timeout, unknown, cancelled, superseded or manual. May be repeated."`
	Session string   `predictor:"session" help:"Session (group) in which it is said."`
	Robot   string   `predictor:"robot" help:"Robot."`
	Of      string   `name:"run" predictor:"run" help:"Run that enqueued it."`
	ReplyTo string   `predictor:"message" help:"Message that it answers."`
}

// Run implements the command.
func (c *commandList) Run(ctx context.Context, sh *Shell) error {
	states, err := values[flowdeskv1.CommandState](sh, "--state", c.State)
	if err != nil {
		return err
	}
	since, until, err := c.times(sh)
	if err != nil {
		return err
	}
	request := &flowdeskv1.ListCommandsRequest{
		States: states, Session: c.Session, Robot: c.Robot, Instance: c.Of, ReplyTo: c.ReplyTo, Since: since, Until: until,
	}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.ListCommands, request)
	},
		col("COMMAND", (*flowdeskv1.Command).GetId),
		col("STATE", func(m *flowdeskv1.Command) string { return sh.value(m.GetState()) }),
		col("SESSION", func(m *flowdeskv1.Command) string { return short(m.GetTargetSession()) }),
		col("ROBOT", func(m *flowdeskv1.Command) string { return short(m.GetRobot()) }),
		col("SEND TIME", func(m *flowdeskv1.Command) string { return sh.time(m.GetSendTime()) }),
		col("TRIES", func(m *flowdeskv1.Command) string { return number(m.GetAttempts()) }),
		col("TEXT", func(m *flowdeskv1.Command) string { return mention(m) + m.GetText() }),
		col("REASON", func(m *flowdeskv1.Command) string { return sh.because(commandReason(m)) }),
	)
}

// commandReason is why a command is where it is: the reason of its state, else of its delay.
func commandReason(m *flowdeskv1.Command) string {
	if m.GetReason() != "" {
		return m.GetReason()
	}
	return m.GetDelayReason()
}

type commandShow struct {
	ID string `arg:"" name:"command" predictor:"command" help:"Id of the command."`
}

// Run implements the command.
func (c *commandShow) Run(ctx context.Context, sh *Shell) error {
	m, err := sh.command(ctx, c.ID)
	if err != nil {
		return err
	}
	return sh.show(m, func() error { return sh.write(sh.commandRows(m) + sh.editLines(m) + sh.attemptRows(m)) })
}

func (sh *Shell) command(ctx context.Context, id string) (*flowdeskv1.Command, error) {
	got, err := call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.GetCommand,
		&flowdeskv1.GetCommandRequest{Name: resource("commands", id)})
	return got.GetCommand(), err
}

type commandSay struct {
	Session string `arg:"" predictor:"session" help:"Session (group) in which it is said."`
	Text    string `arg:"" help:"Text."`
	To      string `placeholder:"NAME" help:"Person who is mentioned with @."`
	Robot   string `predictor:"robot" help:"Robot; by default the one on duty."`
	SendAt  string `placeholder:"TIME" help:"When it may leave: a time, or 10m from now."`
	DryRun  bool   `help:"Check, and enqueue nothing."`
}

// Run implements the command.
func (c *commandSay) Run(ctx context.Context, sh *Shell) error {
	at, err := sh.when("--send-at", c.SendAt, 1)
	if err != nil {
		return err
	}
	got, err := call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.EnqueueCommand, &flowdeskv1.EnqueueCommandRequest{
		ValidateOnly: c.DryRun, RequestId: sh.sys.RequestID(), Command: &flowdeskv1.Command{
			TargetSession: short(c.Session), Text: c.Text, TargetName: c.To, Mention: c.To != "", Robot: short(c.Robot), SendTime: at,
		},
	})
	if err != nil {
		return err
	}
	if c.DryRun {
		return sh.done(got.GetCommand(), "the command is valid; nothing was enqueued")
	}
	return sh.done(got.GetCommand(), "command %s: %s", got.GetCommand().GetId(), sh.value(got.GetCommand().GetState()))
}

type commandWatch struct {
	State   []string `predictor:"command-state" placeholder:"STATE" help:"States as of command list; all by default."`
	Session string   `predictor:"session" help:"Session (group) in which it is said."`
}

// Run implements the command.
func (c *commandWatch) Run(ctx context.Context, sh *Shell) error {
	states, err := values[flowdeskv1.CommandState](sh, "--state", c.State)
	if err != nil {
		return err
	}
	open := func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchCommandsResponse], error) {
		return openStream(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.WatchCommands,
			&flowdeskv1.WatchCommandsRequest{ResumeToken: token, Session: c.Session, States: states})
	}
	return watch(ctx, sh, "", open, func(r *flowdeskv1.WatchCommandsResponse) error {
		m := r.GetCommand()
		if m == nil {
			return nil
		}
		return sh.reported(m, sh.time(m.GetSendTime())+"  "+m.GetId()+"  "+sh.value(m.GetState())+"  "+short(m.GetTargetSession())+"  "+mention(m)+m.GetText())
	})
}
