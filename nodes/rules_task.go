package nodes

import (
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// handleTask acts on a person's request about a task. A move that the task's state does not allow is refused in the turn's notes.
func handleTask(run *engine.Run, e *flowdeskv1.TaskEvent) {
	switch {
	case e.GetDone():
	case e.GetRevision() != 0 && staleTask(run, e):
		run.Note("refused: %s", engine.Changed)
	case e.GetCreate():
		task := proto.CloneOf(e.GetContent())
		task.Id, task.Origin = "", flowdeskv1.TaskOrigin_TASK_ORIGIN_PERSON
		task.State = desk.FirstTaskState(task.GetOrigin())
		task.Requester = run.Event().GetActor()
		if task.GetDeadline() == nil {
			task.Deadline = engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration()))
		}
		run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
	case e.GetDelete():
		run.DeleteTask(e.GetTask())
	default:
		editTask(run, e)
	}
}

// staleTask reports whether a request is based on an older revision of a task. An ended task is no longer part of the session: one that was open
// when it was read has changed since.
func staleTask(run *engine.Run, e *flowdeskv1.TaskEvent) bool {
	if t := run.State().Task(e.GetTask()); t != nil {
		return t.GetRevision() != e.GetRevision()
	}
	return e.GetContent() != nil && !engine.TaskEnded(e.GetContent().GetState())
}

// editTask changes an open task, or an ended one whose content the request brings along.
func editTask(run *engine.Run, e *flowdeskv1.TaskEvent) {
	task := run.State().Task(e.GetTask())
	if task == nil {
		task = e.GetContent()
	}
	if task == nil {
		run.Note("refused: task %s is not open", e.GetTask())
		return
	}
	task = proto.CloneOf(task)
	for _, field := range e.GetFields() {
		copyField(task, e.GetContent(), field)
	}
	if e.GetAction() != flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED {
		state, err := desk.MoveTask(task.GetState(), e.GetAction())
		if err != nil {
			run.Note("refused: %v", err)
			return
		}
		task.State = state
	}
	switch e.GetAction() {
	case flowdeskv1.TaskAction_TASK_ACTION_CLAIM, flowdeskv1.TaskAction_TASK_ACTION_REASSIGN:
		task.Assignee = e.GetContent().GetAssignee()
	case flowdeskv1.TaskAction_TASK_ACTION_REMIND:
		task.Reminders++
		remind(run, task)
	case flowdeskv1.TaskAction_TASK_ACTION_RESPOND:
		task.RespondedAt = run.Stamp()
	case flowdeskv1.TaskAction_TASK_ACTION_REOPEN:
		task.EndTime, task.RespondedAt = nil, nil
		reopenHandoff(run, task)
	default:
	}
	task.Reason = e.GetReason()
	run.PutTask(task, e.GetAction())
}

func copyField(to, from *flowdeskv1.TrackTask, name string) {
	field := to.ProtoReflect().Descriptor().Fields().ByTextName(name)
	if field == nil || from == nil {
		return
	}
	if from.ProtoReflect().Has(field) {
		to.ProtoReflect().Set(field, from.ProtoReflect().Get(field))
	} else {
		to.ProtoReflect().Clear(field)
	}
}

// remind reminds the addressed user of a task in the group.
func remind(run *engine.Run, task *flowdeskv1.TrackTask) {
	if task.GetTargetName() == "" {
		return
	}
	speak(run, speech{
		text: run.Render(run.Settings().GetOperatorReminderText(), "nickname", task.GetTargetName(), "instruction", task.GetTitle()),
		user: task.GetTargetUserId(), name: task.GetTargetName(), mention: true, purpose: "reminder", priority: task.GetPriority(),
		retries: defaultRetries, backoff: defaultBackoff,
	})
}
