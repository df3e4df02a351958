package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type queueService struct {
	flowdeskv1.UnimplementedQueueServiceServer
	*Server
}

// commandFields are what a person decides about a command.
var commandFields = []protoreflect.Name{
	"target_session", "text", "target_name", "target_user", "mention", "duty", "robot", "priority", "send_time", "expire_time", "reply_to", "on_unknown",
}

// doubtful are the states in which a person may say what is true, or send again.
var doubtful = []flowdeskv1.CommandState{
	flowdeskv1.CommandState_COMMAND_STATE_FAILED, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT,
	flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_MANUAL,
}

// dropped are the states of commands that never left and never will.
var dropped = []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, flowdeskv1.CommandState_COMMAND_STATE_SUPERSEDED}

// waits reports whether a command has not left.
func waits(c *flowdeskv1.Command) bool {
	return c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_QUEUED || c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
}

func nameCommand(c *flowdeskv1.Command) *flowdeskv1.Command {
	c.Name = "commands/" + c.GetId()
	return c
}

// lastEdit is the change that a command's text is of; empty for none.
func lastEdit(c *flowdeskv1.Command) string {
	if n := len(c.GetEdits()); n > 0 {
		return c.GetEdits()[n-1].GetEvent()
	}
	return ""
}

func (s *Server) command(ctx context.Context, command string) (*flowdeskv1.Command, error) {
	c, err := s.deps.Store.GetCommand(ctx, command)
	if err != nil {
		return nil, err
	}
	return nameCommand(c), nil
}

func (s *queueService) EnqueueCommand(ctx context.Context, r *flowdeskv1.EnqueueCommandRequest) (*flowdeskv1.EnqueueCommandResponse, error) {
	command := &flowdeskv1.Command{}
	if _, err := merge(command, r.GetCommand(), nil, commandFields...); err != nil {
		return nil, err
	}
	if !proto.Equal(command, r.GetCommand()) {
		return nil, invalidField("command", "only what a person decides can be set: "+fmt.Sprint(commandFields))
	}
	command.TargetSession, command.Robot, command.ReplyTo = id(command.GetTargetSession()), id(command.GetRobot()), id(command.GetReplyTo())
	if err := s.robotExists(ctx, command.GetRobot()); err != nil {
		return nil, err
	}
	if err := s.answersIn(ctx, command.GetTargetSession(), command.GetReplyTo()); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.EnqueueCommandResponse{Command: command}, s.sessionExists(ctx, command.GetTargetSession())
	}
	stored, err := s.enqueue(ctx, command)
	return &flowdeskv1.EnqueueCommandResponse{Command: stored}, err
}

// robotExists refuses a command for a robot that is not there: it would wait for it until it expires.
func (s *queueService) robotExists(ctx context.Context, robot string) error {
	if robot == "" {
		return nil
	}
	_, err := s.deps.Store.GetRobot(ctx, robot)
	if errors.Is(err, storage.ErrNotFound) {
		return invalidField("command.robot", "there is no such robot")
	}
	return err
}

// answersIn refuses an answer to a message of another session: that one would count as answered.
func (s *queueService) answersIn(ctx context.Context, session, message string) error {
	if message == "" {
		return nil
	}
	m, err := s.deps.Store.GetMessage(ctx, message)
	if err == nil && m.GetSession() != session || errors.Is(err, storage.ErrNotFound) {
		return invalidField("command.reply_to", "there is no such message in the session")
	}
	return err
}

// enqueue lets a person's command into the queue by a turn of the session in which it is said.
func (s *Server) enqueue(ctx context.Context, command *flowdeskv1.Command) (*flowdeskv1.Command, error) {
	if err := s.sessionExists(ctx, command.GetTargetSession()); err != nil {
		return nil, err
	}
	if command.GetDuty() == flowdeskv1.Duty_DUTY_UNSPECIFIED {
		command.Duty = flowdeskv1.Duty_DUTY_DAY_REPLY
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: command.GetTargetSession(), Payload: &flowdeskv1.Event_CommandRequest{
		CommandRequest: &flowdeskv1.CommandRequest{Command: command},
	}})
	if err != nil {
		return nil, err
	}
	for _, e := range turn.GetEffects() {
		if c := e.GetEnqueueCommand(); c != nil {
			return s.command(ctx, c.GetId())
		}
	}
	return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "nothing was enqueued")
}

