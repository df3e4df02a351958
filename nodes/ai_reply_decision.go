package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(aiReplyDecision) }

// aiReplyDecision decides whether the robot answers. The guards stand in their order; the first that holds decides, and its rule is the
// answer to why the robot was silent.
func aiReplyDecision(run *engine.Run, cfg *flowdeskv1.AiReplyDecision) (*flowdeskv1.AiReplyDecisionOutput, engine.Port, error) {
	u, err := engine.MessageOf[*flowdeskv1.Understanding](run, cfg, "understanding")
	if err != nil {
		return nil, engine.Pending, err
	}
	role := flowdeskv1.Role_ROLE_USER
	if p := run.State().Participant(run.Sender()); p != nil {
		role = p.GetRole()
	}
	facts := desk.PriorityFacts{Understanding: u, Role: role, Operator: operatorInvolved(run)}
	facts.Task, facts.TaskPriority = taskAbout(run, u)
	priority := desk.MessagePriority(facts)
	out := &flowdeskv1.AiReplyDecisionOutput{Priority: priority.Priority, Cancelled: takeBack(run, u)}
	decide := func(decision flowdeskv1.ReplyDecision, rule, reason string) {
		out.Decision, out.Rule, out.Reason = decision, rule, reason
		run.Note("%s: %s", rule, reason)
	}
	const (
		reply  = flowdeskv1.ReplyDecision_REPLY_DECISION_REPLY
		silent = flowdeskv1.ReplyDecision_REPLY_DECISION_SILENT
		person = flowdeskv1.ReplyDecision_REPLY_DECISION_HANDOFF
	)
	held, talk := run.State().Held(run.Sender()), smallTalk(run, u)
	switch {
	case role == flowdeskv1.Role_ROLE_ROBOT:
		decide(silent, "own_robot", "机器人自己的消息不回复")
	case run.State().Utterance(run.MessageID()).GetWithdrawn():
		decide(silent, "withdrawn", "消息已撤回")
	case u.GetSpam():
		decide(silent, "spam", "垃圾信息")
	case u.GetHandoff():
		decide(person, "handoff_asked", "用户要求转人工")
	case held != nil:
		decide(silent, "intervention", held.GetName()+" 已接手，机器人暂停至 "+held.GetUntil().AsTime().In(run.Zone()).Format("15:04"))
	case wordless(run, run.Message()):
		decide(silent, "no_text", lookAt(run))
	case !cfg.GetAnswerWhenOthersMentioned() && !callsUs(run) && mentionsSomebody(run):
		decide(silent, "others_mentioned", "消息 @ 的是其他人")
	case u.GetTakenBack() && !u.GetQuestion():
		decide(silent, "taken_back", "用户收回了问题")
	case u.GetResolved() && !u.GetQuestion():
		decide(silent, "resolved", "用户表示已解决")
	case !cfg.GetAnswerChitchat() && !callsUs(run) && idleTalk(run, u):
		decide(silent, "chitchat", "闲聊不回复")
	case !cfg.GetAnswerChitchat() && !callsUs(run) && pleased(u):
		decide(silent, "pleased", "用户表示满意，无需回复")
	case talk.Thanks:
		decide(silent, "thanks", "用户致谢，无需回复")
	case talk.Jests:
		decide(silent, "jest", "玩笑话不回复")
	case talk.Opens:
		decide(silent, "opening", "用户刚开口，等待问题")
	case talk.Urges:
		decide(silent, "urges", "用户在催促，问题已在处理")
	case (u.GetIntent() == flowdeskv1.Intent_INTENT_RESPONSE || u.GetResponse()) && !u.GetQuestion():
		decide(silent, "response", "应答语，无需回复")
	default:
		decide(reply, "answers_question", priority.Reason)
	}
	switch out.GetDecision() {
	case reply:
		return out, "reply", nil
	case person:
		if task := handedOver(run); task != "" {
			out.Task = task
			run.Note("task %s is open already", task)
		} else {
			out.Task = handOver(run, out.GetReason(), priority.Priority, vigilance{cfg.GetRemindAfter().AsDuration(), cfg.GetEscalateAfter().AsDuration()})
		}
		return out, "handoff", nil
	default:
		return out, "silent", nil
	}
}

// pleased reports whether a text only says that somebody is content: nothing is asked, and no task or matter of importance is in it. Told that
// the question was noted and staff called, such a user would wonder which question.
func pleased(u *flowdeskv1.Understanding) bool {
	return u.GetPolarity() == flowdeskv1.Polarity_POLARITY_POSITIVE && u.GetIntent() == flowdeskv1.Intent_INTENT_INFORMATION &&
		!asks(u) && !u.GetImportant() && u.GetTaskKind() == flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED
}

// takeBack drops what waits for a user who takes the question back or says that the matter is settled.
func takeBack(run *engine.Run, u *flowdeskv1.Understanding) []string {
	if !u.GetTakenBack() && !u.GetResolved() || run.Message() == nil {
		return nil
	}
	closeQuestionsOf(run, run.Sender(), closedByUser)
	switch {
	case u.GetResolved():
		endHandoffs(run, run.Sender(), flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, "用户表示已解决")
	case !u.GetQuestion():
		endHandoffs(run, run.Sender(), flowdeskv1.TaskAction_TASK_ACTION_CANCEL, "用户已收回")
	}
	return dropReplies(run, run.Sender(), "用户已收回问题")
}

// taskAbout is the kind and priority of the after-sales task that a message is about: the kind it names, else the sender's open task.
func taskAbout(run *engine.Run, u *flowdeskv1.Understanding) (flowdeskv1.TaskKind, flowdeskv1.Priority) {
	if kind := u.GetTaskKind(); kind != flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
		return kind, desk.TaskPriority(kind, u.GetTaskKindName(), run.Settings().GetTaskKinds())
	}
	task := openTaskOf(run)
	return task.GetKind(), task.GetPriority()
}

func mentionsSomebody(run *engine.Run) bool {
	for _, name := range wholeNames(run, run.Message().GetRawText(), run.Message().GetMentions()) {
		if engine.Prepared[*prepared](run).directory.Robot(name) == nil {
			return true
		}
	}
	return false
}
