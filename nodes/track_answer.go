package nodes

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// timerTaskClose is the purpose of the timer that completes an answered instruction of which nobody said more.
const timerTaskClose = "task_close"

// awaitsAnswer reports whether an answer of the user still counts: also after staff was told, who then need not act any more.
func awaitsAnswer(t *flowdeskv1.TrackTask) bool {
	return desk.TaskAwaitsUser(t.GetState()) || t.GetState() == flowdeskv1.TaskState_TASK_STATE_ESCALATED
}

// answered reports whether the user has answered a task; also one that was closed since.
func answered(t *flowdeskv1.TrackTask) bool {
	return t.GetState() == flowdeskv1.TaskState_TASK_STATE_RESPONDED || t.GetRespondedAt() != nil && !awaitsAnswer(t)
}

// taskNow is a task as it stands; an ended one as the event that ended it tells, nil when the event is about something else.
func taskNow(run *engine.Run, id string, event *flowdeskv1.Event) *flowdeskv1.TrackTask {
	if t := run.State().Task(id); t != nil {
		return t
	}
	if event.GetTask().GetTask() == id {
		return event.GetTask().GetContent()
	}
	return nil
}

// ownOutput is a copy of what the node gave when it last went on.
func ownOutput[O proto.Message](run *engine.Run) O {
	own, _ := run.Output(run.NodeID()).(O)
	return proto.CloneOf(own)
}

// noteAnswer marks the tasks that a message answers.
func noteAnswer(run *engine.Run, tasks []string, event *flowdeskv1.Event) {
	m := event.GetMessage()
	if m == nil {
		return
	}
	for _, id := range tasks {
		t := run.State().Task(id)
		if t == nil || !awaitsAnswer(t) || !speaksFor(run, t, m) {
			continue
		}
		yes, reason := answersTask(run, t, m)
		if !yes {
			run.Note("任务 %s 未响应：%s", id, reason)
			continue
		}
		respond(run, t, event, reason)
	}
}

// speaksFor reports whether a message comes from the user whom a task addresses: any user, where it addresses the group.
func speaksFor(run *engine.Run, t *flowdeskv1.TrackTask, m *flowdeskv1.MessageEvent) bool {
	if t.GetTargetUserId() != "" {
		return engine.ParticipantID(m.GetSenderName()) == t.GetTargetUserId()
	}
	return personNamed(run, m.GetSenderName()).role == flowdeskv1.Role_ROLE_USER
}

func answersTask(run *engine.Run, t *flowdeskv1.TrackTask, m *flowdeskv1.MessageEvent) (yes bool, reason string) {
	text, to := withoutMentions(run, m), addressedBy(run, m)
	return desk.AnswersInstruction(desk.AnswerFacts{
		Instruction: t.GetTitle(), Text: text, Understanding: run.Understand(text), ToOperator: to.operator,
		ToOthers: to.staff || len(to.users) > 0,
	})
}

// respond marks a task as answered and keeps how long it took. Of an answer that nobody follows up the task is completed at its deadline.
func respond(run *engine.Run, t *flowdeskv1.TrackTask, event *flowdeskv1.Event, reason string) {
	state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_RESPOND)
	if err != nil {
		run.Note("%v", err)
		return
	}
	run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_RESPOND, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason, t.ResponseMessage, t.RespondedAt = state, reason, event.GetId(), run.Stamp()
	})
	if t.GetDeadline() != nil {
		run.SessionTimer(timerTaskClose, t.GetId(), t.GetDeadline().AsTime())
	}
	run.RecordFact(&flowdeskv1.Fact{
		Name: "operator_response", Subject: engine.ParticipantID(event.GetMessage().GetSenderName()), Value: answerSeconds(run, t), Task: t.GetId(), Message: event.GetId(),
	})
}

// answerSeconds is the time from a task's opening to now.
func answerSeconds(run *engine.Run, t *flowdeskv1.TrackTask) float64 {
	return secondsBetween(t.GetCreateTime().AsTime(), run.Now())
}

// secondsBetween is the time between two instants, and none where the clock was put back between them.
func secondsBetween(from, to time.Time) float64 { return max(0, to.Sub(from).Seconds()) }

// closeAnswered completes an answered task at its deadline.
func closeAnswered(run *engine.Run, task string) {
	if run.State().Task(task).GetState() != flowdeskv1.TaskState_TASK_STATE_RESPONDED {
		return
	}
	run.EditTask(task, flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = flowdeskv1.TaskState_TASK_STATE_COMPLETED, "用户已响应，期限内没有后续"
	})
}

// cancelInstructions cancels the tasks that a withdrawn message opened.
func cancelInstructions(run *engine.Run, message string) {
	for _, t := range slices.Clone(run.State().GetTasks()) {
		asks := t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR || t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES
		if t.GetMessage() == message && asks && awaitsAnswer(t) {
			run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_CANCEL, func(t *flowdeskv1.TrackTask) {
				t.State, t.Reason = flowdeskv1.TaskState_TASK_STATE_CANCELLED, "消息已撤回"
			})
		}
	}
}
