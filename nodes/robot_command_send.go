package nodes

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(robotCommandSend) }

// robotCommandSend puts a reply in the queue at once, in state delayed when its time is still to come: there staff, user and withdrawal can
// cancel it, and a later reply to the same user supersedes it, so that nothing is fired as a burst.
func robotCommandSend(run *engine.Run, cfg *flowdeskv1.RobotCommandSend) (*flowdeskv1.RobotCommandSendOutput, engine.Port, error) {
	text, err := run.Str(cfg, "text")
	if err != nil {
		return nil, engine.Pending, err
	}
	sendTime, err := run.Time(cfg, "send_time")
	if err != nil {
		return nil, engine.Pending, err
	}
	priority, err := run.Enum(cfg, "priority")
	if err != nil {
		return nil, engine.Pending, err
	}
	user, follow := run.Sender(), followUp(run)
	s := speech{
		text: text, user: user, name: nickname(run, user), mention: cfg.GetMentionSender() && user != "", purpose: purposeReply, sendTime: sendTime,
		priority: flowdeskv1.Priority(priority), duty: cfg.GetDuty(), expiry: cfg.GetExpiry().AsDuration(), retries: follow.retries,
		backoff: follow.backoff, onUnknown: follow.onUnknown,
	}
	if run.Message() != nil {
		s.replyTo = run.MessageID()
	}
	if delay := engine.Nearest[*flowdeskv1.DelayControlOutput](run); delay != nil {
		s.delayReason = delay.GetReason()
	}
	earlier := pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool {
		return c.GetPurpose() == purposeReply && c.GetTargetUser() == user && c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	})
	command, refused := speak(run, s)
	if refused != "" {
		return &flowdeskv1.RobotCommandSendOutput{Reason: refused}, "failed", nil
	}
	out := &flowdeskv1.RobotCommandSendOutput{Command: command.GetId(), SendTime: command.GetSendTime(), Duty: command.GetDuty()}
	for _, c := range earlier {
		run.Supersede(c.GetId(), command.GetId(), "同一用户有更新的回复")
		out.Superseded = append(out.Superseded, c.GetId())
	}
	return out, engine.Out, nil
}

// followUp is the policy of the check that follows this node, with the defaults where none does.
func followUp(run *engine.Run) speech {
	s := speech{retries: 3, backoff: defaultBackoff, onUnknown: flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_HANDOFF}
	next := run.Program().Node(run.NodeID()).Next(engine.Out)
	if next == nil {
		return s
	}
	if check, ok := next.Config.(*flowdeskv1.AsyncResultCheck); ok {
		s.retries, s.backoff, s.onUnknown = check.GetRetry().GetMaxRetries(), check.GetRetry().GetBackoff().AsDuration(), check.GetOnUnknown()
	}
	return s
}

// defaultBackoff is the wait before the first repetition.
const defaultBackoff = 10 * time.Second
