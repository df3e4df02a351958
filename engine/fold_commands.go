package engine

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// maxDoubtful is how many commands of unknown outcome, or handed to a person, a session keeps in view: more than a day of a broken robot.
const maxDoubtful = 100

func (s *State) enqueue(c *flowdeskv1.Command) {
	elsewhere := c.GetTargetSession()
	if elsewhere == s.GetId() {
		elsewhere = ""
	}
	s.Commands = append(s.GetCommands(), &flowdeskv1.PendingCommand{
		Id: c.GetId(), TargetUser: c.GetTargetUser(), ReplyTo: c.GetReplyTo(), SendTime: c.GetSendTime(),
		State: c.GetState(), Purpose: c.GetPurpose(), Instance: c.GetInstance(), Text: c.GetText(), Priority: c.GetPriority(),
		AlsoAnswers: c.GetAlsoAnswers(), NoAnswer: c.GetNoAnswer(), NoAnswerTo: c.GetNoAnswerTo(), OnUnknown: c.GetOnUnknown(), TargetSession: elsewhere,
	})
}

// maxCancelled is how many cancelled commands a session remembers that may have left: more than stand at a phone for one group.
const maxCancelled = 16

// cancel takes a command off. One that was no longer held back may have left, and is remembered for that case.
func (s *State) cancel(command string) {
	if c := s.Command(command); c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_QUEUED {
		s.Cancelled = last(append(s.GetCancelled(), c), maxCancelled)
	}
	s.forget(command)
}

// uncancel brings a command back whose cancel came too late.
func (s *State) uncancel(command string) {
	i := slices.IndexFunc(s.GetCancelled(), func(c *flowdeskv1.PendingCommand) bool { return c.GetId() == command })
	if i >= 0 && s.Command(command) == nil {
		s.Commands = append(s.GetCommands(), s.GetCancelled()[i])
		s.Cancelled = slices.Delete(s.GetCancelled(), i, i+1)
	}
}

// settle keeps a command in view that may still have been said, or that is a person's work, until a late result or the end of its task closes
// it; beyond maxDoubtful the oldest are given up.
func (s *State) settle(e *flowdeskv1.SettleCommand) {
	s.uncancel(e.GetCommand())
	if c := s.Command(e.GetCommand()); c != nil && (doubtful(e.GetState()) || e.GetState() == flowdeskv1.CommandState_COMMAND_STATE_SENT) {
		c.State = e.GetState()
	} else {
		s.forget(e.GetCommand())
	}
	n := 0
	for _, c := range slices.Backward(slices.Clone(s.GetCommands())) {
		if doubtful(c.GetState()) {
			if n++; n > maxDoubtful {
				s.forget(c.GetId())
			}
		}
	}
}

// doubtful reports whether a command is over for the queue and not for people.
func doubtful(state flowdeskv1.CommandState) bool {
	switch state {
	case flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, flowdeskv1.CommandState_COMMAND_STATE_MANUAL:
		return true
	default:
		return false
	}
}

func (s *State) forget(command string) {
	s.Commands = remove(s.GetCommands(), func(c *flowdeskv1.PendingCommand) bool { return c.GetId() == command })
}
