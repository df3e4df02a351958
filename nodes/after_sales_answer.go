package nodes

import (
	"strings"
	"unicode"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// awaitsAfterSales reports whether an answer of the user still counts: also after the escalation, because the person who then steps in wants
// to know that the user is there.
func awaitsAfterSales(t *flowdeskv1.TrackTask) bool {
	return t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES && awaitsAnswer(t)
}

// afterSalesTask is the task that a user's message would answer: the newest that awaits an answer, or the one that this very message has
// answered already, in an instance that waited for it.
func afterSalesTask(run *engine.Run, user, message string) *flowdeskv1.TrackTask {
	var found *flowdeskv1.TrackTask
	for _, t := range run.State().GetTasks() {
		if t.GetTargetUserId() != user || t.GetOrigin() != flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES {
			continue
		}
		if t.GetResponseMessage() == message {
			return t
		}
		if awaitsAfterSales(t) && (found == nil || !t.GetCreateTime().AsTime().Before(found.GetCreateTime().AsTime())) {
			found = t
		}
	}
	return found
}

// answersAfterSales reports whether a message is a response (在的, 好的, 收到 …) and why. Refusals, questions and longer texts about something
// else are none. Words that only this node is configured with count when they are the whole text.
//
// One that begins with a response and asks back about the task is a response too (来了，怎么弄): its sender is there, and waits for the person.
func answersAfterSales(run *engine.Run, m *flowdeskv1.MessageEvent, t *flowdeskv1.TrackTask, words []string) (yes bool, reason string) {
	text := withoutMentions(run, m)
	u := run.Understand(text)
	switch {
	case u.GetResponse():
		return true, "用户回应了售后任务"
	case u.GetSpam():
		return false, "垃圾信息，不是响应"
	}
	whole := strings.Trim(desk.FoldName(text), "，。！？,.!?~～ ")
	for _, word := range words {
		if folded := desk.FoldName(word); folded != "" && folded == whole && !u.GetQuestion() {
			return true, "用户回应了售后任务（" + word + "）"
		}
	}
	if comesAndAsks(run, text, t) {
		return true, "用户回应了售后任务并追问"
	}
	return false, "消息不是对售后任务的响应"
}

// comesAndAsks reports whether a text begins with a response and goes on with a question that leans on the task: it asks how, or names its kind.
func comesAndAsks(run *engine.Run, text string, t *flowdeskv1.TrackTask) bool {
	at := strings.IndexFunc(text, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
	if at <= 0 || !run.Understand(text[:at]).GetResponse() {
		return false
	}
	rest := strings.TrimLeftFunc(text[at:], func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
	asked := run.Understand(rest)
	switch {
	case !asked.GetQuestion() || asked.GetConflict() || asked.GetHandoff() || asked.GetIntent() == flowdeskv1.Intent_INTENT_COMPLAINT:
		return false
	case asked.GetTaskKind() != flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED:
		return matterOf(t) == taskMatter{asked.GetTaskKind(), asked.GetTaskKindName()}
	default:
		return desk.AsksBack(rest)
	}
}

// respondAfterSales marks a task as answered by a message.
func respondAfterSales(run *engine.Run, t *flowdeskv1.TrackTask, message, reason string) {
	state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_RESPOND)
	if err != nil {
		run.Note("%v", err)
		return
	}
	run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_RESPOND, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason, t.ResponseMessage, t.RespondedAt = state, reason, message, run.Stamp()
	})
	run.RecordFact(&flowdeskv1.Fact{
		Name: "after_sales_response", Subject: t.GetTargetUserId(), Value: answerSeconds(run, t), Task: t.GetId(), Message: message,
	})
}

// kindLabel is a task's kind as people call it.
func kindLabel(t *flowdeskv1.TrackTask) string {
	if t.GetKindName() != "" {
		return t.GetKindName()
	}
	return desk.Label(t.GetKind()).GetZh()
}
