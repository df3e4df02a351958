package nodes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type noResponseOut = *flowdeskv1.NoResponseNotifyOutput

func init() {
	register(noResponseNotify, engine.OnResume[*flowdeskv1.NoResponseNotify, noResponseOut](noResponseGoesOn))
}

// purposeReminder is why the robot says a reminder.
const purposeReminder = "reminder"

// noResponseNotify arms the response deadline of each task.
func noResponseNotify(run *engine.Run, cfg *flowdeskv1.NoResponseNotify) (noResponseOut, engine.Port, error) {
	tasks, err := run.Strs(cfg, "tasks")
	if err != nil {
		return nil, engine.Pending, err
	}
	var w vigil
	for _, id := range tasks {
		if t := run.State().Task(id); t != nil && desk.TaskAwaitsUser(t.GetState()) {
			w.watches = append(w.watches, watch{task: id, timer: w.timerAt(run, responseDeadline(run, t))})
		}
	}
	out := &flowdeskv1.NoResponseNotifyOutput{}
	if len(w.watches) > 0 {
		out.Task = w.watches[0].task
		run.Wait(w.wait(run))
	}
	return out, "armed", nil
}

// noResponseGoesOn follows the tasks: at the deadline the user is reminded, some time later the staff is told. An answer or the end of a task
// ends its watch and takes back a reminder that has not left. The port is taken when no task is left: notified when the staff was told of one,
// else responded when one was answered, else cancelled.
func noResponseGoesOn(run *engine.Run, cfg *flowdeskv1.NoResponseNotify, wake *engine.Wake) (noResponseOut, engine.Port, error) {
	noteAnswer(run, wake.Wait.GetTasks(), wake.Event)
	spoke := cfg.GetAutoCancel() == flowdeskv1.AutoCancel_AUTO_CANCEL_ON_ANY_MESSAGE && wake.Event.GetMessage() != nil
	w, out := vigilOf(wake.Wait), ownOutput[noResponseOut](run)
	var left []watch
	var told []*flowdeskv1.TrackTask
	for i := range w.watches {
		one := &w.watches[i]
		t := taskNow(run, one.task, wake.Event)
		due := wake.Event.GetTimer() != nil && one.timer == wake.Event.GetTimer().GetTimer()
		held := run.State().Held(t.GetTargetUserId())
		switch {
		case t == nil || !stillPressed(cfg, t):
			w.responded = w.responded || answered(t)
			out.Task, out.Reason = one.task, endOf(t)
			takeBackReminders(run, t, out.GetReason())
			continue
		case spoke && speaksFor(run, t, wake.Event.GetMessage()):
			out.Task, out.Reason = one.task, "用户已在群里发言，按配置自动取消"
			takeBackReminders(run, t, out.GetReason())
			continue
		case due && cfg.GetCancelOnIntervention() && held != nil:
			out.Task, out.Reason = one.task, held.GetName()+" 已接手该会话，按配置自动取消"
			takeBackReminders(run, t, out.GetReason())
			continue
		case due && one.reminded:
			out.Task, out.StaffTold, out.Reason = one.task, true, unansweredReason(t)
			told = append(told, t)
			continue
		case due:
			said, reason, err := remindOnce(run, cfg, t)
			if err != nil {
				return nil, engine.Pending, err
			}
			out.Task, out.Reminded, out.Reason = one.task, out.GetReminded() || said, reason
			one.reminded, one.timer = true, w.timerAt(run, run.Now().Add(cfg.GetStaffDelay().AsDuration()))
		case wake.Event.GetTask().GetTask() == one.task && !one.reminded: // a person may have moved the deadline
			one.timer = w.timerAt(run, responseDeadline(run, t))
		}
		left = append(left, *one)
	}
	if err := tellNobodyAnswered(run, cfg, told); err != nil {
		return nil, engine.Pending, err
	}
	w.watches = left
	switch {
	case len(left) > 0:
		run.Wait(w.wait(run))
		return out, engine.Pending, nil
	case out.GetStaffTold():
		return out, "notified", nil
	case w.responded:
		return out, "responded", nil
	default:
		return out, "cancelled", nil
	}
}

// stillPressed reports whether a task still calls for reminder and notice: as long as it awaits its user, and also when that answered where only the
// end of the task counts.
func stillPressed(cfg *flowdeskv1.NoResponseNotify, t *flowdeskv1.TrackTask) bool {
	untilDone := cfg.GetAutoCancel() == flowdeskv1.AutoCancel_AUTO_CANCEL_ON_COMPLETION
	return desk.TaskAwaitsUser(t.GetState()) || untilDone && t.GetState() == flowdeskv1.TaskState_TASK_STATE_RESPONDED
}

// endOf says why nobody has to be reminded of a task.
func endOf(t *flowdeskv1.TrackTask) string {
	if t == nil {
		return "任务已删除"
	}
	reason := "任务状态为" + desk.Label(t.GetState()).GetZh()
	if t.GetReason() != "" {
		reason += "：" + t.GetReason()
	}
	return reason
}

