package simulator

import (
	"context"
	"errors"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// order sends a command now or again, changes its text, or cancels it. A command that there is not, or that stands so that this cannot be done
// any more, is left alone: a conversation that is played again may go otherwise.
func (w *world) order(ctx context.Context, o *flowdeskv1.OrderStep) error {
	c, err := w.store.GetCommand(ctx, o.GetCommand())
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil
	case err != nil:
		return err
	case mayOrder(c, o) != nil:
		return nil //nolint:nilerr // it went otherwise this time
	case o.GetAction() != flowdeskv1.CommandAction_COMMAND_ACTION_UNSPECIFIED:
		return w.runner.ByHand(ctx, &flowdeskv1.CommandOrder{Command: o.GetCommand(), Action: o.GetAction()})
	}
	event := &flowdeskv1.Event{Session: c.GetSession(), Source: "api", Actor: "simulator"}
	if o.GetText() != "" {
		event.Payload = &flowdeskv1.Event_CommandText{CommandText: &flowdeskv1.CommandTextRequest{
			Command: c.GetId(), Before: c.GetText(), Text: o.GetText(), Edits: int32(len(c.GetEdits())), Reason: "在模拟器中修改",
		}}
	} else {
		event.Payload = &flowdeskv1.Event_CommandRequest{CommandRequest: &flowdeskv1.CommandRequest{Cancel: c.GetId(), Reason: "在模拟器中取消"}}
	}
	_, err = w.runner.Submit(ctx, event)
	return err
}

// mayOrder says why something cannot be done with a command; nil when it can.
func mayOrder(c *flowdeskv1.Command, o *flowdeskv1.OrderStep) error {
	waits := c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_QUEUED || c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	switch {
	case o.GetText() != "" && o.GetAction() != flowdeskv1.CommandAction_COMMAND_ACTION_UNSPECIFIED:
		return server.RefuseField("text", "a command is given another text, or sent; do one after the other")
	case o.GetText() != "":
		return server.MayEdit(c)
	case o.GetAction() != flowdeskv1.CommandAction_COMMAND_ACTION_RETRY && !waits:
		return server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT, "it has left the queue: "+c.GetState().String())
	}
	return nil
}
