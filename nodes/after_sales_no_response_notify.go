package nodes

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type afterSalesRemindOut = *flowdeskv1.AfterSalesNoResponseNotifyOutput

func init() {
	register(afterSalesNoResponseNotify, engine.OnResume[*flowdeskv1.AfterSalesNoResponseNotify, afterSalesRemindOut](afterSalesRemindGoesOn))
}

// afterSalesNoResponseNotify arms the reminder of each task that awaits its user.
func afterSalesNoResponseNotify(run *engine.Run, cfg *flowdeskv1.AfterSalesNoResponseNotify) (afterSalesRemindOut, engine.Port, error) {
	tasks, err := run.Strs(cfg, "tasks")
	if err != nil {
		return nil, engine.Pending, err
	}
	var w vigil
	for _, id := range tasks {
		t := run.State().Task(id)
		if t == nil || !desk.TaskAwaitsUser(t.GetState()) {
			continue
		}
		one := watch{task: id}
		due := run.Now().Add(cfg.GetReminderAfter().AsDuration())
		if cfg.GetEscalateAfter().AsDuration() <= cfg.GetReminderAfter().AsDuration() { // there is no time for a reminder
			one.reminded, due = true, run.Now().Add(cfg.GetEscalateAfter().AsDuration())
		}
		one.timer = w.timerAt(run, due)
		w.watches = append(w.watches, one)
	}
	out := &flowdeskv1.AfterSalesNoResponseNotifyOutput{}
	if len(w.watches) > 0 {
		out.Task = w.watches[0].task
		run.Wait(w.ofTasks())
	}
	return out, "armed", nil
}

// afterSalesRemindGoesOn reminds the user, and later escalates. An answer or the end of a task ends its watch. The port is taken when no task
// is left: notified when one was escalated, else responded when one was answered, else cancelled.
func afterSalesRemindGoesOn(run *engine.Run, cfg *flowdeskv1.AfterSalesNoResponseNotify, wake *engine.Wake) (afterSalesRemindOut, engine.Port, error) {
	w, out := vigilOf(wake.Wait), ownOutput[afterSalesRemindOut](run)
	var left []watch
	for i := range w.watches {
		one := &w.watches[i]
		t := taskNow(run, one.task, wake.Event)
		due := wake.Event.GetTimer() != nil && one.timer == wake.Event.GetTimer().GetTimer()
		switch {
		case t == nil || !desk.TaskAwaitsUser(t.GetState()):
			w.responded = w.responded || answered(t)
			out.Task, out.Reason = one.task, endOf(t)
			takeBackReminders(run, t, out.GetReason())
			continue
		case due && one.reminded:
			out.Task, out.Escalated, out.Reason = one.task, true, "提醒后仍无人回应，已升级"
			if err := escalateAfterSales(run, cfg, t); err != nil {
				return nil, engine.Pending, err
			}
			continue
		case due:
			said, reason, err := remindAfterSales(run, cfg, t)
			if err != nil {
				return nil, engine.Pending, err
			}
			out.Task, out.Reminded, out.Reason = one.task, out.GetReminded() || said, reason
			one.reminded, one.timer = true, w.timerAt(run, escalation(run, cfg))
		}
		left = append(left, *one)
	}
	w.watches = left
	switch {
	case len(left) > 0:
		run.Wait(w.ofTasks())
		return out, engine.Pending, nil
	case out.GetEscalated():
		return out, "notified", nil
	case w.responded:
		return out, "responded", nil
	default:
		return out, "cancelled", nil
	}
}

// escalation is when a task that was just reminded of is escalated.
func escalation(run *engine.Run, cfg *flowdeskv1.AfterSalesNoResponseNotify) time.Time {
	return run.Now().Add(cfg.GetEscalateAfter().AsDuration() - cfg.GetReminderAfter().AsDuration())
}

// ofTasks is a wait for what happens to the tasks and for the timers.
func (v vigil) ofTasks() *flowdeskv1.NodeWait {
	w := &flowdeskv1.NodeWait{Memo: []byte{memoOf(v.responded)}}
	for _, one := range v.watches {
		w.Tasks, w.Timers, w.Memo = append(w.Tasks, one.task), append(w.Timers, one.timer), append(w.Memo, memoOf(one.reminded))
	}
	return w
}

// remindAfterSales reminds the user in the group. It stays silent while a person holds the user's conversation.
func remindAfterSales(run *engine.Run, cfg *flowdeskv1.AfterSalesNoResponseNotify, t *flowdeskv1.TrackTask) (said bool, reason string, err error) {
	if held := run.State().Held(t.GetTargetUserId()); held != nil {
		return false, "到期无人回应；" + held.GetName() + " 已接手该会话，机器人不提醒", nil
	}
	text, err := run.Text(cfg, "reminder", cfg.GetReminder(), "nickname", t.GetTargetName(), "kind", kindLabel(t))
	if err != nil {
		return false, "", err
	}
	state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_REMIND)
	if err != nil {
		return false, "", err
	}
	speak(run, speech{
		text: text, user: t.GetTargetUserId(), name: t.GetTargetName(), mention: t.GetTargetName() != "", purpose: purposeReminder,
		priority: t.GetPriority(), retries: 3, backoff: defaultBackoff,
	})
	reason = "到期无人回应，已在群内提醒"
	run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_REMIND, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = state, reason
		t.Reminders++
	})
	return true, reason, nil
}

// escalateAfterSales puts a task into the staff's hands: it is escalated, the staff group is told, and the monitor shows it.
func escalateAfterSales(run *engine.Run, cfg *flowdeskv1.AfterSalesNoResponseNotify, t *flowdeskv1.TrackTask) error {
	state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE)
	if err != nil {
		run.Note("%v", err)
		return nil
	}
	text, err := run.Text(cfg, "staff_notice", cfg.GetStaffNotice(), "nickname", t.GetTargetName(), "group", groupTitle(run), "kind", kindLabel(t))
	if err != nil {
		return err
	}
	run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = state, "提醒后仍无人回应，已升级"
	})
	run.RecordFact(&flowdeskv1.Fact{Name: "after_sales_no_response", Subject: t.GetTargetUserId(), Value: answerSeconds(run, t), Task: t.GetId()})
	raiseAlert(run, alertFacts{
		level: flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED, participant: t.GetTargetUserId(),
		text: "售后任务（" + kindLabel(t) + "）无人回应", message: t.GetMessage(), task: t.GetId(),
	})
	notify(run, toStaffGroup(), text, "after_sales_no_response")
	return nil
}