// remindOnce reminds the user in the group. It stays silent while a person holds the user's conversation, when operator and user quarrel over the
// task, and when the user was reminded of another instruction a moment ago.
func remindOnce(run *engine.Run, cfg *flowdeskv1.NoResponseNotify, t *flowdeskv1.TrackTask) (said bool, reason string, err error) {
	if held := run.State().Held(t.GetTargetUserId()); held != nil {
		return false, "到期无人回应；" + held.GetName() + " 已接手该会话，机器人不提醒", nil
	}
	if t.GetConflict() {
		return false, "到期无人回应；冲突调和中，机器人不提醒", nil
	}
	if remindedLately(run, cfg, t) {
		return false, "到期无人回应；刚刚已提醒过该用户，不重复提醒", nil
	}
	text, err := run.Text(cfg, "reminder", cfg.GetReminder(), "nickname", cmp.Or(t.GetTargetName(), "大家"), "instruction", t.GetTitle())
	if err != nil {
		return false, "", err
	}
	state := t.GetState()
	if state != flowdeskv1.TaskState_TASK_STATE_RESPONDED { // who answered and is pressed for the end stays so
		if state, err = desk.MoveTask(state, flowdeskv1.TaskAction_TASK_ACTION_REMIND); err != nil {
			return false, "", err
		}
	}
	speak(run, speech{
		text: text, user: t.GetTargetUserId(), name: t.GetTargetName(), mention: t.GetTargetName() != "", purpose: purposeReminder,
		priority: flowdeskv1.Priority_PRIORITY_HIGH, operator: true, retries: 3, backoff: defaultBackoff,
	})
	reason = "到期无人回应，已在群内提醒"
	if t.GetRespondedAt() != nil {
		reason = "已回应但到期未完成，已在群内提醒"
	}
	run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_REMIND, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = state, reason
		t.Reminders++
	})
	return true, reason, nil
}

// remindedLately reports whether the user was reminded, by hand or of another instruction, within the time before the staff is told.
func remindedLately(run *engine.Run, cfg *flowdeskv1.NoResponseNotify, t *flowdeskv1.TrackTask) bool {
	since := run.Now().Add(-cfg.GetStaffDelay().AsDuration())
	return slices.ContainsFunc(run.State().GetTasks(), func(o *flowdeskv1.TrackTask) bool {
		return o.GetTargetUserId() == t.GetTargetUserId() && o.GetOrigin() == t.GetOrigin() && o.GetReminders() > 0 && o.GetUpdateTime().AsTime().After(since)
	})
}

// takeBackReminders cancels reminders of a task's user that have not left.
func takeBackReminders(run *engine.Run, t *flowdeskv1.TrackTask, reason string) {
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool {
		return t != nil && c.GetPurpose() == purposeReminder && c.GetInstance() == run.InstanceID() && c.GetTargetUser() == t.GetTargetUserId()
	}) {
		run.Cancel(c.GetId(), reason)
	}
}

// tellNobodyAnswered tells the staff of the users who were reminded in vain, in one notice for each instruction, and puts their tasks in the
// staff's hands.
func tellNobodyAnswered(run *engine.Run, cfg *flowdeskv1.NoResponseNotify, tasks []*flowdeskv1.TrackTask) error {
	for len(tasks) > 0 {
		title := tasks[0].GetTitle()
		var names []string
		var others []*flowdeskv1.TrackTask
		for _, t := range tasks {
			if t.GetTitle() != title {
				others = append(others, t)
				continue
			}
			names = append(names, cmp.Or(t.GetTargetName(), "全体用户"))
			escalateUnanswered(run, t)
		}
		text, err := run.Text(cfg, "staff_notice", cfg.GetStaffNotice(), "nickname", strings.Join(names, "、"), "group", groupTitle(run), "instruction", title)
		if err != nil {
			return err
		}
		notify(run, toStaffGroup(), text, "no_response")
		tasks = others
	}
	return nil
}

func escalateUnanswered(run *engine.Run, t *flowdeskv1.TrackTask) {
	state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE)
	if err != nil {
		run.Note("%v", err)
		return
	}
	reason, responded := unansweredReason(t), t.GetRespondedAt() != nil
	if t.GetReminders() > 0 && !responded {
		reason = "提醒后仍无人回应，已通知工作人员"
	}
	run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = state, reason
	})
	if !responded {
		run.RecordFact(&flowdeskv1.Fact{Name: "operator_no_response", Subject: t.GetTargetUserId(), Value: answerSeconds(run, t), Task: t.GetId()})
	}
}

// unansweredReason says why the staff is told of a task.
func unansweredReason(t *flowdeskv1.TrackTask) string {
	if t.GetRespondedAt() != nil {
		return "已回应但到期未完成，已通知工作人员"
	}
	return "到期无人回应，已通知工作人员"
}
