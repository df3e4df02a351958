package nodes

import (
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type afterSalesTrackOut = *flowdeskv1.AfterSalesTaskTrackOutput

func init() {
	register(afterSalesTaskTrack, engine.OnResume[*flowdeskv1.AfterSalesTaskTrack, afterSalesTrackOut](afterSalesGoesOn))
}

// afterSalesTaskTrack follows tasks to their end. A task is followed once: by the instance that opened it, while that runs.
func afterSalesTaskTrack(run *engine.Run, cfg *flowdeskv1.AfterSalesTaskTrack) (afterSalesTrackOut, engine.Port, error) {
	tasks, err := run.Strs(cfg, "tasks")
	if err != nil {
		return nil, engine.Pending, err
	}
	var follow []string
	for _, id := range tasks {
		t := run.State().Task(id)
		opener := run.State().Instance(t.GetInstance())
		if t == nil || opener != nil && t.GetInstance() != run.InstanceID() {
			continue
		}
		follow = append(follow, id)
	}
	out := &flowdeskv1.AfterSalesTaskTrackOutput{}
	if wait := followAfterSales(run, follow); len(wait.GetTasks()) > 0 {
		out.Task = wait.GetTasks()[0]
		wait.Timers = []string{run.Timer(lastDeadline(run, wait.GetTasks()))}
		run.Wait(wait)
	}
	return out, "armed", nil
}

// followAfterSales is a wait for what happens to tasks and for those who may say that one is done: its user, who asked for it, and the staff
// known in the session.
func followAfterSales(run *engine.Run, tasks []string) *flowdeskv1.NodeWait {
	w := &flowdeskv1.NodeWait{}
	heed := func(participant string) {
		if participant != "" && !slices.Contains(w.GetParticipants(), participant) {
			w.Participants = append(w.Participants, participant)
		}
	}
	for _, id := range tasks {
		if t := run.State().Task(id); t != nil && desk.TaskOpen(t.GetState()) {
			w.Tasks = append(w.Tasks, id)
			heed(t.GetTargetUserId())
			heed(t.GetRequester())
		}
	}
	for _, p := range run.State().GetParticipants() {
		if len(w.GetTasks()) > 0 && staffRole(p.GetRole()) {
			heed(p.GetId())
		}
	}
	return w
}

func staffRole(role flowdeskv1.Role) bool {
	return role == flowdeskv1.Role_ROLE_AFTER_SALES || role == flowdeskv1.Role_ROLE_GROUP_ASSISTANT || role == flowdeskv1.Role_ROLE_OPERATOR
}

// lastDeadline is when the last of tasks is due.
func lastDeadline(run *engine.Run, tasks []string) time.Time {
	last := run.Now()
	for _, id := range tasks {
		if due := run.State().Task(id).GetDeadline(); due != nil && due.AsTime().After(last) {
			last = due.AsTime()
		}
	}
	if !last.After(run.Now()) {
		return run.Now().Add(workTime(run))
	}
	return last
}

// afterSalesGoesOn closes a task when somebody says that it is done. It leaves by done when no task is left, and by open when the last
// deadline has passed first.
func afterSalesGoesOn(run *engine.Run, cfg *flowdeskv1.AfterSalesTaskTrack, wake *engine.Wake) (afterSalesTrackOut, engine.Port, error) {
	out := ownOutput[afterSalesTrackOut](run)
	if wake.Event.GetTimer() != nil {
		return overdue(run, out, wake.Wait.GetTasks())
	}
	if m := wake.Event.GetMessage(); m != nil {
		if t := completedBy(run, cfg, wake.Wait.GetTasks(), m); t != nil {
			out.CompletedBy = m.GetSenderName()
			run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, func(t *flowdeskv1.TrackTask) {
				t.State, t.Reason = flowdeskv1.TaskState_TASK_STATE_COMPLETED, m.GetSenderName()+" 说已完成"
			})
		}
	}
	for _, id := range wake.Wait.GetTasks() {
		t := taskNow(run, id, wake.Event)
		if t.GetState() == flowdeskv1.TaskState_TASK_STATE_COMPLETED || wake.Event.GetMessage() != nil && run.State().Task(id) == nil {
			out.Task, out.Done = id, true
		}
	}
	left := followAfterSales(run, wake.Wait.GetTasks())
	switch {
	case len(left.GetTasks()) > 0:
		left.Timers = wake.Wait.GetTimers()
		run.Wait(left)
		return out, engine.Pending, nil
	case out.GetDone():
		return out, "done", nil
	default:
		run.Note("任务已取消")
		return out, engine.Ended, nil
	}
}

