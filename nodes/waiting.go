package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
)

// Replies that wait in the queue: they can be cancelled, taken up by a later one, and are judged again when their time comes.

// pendingReplies are the unsettled commands that have not left and fit.
func pendingReplies(run *engine.Run, fits func(*flowdeskv1.PendingCommand) bool) []*flowdeskv1.PendingCommand {
	var found []*flowdeskv1.PendingCommand
	for _, c := range run.State().GetCommands() {
		waits := c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_QUEUED || c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
		if waits && fits(c) {
			found = append(found, c)
		}
	}
	return found
}

// answers reports whether a command answers a message.
func answers(c *flowdeskv1.PendingCommand, message string) bool {
	return message != "" && (c.GetReplyTo() == message || slices.Contains(c.GetAlsoAnswers(), message))
}

// dropReplies cancels the waiting replies to a user, or to everybody where it is empty.
func dropReplies(run *engine.Run, user, reason string) (cancelled []string) {
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool {
		return c.GetPurpose() == purposeReply && (user == "" || c.GetTargetUser() == user)
	}) {
		run.Cancel(c.GetId(), reason)
		cancelled = append(cancelled, c.GetId())
	}
	return cancelled
}

// handleCommandDue judges a reply again when its time has come. What is still wanted leaves, as one with the other replies that are due to the
// same user.
func handleCommandDue(run *engine.Run, due *flowdeskv1.CommandDue) {
	c := run.State().Command(due.GetCommand())
	if c == nil || c.GetPurpose() != purposeReply {
		run.Release(due.GetCommand())
		return
	}
	if reason := unwanted(run, c); reason != "" {
		run.Note("command %s dropped: %s", c.GetId(), reason)
		run.Cancel(c.GetId(), reason)
		return
	}
	if !sayTogether(run, c) {
		run.Release(c.GetId())
	}
}

// unwanted says why a reply is not wanted any more; empty when it is. One that answers several messages is wanted as long as one of them is.
func unwanted(run *engine.Run, c *flowdeskv1.PendingCommand) string {
	if run.State().Held(c.GetTargetUser()) != nil {
		return "人工已介入"
	}
	reason := overtaken(run, c.GetTargetUser(), c.GetReplyTo(), c.GetText())
	for _, message := range c.GetAlsoAnswers() {
		if reason != "" {
			reason = overtaken(run, c.GetTargetUser(), message, c.GetText())
		}
	}
	return reason
}

// overtaken says what has happened since a message of a user that makes an answer needless; empty when nothing has. Words of staff that mention
// nobody were judged when they were said: where several users asked, a question that they left open they did not answer. Where nobody else had
// asked they answer the one who did, also when no flow took notice of them.
func overtaken(run *engine.Run, user, message, answer string) string {
	context := run.State().GetContext()
	asked := slices.IndexFunc(context, func(u *flowdeskv1.Utterance) bool { return u.GetMessage() == message })
	if asked < 0 {
		return ""
	}
	if context[asked].GetWithdrawn() {
		return "消息已撤回"
	}
	for i, u := range context[asked+1:] {
		switch {
		case u.GetWithdrawn():
		case isStaff(u.GetRole()) && speaksTo(run, u, user) &&
			(run.State().Question(message) == nil || len(text.Mentions(u.GetText())) > 0 || alone(context[:asked+1+i], user)):
			return repliedFirst(u.GetName())
		case u.GetParticipant() == user && user != "" && u.GetRole() == flowdeskv1.Role_ROLE_USER && takesBack(run, u.GetText()):
			return "用户已收回问题"
		case u.GetRole() == flowdeskv1.Role_ROLE_ROBOT && u.GetTargetUser() == user && u.GetText() == answer:
			return "已回复过相同内容"
		}
	}
	return ""
}

// alone reports whether nobody but a user is among the users who spoke.
func alone(spoken []*flowdeskv1.Utterance, user string) bool {
	return !slices.ContainsFunc(spoken, func(u *flowdeskv1.Utterance) bool {
		return u.GetRole() == flowdeskv1.Role_ROLE_USER && u.GetParticipant() != user
	})
}

func repliedFirst(name string) string { return name + " 已先回复" }

// speaksTo reports whether words of staff may be an answer to a user: those that mention the user, or nobody. An announcement to everyone, and
// words to others, are none.
func speaksTo(run *engine.Run, u *flowdeskv1.Utterance, user string) bool {
	mentions := text.Mentions(u.GetText())
	if len(mentions) == 0 {
		return true
	}
	names := make([]string, len(mentions))
	for i, m := range mentions {
		names[i] = m.Name
	}
	var known roll
	return slices.ContainsFunc(wholeNames(run, u.GetText(), names), func(name string) bool {
		return !desk.IsEveryone(name) && known.named(run, name).participant == user
	})
}

func isStaff(role flowdeskv1.Role) bool {
	switch role {
	case flowdeskv1.Role_ROLE_GROUP_ASSISTANT, flowdeskv1.Role_ROLE_AFTER_SALES, flowdeskv1.Role_ROLE_OPERATOR:
		return true
	default:
		return false
	}
}

// takesBack reports whether a user's text takes questions back, or says that the matter is settled.
func takesBack(run *engine.Run, said string) bool {
	u := run.Understand(said)
	return u.GetTakenBack() || u.GetResolved()
}
