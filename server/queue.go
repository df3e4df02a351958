package server

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type queueService struct {
	flowdeskv1.UnimplementedQueueServiceServer
	*Server
}

func nameCommand(c *flowdeskv1.Command) *flowdeskv1.Command {
	c.Name = "commands/" + c.GetId()
	return c
}

func (s *Server) command(ctx context.Context, command string) (*flowdeskv1.Command, error) {
	c, err := s.deps.Store.GetCommand(ctx, command)
	if err != nil {
		return nil, err
	}
	return nameCommand(c), nil
}

func (s *queueService) EnqueueCommand(ctx context.Context, r *flowdeskv1.EnqueueCommandRequest) (*flowdeskv1.EnqueueCommandResponse, error) {
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: id(r.GetCommand().GetTargetSession()), Payload: &flowdeskv1.Event_CommandRequest{
		CommandRequest: &flowdeskv1.CommandRequest{Command: r.GetCommand()},
	}})
	if err != nil {
		return nil, err
	}
	for _, e := range turn.GetEffects() {
		if c := e.GetEnqueueCommand(); c != nil {
			stored, err := s.command(ctx, c.GetId())
			return &flowdeskv1.EnqueueCommandResponse{Command: stored}, err
		}
	}
	return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "nothing was enqueued")
}

func (s *queueService) ListCommands(ctx context.Context, r *flowdeskv1.ListCommandsRequest) (*flowdeskv1.ListCommandsResponse, error) {
	filter := storage.CommandFilter{
		States: r.GetStates(), Session: id(r.GetSession()), Robot: id(r.GetRobot()), Instance: id(r.GetInstance()), ReplyTo: id(r.GetReplyTo()),
		After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil()),
	}
	commands, next, err := s.deps.Store.ListCommands(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, c := range commands {
		nameCommand(c)
	}
	return &flowdeskv1.ListCommandsResponse{Commands: commands, NextPageToken: next}, nil
}

func (s *queueService) GetCommand(ctx context.Context, r *flowdeskv1.GetCommandRequest) (*flowdeskv1.GetCommandResponse, error) {
	c, err := s.command(ctx, id(r.GetName()))
	return &flowdeskv1.GetCommandResponse{Command: c}, err
}

func (s *queueService) CancelCommand(ctx context.Context, r *flowdeskv1.CancelCommandRequest) (*flowdeskv1.CancelCommandResponse, error) {
	c, err := s.command(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if c.GetState() != flowdeskv1.CommandState_COMMAND_STATE_QUEUED && c.GetState() != flowdeskv1.CommandState_COMMAND_STATE_DELAYED {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT, "it has left the queue: "+c.GetState().String())
	}
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: c.GetSession(), Payload: &flowdeskv1.Event_CommandRequest{
		CommandRequest: &flowdeskv1.CommandRequest{Cancel: c.GetId(), Reason: r.GetReason()},
	}}); err != nil {
		return nil, err
	}
	c, err = s.command(ctx, c.GetId())
	return &flowdeskv1.CancelCommandResponse{Command: c}, err
}

func (s *queueService) SendCommandNow(ctx context.Context, r *flowdeskv1.SendCommandNowRequest) (*flowdeskv1.SendCommandNowResponse, error) {
	c, err := s.command(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	s.deps.Runner.Order(&flowdeskv1.CommandOrder{Command: c.GetId(), Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW})
	return &flowdeskv1.SendCommandNowResponse{Command: c}, nil
}

func (s *queueService) RetryCommand(ctx context.Context, r *flowdeskv1.RetryCommandRequest) (*flowdeskv1.RetryCommandResponse, error) {
	c, err := s.command(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	switch c.GetState() {
	case flowdeskv1.CommandState_COMMAND_STATE_FAILED, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN,
		flowdeskv1.CommandState_COMMAND_STATE_MANUAL:
	default:
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "only failed and doubtful commands are sent again; it is "+c.GetState().String())
	}
	s.deps.Runner.Order(&flowdeskv1.CommandOrder{Command: c.GetId(), Action: flowdeskv1.CommandAction_COMMAND_ACTION_RETRY, Reason: r.GetReason()})
	return &flowdeskv1.RetryCommandResponse{Command: c}, nil
}