// completedBy is the task that a message says is done, nil when it says no such thing. A user speaks of the own task; staff of the task of
// the user whom they mention, else of the one whose user spoke last or that they asked for themselves, where there is only one.
func completedBy(run *engine.Run, cfg *flowdeskv1.AfterSalesTaskTrack, tasks []string, m *flowdeskv1.MessageEvent) *flowdeskv1.TrackTask {
	if !saysDone(run, cfg, m) {
		return nil
	}
	speaker, to := engine.ParticipantID(m.GetSenderName()), addressedBy(run, m)
	var own, meant []*flowdeskv1.TrackTask
	for _, id := range tasks {
		t := run.State().Task(id)
		switch {
		case t == nil || !desk.TaskOpen(t.GetState()) || !isMeant(run, m, t):
		case t.GetTargetUserId() == speaker:
			own = append(own, t)
		case slices.ContainsFunc(to.users, func(u addressee) bool { return u.participant == t.GetTargetUserId() }):
			own = append(own, t)
		case len(to.users) == 0:
			meant = append(meant, t)
		}
	}
	if len(own) > 0 {
		return own[len(own)-1]
	}
	if !staffRole(run.State().Participant(speaker).GetRole()) || len(meant) == 0 || openAfterSales(run) > 1 {
		return nil
	}
	return meant[0]
}

// isMeant reports whether a completion phrase is about what a task is about.
func isMeant(run *engine.Run, m *flowdeskv1.MessageEvent, t *flowdeskv1.TrackTask) bool {
	matter, known := doneMatter(run, m, t)
	if !known {
		run.Note("不清楚是哪项任务已完成：%s", t.GetTitle())
	}
	return known && matter == matterOf(t)
}

// openAfterSales counts the open after-sales tasks of the session.
func openAfterSales(run *engine.Run) int {
	n := 0
	for _, t := range run.State().GetTasks() {
		if t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES && desk.TaskOpen(t.GetState()) {
			n++
		}
	}
	return n
}

// saysDone reports whether a message is a completion phrase: no question and no negation.
func saysDone(run *engine.Run, cfg *flowdeskv1.AfterSalesTaskTrack, m *flowdeskv1.MessageEvent) bool {
	text := withoutMentions(run, m)
	u := run.Understand(text)
	if u.GetQuestion() {
		return false
	}
	return u.GetCompletion() || slices.ContainsFunc(cfg.GetCompletionPhrases(), func(phrase string) bool {
		return desk.FoldName(phrase) != "" && desk.FoldName(phrase) == desk.FoldName(text)
	})
}

// overdue escalates what is not done by its deadline.
func overdue(run *engine.Run, out afterSalesTrackOut, tasks []string) (afterSalesTrackOut, engine.Port, error) {
	for _, id := range tasks {
		t := run.State().Task(id)
		if t == nil || !desk.TaskOpen(t.GetState()) {
			continue
		}
		out.Task = id
		if state, err := desk.MoveTask(t.GetState(), flowdeskv1.TaskAction_TASK_ACTION_ESCALATE); err == nil {
			run.EditTask(id, flowdeskv1.TaskAction_TASK_ACTION_ESCALATE, func(t *flowdeskv1.TrackTask) { t.State, t.Reason = state, "到期未完成" })
		}
		notify(run, toAssignee(run, t), run.Render(run.Settings().GetPersonText(), "group", groupTitle(run), "nickname", t.GetTargetName(),
			"reason", "售后任务（"+kindLabel(t)+"）到期未完成", "text", t.GetTitle()), "after_sales_overdue")
	}
	return out, "open", nil
}