// commandAt is a command whose etag is the given one. Until it is released no other request changes the command; what the queue does meanwhile
// its compare-and-set sees.
func (s *Server) commandAt(ctx context.Context, name, etag string) (c *flowdeskv1.Command, release func(), err error) {
	release, err = s.locks.acquire(ctx, "commands/"+id(name))
	if err != nil {
		return nil, nil, err
	}
	if c, err = s.command(ctx, id(name)); err == nil {
		err = checkEtag(ctx, etag, c.GetEtag())
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return c, release, nil
}

func (s *queueService) ListCommands(ctx context.Context, r *flowdeskv1.ListCommandsRequest) (*flowdeskv1.ListCommandsResponse, error) {
	filter := storage.CommandFilter{
		States: r.GetStates(), Target: id(r.GetSession()), Robot: id(r.GetRobot()), Instance: id(r.GetInstance()), ReplyTo: id(r.GetReplyTo()),
		After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil()), DueAfter: timeOf(r.GetDueSince()), DueUntil: timeOf(r.GetDueUntil()), Groups: callerOf(ctx).Groups,
	}
	switch r.GetOrder() {
	case flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE:
		filter.ByDue = true
	case flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE_LATEST:
		filter.ByDue, filter.Reverse = true, true
	case flowdeskv1.CommandOrdering_COMMAND_ORDERING_OLDEST:
		filter.Reverse = true
	case flowdeskv1.CommandOrdering_COMMAND_ORDERING_UNSPECIFIED, flowdeskv1.CommandOrdering_COMMAND_ORDERING_NEWEST:
	}
	if filter.ByDue && (len(r.GetStates()) == 0 || slices.ContainsFunc(r.GetStates(), isSettled)) {
		return nil, invalidField("order", "by due time needs states, all of which are not settled")
	}
	token := s.listToken(r.GetPageToken())
	commands, next, err := s.deps.Store.ListCommands(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, c := range commands {
		nameCommand(c).Edits = nil // two whole texts each: a page of them would not fit into an answer
	}
	return &flowdeskv1.ListCommandsResponse{Commands: commands, NextPageToken: next, ResumeToken: token}, nil
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
	switch {
	case waits(c) || repeated(ctx):
	case slices.Contains(dropped, c.GetState()):
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "it does not wait; it is "+c.GetState().String())
	default:
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
	c, release, err := s.commandAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	defer release()
	if !waits(c) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "it does not wait; it is "+c.GetState().String())
	}
	if err := s.deps.Runner.ByHand(ctx, &flowdeskv1.CommandOrder{Command: c.GetId(), Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW}); err != nil {
		return nil, err
	}
	c, err = s.command(ctx, c.GetId())
	return &flowdeskv1.SendCommandNowResponse{Command: c}, err
}

func (s *queueService) RetryCommand(ctx context.Context, r *flowdeskv1.RetryCommandRequest) (*flowdeskv1.RetryCommandResponse, error) {
	c, release, err := s.commandAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	defer release()
	if !slices.Contains(doubtful, c.GetState()) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "only failed and doubtful commands are sent again; it is "+c.GetState().String())
	}
	order := &flowdeskv1.CommandOrder{Command: c.GetId(), Action: flowdeskv1.CommandAction_COMMAND_ACTION_RETRY, Reason: r.GetReason()}
	if err := s.deps.Runner.ByHand(ctx, order); err != nil {
		return nil, err
	}
	c, err = s.command(ctx, c.GetId())
	return &flowdeskv1.RetryCommandResponse{Command: c}, err
}

// UpdateCommandState tells the session what a person found out. The delivery state commits together with that turn.
func (s *queueService) UpdateCommandState(ctx context.Context, r *flowdeskv1.UpdateCommandStateRequest) (*flowdeskv1.UpdateCommandStateResponse, error) {
	c, release, err := s.commandAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	defer release()
	if !slices.Contains(doubtful, c.GetState()) || c.GetState() == r.GetState() {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "it is "+c.GetState().String())
	}
	if err := s.settle(ctx, c, r.GetState(), r.GetReason()); err != nil {
		return nil, err
	}
	settled, err := s.command(ctx, c.GetId())
	if err != nil {
		return nil, err
	}
	if settled.GetState() != r.GetState() {
		return nil, fmt.Errorf("command %s became %s: %w", c.GetId(), settled.GetState(), storage.ErrConflict)
	}
	return &flowdeskv1.UpdateCommandStateResponse{Command: settled}, nil
}

func (s *queueService) settle(ctx context.Context, c *flowdeskv1.Command, state flowdeskv1.CommandState, reason string) error {
	now := s.deps.Runner.Now()
	delivery := &storage.Delivery{
		Command: c.GetId(), From: doubtful, FromAttempts: c.GetAttempts(), State: state, Robot: c.GetRobot(), Attempts: c.GetAttempts(),
		PlatformMessage: c.GetPlatformMessage(), ErrorCode: c.GetErrorCode(), Reason: reason, SentTime: timeOf(c.GetSentTime()), DoneTime: now,
		ResultDeadline: timeOf(c.GetResultDeadline()),
	}
	if log := c.GetAttemptLog(); len(log) > 0 {
		last := proto.CloneOf(log[len(log)-1])
		last.State, last.Reason, last.DoneTime, last.Proof = state, reason, engine.Timestamp(now), "person"
		delivery.Attempt = last
	}
	return s.deps.Runner.Settle(ctx, &flowdeskv1.Event{
		Session: c.GetSession(), Source: "api", Actor: actor(ctx), Trace: c.GetTrace(), Causes: c.GetCauses(),
		Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
			Command: c.GetId(), State: state, Attempts: c.GetAttempts(), Reason: reason, Robot: c.GetRobot(), DoneAt: engine.Timestamp(now), Late: true,
			Edit: lastEdit(c),
		}},
	}, delivery)
}

// lookUpWithin is how long a look-up may take: the platform answers in less than a second, or not.
const lookUpWithin = 10 * time.Second

func (s *queueService) CheckCommandResult(ctx context.Context, r *flowdeskv1.CheckCommandResultRequest) (*flowdeskv1.CheckCommandResultResponse, error) {
	c, err := s.command(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	switch {
	case waits(c):
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "it has not left; it is "+c.GetState().String())
	case s.deps.LookUp == nil:
		return nil, withReason(codes.Unimplemented, flowdeskv1.ErrorReason_ERROR_REASON_NOT_OFFERED, "this server looks results up by itself only")
	}
	within, cancel := context.WithTimeout(ctx, lookUpWithin)
	defer cancel()
	if err := s.deps.LookUp(within, c.GetId()); err != nil {
		return nil, err
	}
	c, err = s.command(ctx, c.GetId())
	return &flowdeskv1.CheckCommandResultResponse{Command: c}, err
}
