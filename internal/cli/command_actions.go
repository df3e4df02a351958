package cli

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// some are the commands that a verb acts on.
type someCommands struct {
	IDs []string `arg:"" name:"command" predictor:"command" help:"Ids of commands."`
}

// act does one thing to each of several commands and says what became of it.
func (c *someCommands) act(ctx context.Context, sh *Shell, do func(ctx context.Context, name string) (interface{ GetCommand() *flowdeskv1.Command }, error)) error {
	return each(sh, c.IDs, func(id string) error {
		got, err := do(ctx, resource("commands", id))
		if err != nil {
			return err
		}
		return sh.done(got.GetCommand(), "command %s: %s", short(id), sh.value(got.GetCommand().GetState()))
	})
}

type commandSendNow struct{ someCommands }

// Run implements the command.
func (c *commandSendNow) Run(ctx context.Context, sh *Shell) error {
	return each(sh, c.IDs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.SendCommandNow,
			&flowdeskv1.SendCommandNowRequest{Name: resource("commands", id)})
		if err != nil {
			return err
		}
		return sh.done(got.GetCommand(), "command %s: its delay has ended", short(id))
	})
}

type commandEdit struct {
	reasoned

	ID   string `arg:"" name:"command" predictor:"command" help:"Id of the command."`
	Text string `arg:"" help:"The whole new text."`
}

// Run implements the command. What it changes is what was just read: a change by somebody else in between is refused.
func (c *commandEdit) Run(ctx context.Context, sh *Shell) error {
	m, err := sh.command(ctx, c.ID)
	if err != nil {
		return err
	}
	got, err := call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.EditCommand, &flowdeskv1.EditCommandRequest{
		Name: m.GetName(), Text: c.Text, Reason: c.Reason, Etag: m.GetEtag(), RequestId: sh.sys.RequestID(),
	})
	if err != nil {
		return err
	}
	return sh.done(got.GetCommand(), "command %s: its text is changed", short(c.ID))
}

type commandCancel struct {
	someCommands
	reasoned
}

// Run implements the command.
func (c *commandCancel) Run(ctx context.Context, sh *Shell) error {
	if err := sh.confirm(len(c.IDs), "Commands that will not be said: %d.", len(c.IDs)); err != nil {
		return err
	}
	return c.act(ctx, sh, func(ctx context.Context, name string) (interface{ GetCommand() *flowdeskv1.Command }, error) {
		return call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.CancelCommand,
			&flowdeskv1.CancelCommandRequest{Name: name, Reason: c.Reason})
	})
}

type commandRetry struct {
	someCommands
	reasoned
}

// Run implements the command. Only where it is not known whether a text was said already is the person asked.
func (c *commandRetry) Run(ctx context.Context, sh *Shell) error {
	return each(sh, c.IDs, func(id string) error {
		m, err := sh.command(ctx, id)
		if err != nil {
			return err
		}
		if s := m.GetState(); s == flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN || s == flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT {
			if err := sh.confirm(1, "It is not known whether command %s was said; the customer may read it twice.", short(id)); err != nil {
				return err
			}
		}
		got, err := call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.RetryCommand,
			&flowdeskv1.RetryCommandRequest{Name: m.GetName(), Reason: c.Reason})
		if err != nil {
			return err
		}
		return sh.done(got.GetCommand(), "command %s: it will be sent again", short(id))
	})
}

type commandDone struct {
	someCommands

	As     string `enum:"completed,failed,manual" default:"completed" help:"What is true: completed, failed, or manual to hand it to a person."`
	Reason string `required:"" help:"How it is known."`
}

// Run implements the command.
func (c *commandDone) Run(ctx context.Context, sh *Shell) error {
	state, err := value[flowdeskv1.CommandState](sh, "--as", c.As)
	if err != nil {
		return err
	}
	return c.act(ctx, sh, func(ctx context.Context, name string) (interface{ GetCommand() *flowdeskv1.Command }, error) {
		return call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.UpdateCommandState,
			&flowdeskv1.UpdateCommandStateRequest{Name: name, State: state, Reason: c.Reason})
	})
}

type commandCheck struct{ someCommands }

// Run implements the command.
func (c *commandCheck) Run(ctx context.Context, sh *Shell) error {
	return c.act(ctx, sh, func(ctx context.Context, name string) (interface{ GetCommand() *flowdeskv1.Command }, error) {
		return call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.CheckCommandResult,
			&flowdeskv1.CheckCommandResultRequest{Name: name})
	})
}
