package nodes

import (
	"cmp"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// What becomes of a hand-off that nobody takes: the staff is reminded, later the task is escalated with an alert, and what was taken and is not done
// by its deadline is escalated too. One timer of the session stands for the next of the three.

// timerHandoff is the purpose of that timer; its subject is the task.
const timerHandoff = "handoff"

// vigilance is how long a hand-off may wait for somebody; a length of zero is for ever.
type vigilance struct{ remind, escalate time.Duration }

// usualVigilance is what the organisation wants.
func usualVigilance(run *engine.Run) vigilance {
	return vigilance{run.Settings().GetHandoffReminder().AsDuration(), run.Settings().GetHandoffEscalation().AsDuration()}
}

// putHandoff opens a hand-off task and watches over it. The time by which somebody should have taken it stands in the task, where a person can move
// it.
func putHandoff(run *engine.Run, task *flowdeskv1.TrackTask, v vigilance) {
	task.Origin, task.Kind = flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF, flowdeskv1.TaskKind_TASK_KIND_OTHER
	task.State = flowdeskv1.TaskState_TASK_STATE_PENDING
	task.Deadline = engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration()))
	if v.escalate > 0 {
		task.ResponseDeadline = engine.Timestamp(staffTime(run, v.escalate))
	}
	run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
	watchHandoff(run, task, v.remind)
}

// watchHandoff arms the timer of a hand-off task from its beginning.
func watchHandoff(run *engine.Run, task *flowdeskv1.TrackTask, remind time.Duration) {
	due := task.GetResponseDeadline().AsTime()
	switch at := staffTime(run, remind); {
	case remind > 0 && (task.GetResponseDeadline() == nil || at.Before(due)):
		due = at
	case task.GetResponseDeadline() == nil:
		due = task.GetDeadline().AsTime()
	}
	run.SessionTimer(timerHandoff, task.GetId(), due)
}

// reopenHandoff lets a hand-off task that was reopened wait for somebody as a new one does.
func reopenHandoff(run *engine.Run, task *flowdeskv1.TrackTask) {
	if task.GetOrigin() != flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF {
		return
	}
	v := usualVigilance(run)
	task.Reminders, task.ResponseDeadline = 0, nil
	if v.escalate > 0 {
		task.ResponseDeadline = engine.Timestamp(staffTime(run, v.escalate))
	}
	if !task.GetDeadline().AsTime().After(run.Now()) {
		task.Deadline = engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration()))
	}
	watchHandoff(run, task, v.remind)
}

// staffTime is the instant at which so much of the staff's time has passed.
func staffTime(run *engine.Run, length time.Duration) time.Time {
	return desk.AfterStaffTime(run.Now(), length, run.Settings().GetStaffHours(), run.Zone())
}

// handoffDue does what is due about a hand-off task.
func handoffDue(run *engine.Run, id string) {
	t := run.State().Task(id)
	if t == nil || !desk.TaskOpen(t.GetState()) {
		return
	}
	passed := func(at *timestamp) bool { return at != nil && !at.AsTime().After(run.Now()) }
	taken := t.GetState() != flowdeskv1.TaskState_TASK_STATE_PENDING
	switch {
	case passed(t.GetDeadline()):
		escalateHandoff(run, t, "到期未完成")
	case taken:
		run.SessionTimer(timerHandoff, id, t.GetDeadline().AsTime())
	case passed(t.GetResponseDeadline()):
		escalateHandoff(run, t, "无人接手")
	default:
		remindOfHandoff(run, t)
	}
}

// remindOfHandoff reminds the responsible person, or the staff group where there is none, once.
func remindOfHandoff(run *engine.Run, t *flowdeskv1.TrackTask) {
	if t.GetReminders() == 0 {
		notify(run, toAssignee(run, t), handoffText(run, run.Settings().GetHandoffReminderText(), t), "handoff_reminder")
		run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED, func(t *flowdeskv1.TrackTask) {
			t.Reminders++
			t.Reason = "无人接手，已提醒工作人员"
		})
	}
	next := t.GetDeadline()
	if t.GetResponseDeadline() != nil {
		next = t.GetResponseDeadline()
	}
	if next != nil {
		run.SessionTimer(timerHandoff, t.GetId(), next.AsTime())
	}
}

// escalateHandoff escalates a task and raises the alert about it, which joins the one about the user's unanswered question: the staff hears once.
func escalateHandoff(run *engine.Run, t *flowdeskv1.TrackTask, reason string) {
	if state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE); err == nil {
		run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, func(t *flowdeskv1.TrackTask) { t.State, t.Reason = state, reason })
	}
	raiseAlert(run, alertFacts{
		level: flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED, participant: t.GetTargetUserId(),
		subject: t.GetId(), text: handoffText(run, run.Settings().GetHandoffEscalationText(), t), message: t.GetMessage(), task: t.GetId(),
	})
	if t.GetDeadline().AsTime().After(run.Now()) {
		run.SessionTimer(timerHandoff, t.GetId(), t.GetDeadline().AsTime())
	}
}

// handoffEased resolves the alert about a hand-off once somebody works on it, or it has ended.
func handoffEased(run *engine.Run, t *flowdeskv1.TrackTask) {
	if t.GetState() != flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS && desk.TaskOpen(t.GetState()) {
		return
	}
	a := openAlert(run, flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED, cmp.Or(t.GetTargetUserId(), t.GetId()))
	if a.GetTask() == t.GetId() && t.GetId() != "" {
		resolveAlert(run, a.GetId(), "转人工任务"+desk.Label(t.GetState()).GetZh(), true)
	}
}

func handoffText(run *engine.Run, template string, t *flowdeskv1.TrackTask) string {
	waited := max(0, run.Now().Sub(t.GetCreateTime().AsTime()))
	return run.Render(template, "group", groupTitle(run), "nickname", t.GetTargetName(), "reason", t.GetTitle(), "waited", desk.Length(waited))
}
