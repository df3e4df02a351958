package server

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// maxEdits bounds the changes of one command's text: each stands in its row.
const maxEdits = 50

// EditCommand changes the text of a command by a turn of its session, because the session knows its commands by their texts. Whether the change came
// before the command left the store decides, and the row tells.
func (s *queueService) EditCommand(ctx context.Context, r *flowdeskv1.EditCommandRequest) (*flowdeskv1.EditCommandResponse, error) {
	c, release, err := s.commandAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	defer release()
	if !repeated(ctx) {
		if err := MayEdit(c); err != nil {
			return nil, err
		}
		if c.GetText() == r.GetText() {
			return &flowdeskv1.EditCommandResponse{Command: c}, nil
		}
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: c.GetSession(), Payload: &flowdeskv1.Event_CommandText{CommandText: &flowdeskv1.CommandTextRequest{
		Command: c.GetId(), Before: c.GetText(), Text: r.GetText(), Edits: int32(len(c.GetEdits())), Reason: r.GetReason(),
	}}})
	if err != nil {
		return nil, err
	}
	c, err = s.command(ctx, c.GetId())
	if err != nil {
		return nil, err
	}
	event := turn.GetEvent().GetId()
	switch {
	case slices.ContainsFunc(c.GetEdits(), func(e *flowdeskv1.CommandEdit) bool { return e.GetEvent() == event }):
		return &flowdeskv1.EditCommandResponse{Command: c}, nil
	case waits(c): // somebody else changed it, or it set out and came back
		return nil, etagMismatch()
	default:
		return nil, MayEdit(c)
	}
}

// MayEdit says why a command's text cannot be changed, and what can be done instead; nil when it can. The simulator asks too.
func MayEdit(c *flowdeskv1.Command) error {
	switch {
	case c.GetKind() == flowdeskv1.CommandKind_COMMAND_KIND_RECALL:
		return withReason(codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE,
			"it takes a text back, and the text names what is taken back; cancel it instead")
	case slices.Contains(dropped, c.GetState()):
		return failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, fmt.Sprintf("it will not be said: it is %s; enqueue a new command instead", c.GetState()))
	case slices.Contains(doubtful, c.GetState()):
		return failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT,
			fmt.Sprintf("it has been tried already and is %s: its text stays; enqueue a new command with the other text instead", c.GetState()))
	case !waits(c):
		return failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT,
			fmt.Sprintf("it is on its way or has been said (%s), so its text stays; take the message back in the group, or enqueue a second command", c.GetState()))
	case maybeSaid(c) != nil:
		return failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT,
			fmt.Sprintf("attempt %d may have said it already (%s), so its text stays; cancel it and enqueue a new command with the other text",
				maybeSaid(c).GetNumber(), maybeSaid(c).GetState()))
	case len(c.GetEdits()) >= maxEdits:
		return failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE,
			fmt.Sprintf("its text was changed %d times, the most there may be; cancel it and enqueue a new command", maxEdits))
	}
	return nil
}

// maybeSaid is an attempt of which nobody knows whether it was said; nil for none. A command comes back into the queue after one when a person or
// its policy sends it again: two texts might be said then, and the one that was said first would be known as the other.
func maybeSaid(c *flowdeskv1.Command) *flowdeskv1.CommandAttempt {
	for _, a := range c.GetAttemptLog() {
		if a.GetState() != flowdeskv1.CommandState_COMMAND_STATE_FAILED || a.GetProof() == outbox.ProofPolicy {
			return a
		}
	}
	return nil
}
