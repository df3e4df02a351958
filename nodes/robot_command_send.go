package nodes

import (
	"cmp"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(robotCommandSend) }

// robotCommandSend puts a reply in the queue at once, in state delayed when its time is still to come: there staff, user and withdrawal can
// cancel it, a later reply to the same user takes it up, and it is judged again when its time comes.
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
	if reason := answeredMeanwhile(run, user); reason != "" {
		run.Note("nothing said: %s", reason)
		return &flowdeskv1.RobotCommandSendOutput{Reason: reason}, "failed", nil
	}
	b := &bundle{text: text, sendTime: sendTime, priority: cmp.Or(flowdeskv1.Priority(priority), flowdeskv1.Priority_PRIORITY_MEDIUM)}
	if reply := engine.Nearest[*flowdeskv1.AiReplyGenerateOutput](run); reply != nil {
		b.noAnswer = !reply.GetFound() && reply.GetText() == text
	}
	if b.noAnswer && run.Message() != nil {
		b.unsolved = []string{run.MessageID()}
	}
	for _, c := range slices.Backward(pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool {
		return c.GetPurpose() == purposeReply && c.GetTargetUser() == user && user != "" && c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	})) {
		b.takeUp(run, c)
	}
	s := speech{
		text: b.text, user: user, name: nickname(run, user), mention: cfg.GetMentionSender() && user != "", purpose: purposeReply, sendTime: b.sendTime,
		alsoAnswers: b.answers, noAnswer: b.noAnswer, noAnswerTo: b.leftOpen(), priority: b.priority, operator: operatorInvolved(run), duty: cfg.GetDuty(),
		expiry: cfg.GetExpiry().AsDuration(), retries: follow.retries, backoff: follow.backoff, onUnknown: follow.onUnknown,
	}
	if run.Message() != nil {
		s.replyTo = run.MessageID()
	}
	if delay := engine.Nearest[*flowdeskv1.DelayControlOutput](run); delay != nil {
		s.delayReason = delay.GetReason()
	}
	command, refused := speak(run, s)
	if refused != "" {
		return &flowdeskv1.RobotCommandSendOutput{Reason: refused}, "failed", nil
	}
	out := &flowdeskv1.RobotCommandSendOutput{Command: command.GetId(), SendTime: command.GetSendTime(), Duty: command.GetDuty(), Merged: b.merged}
	for _, c := range b.taken {
		reason := "同一用户有更新的回复"
		if slices.Contains(b.merged, c.GetId()) {
			reason = "并入同一用户更新的回复"
		}
		run.Supersede(c.GetId(), command.GetId(), reason)
		out.Superseded = append(out.Superseded, c.GetId())
	}
	return out, engine.Out, nil
}

// answeredMeanwhile says what happened between the message and this node that makes the reply needless: a model may have taken its time.
func answeredMeanwhile(run *engine.Run, user string) string {
	if run.Message() == nil || run.Event() == run.Start() {
		return ""
	}
	if run.State().Held(user) != nil {
		return "人工已介入"
	}
	return overtaken(run, user, run.MessageID(), "")
}

// followUp is the policy of the check that follows this node, with the defaults where none does.
func followUp(run *engine.Run) speech {
	s := speech{retries: defaultRetries, backoff: defaultBackoff, onUnknown: flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_HANDOFF}
	next := run.Program().Node(run.NodeID()).Next(engine.Out)
	if next == nil {
		return s
	}
	if check, ok := next.Config.(*flowdeskv1.AsyncResultCheck); ok {
		s.retries, s.backoff, s.onUnknown = check.GetRetry().GetMaxRetries(), check.GetRetry().GetBackoff().AsDuration(), check.GetOnUnknown()
	}
	return s
}

// What holds of a reply that no check follows.
const (
	defaultRetries = 3
	defaultBackoff = 10 * time.Second // wait before the first repetition
)
