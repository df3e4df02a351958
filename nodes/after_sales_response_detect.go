package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type afterSalesOut = *flowdeskv1.AfterSalesResponseDetectOutput

func init() {
	register(afterSalesResponseDetect, engine.OnResume[*flowdeskv1.AfterSalesResponseDetect, afterSalesOut](afterSalesSpoke))
}

// afterSalesResponseDetect handles the answer that reached it, or waits for the answers to new tasks. An answer wakes first the instance that
// waits for it and then runs through the flow itself: whichever of the two is first marks the task and soothes the user, and the other finds
// that done.
func afterSalesResponseDetect(run *engine.Run, cfg *flowdeskv1.AfterSalesResponseDetect) (afterSalesOut, engine.Port, error) {
	tasks, err := run.Strs(cfg, "tasks")
	if err != nil {
		return nil, engine.Pending, err
	}
	responded, err := run.Bool(cfg, "responded")
	if err != nil {
		return nil, engine.Pending, err
	}
	tasks = slices.DeleteFunc(slices.Clone(tasks), func(id string) bool { return id == "" })
	out := &flowdeskv1.AfterSalesResponseDetectOutput{Tasks: tasks}
	if len(tasks) > 0 {
		out.Task = tasks[0]
	}
	if responded {
		return out, "armed", takeAnswer(run, cfg, out, out.GetTask(), run.Event())
	}
	if wait := awaitAfterSales(run, tasks); len(wait.GetTasks()) > 0 {
		wait.Timers = []string{run.Timer(lastDeadline(run, wait.GetTasks()))}
		run.Wait(wait)
	}
	return out, "armed", nil
}

// awaitAfterSales is a wait for the users of tasks and for what others do with the tasks.
func awaitAfterSales(run *engine.Run, tasks []string) *flowdeskv1.NodeWait {
	w := &flowdeskv1.NodeWait{}
	for _, id := range tasks {
		t := run.State().Task(id)
		if t == nil || !awaitsAfterSales(t) {
			continue
		}
		w.Tasks = append(w.Tasks, id)
		if !slices.Contains(w.GetParticipants(), t.GetTargetUserId()) {
			w.Participants = append(w.Participants, t.GetTargetUserId())
		}
	}
	return w
}

// afterSalesSpoke goes on by responded once the last of the tasks is answered or over, when one of them was answered.
func afterSalesSpoke(run *engine.Run, cfg *flowdeskv1.AfterSalesResponseDetect, wake *engine.Wake) (afterSalesOut, engine.Port, error) {
	if wake.Event.GetTimer() != nil {
		run.Note("任务期限已过，不再等待响应")
		return nil, engine.Ended, nil
	}
	out := ownOutput[afterSalesOut](run)
	if m := wake.Event.GetMessage(); m != nil {
		task := afterSalesTask(run, engine.ParticipantID(m.GetSenderName()), wake.Event.GetId())
		if task == nil || !slices.Contains(wake.Wait.GetTasks(), task.GetId()) {
			return nil, engine.Pending, nil // it answers a task of another instance
		}
		if followedToEnd(run) && run.Understand(withoutMentions(run, m)).GetCompletion() && isMeant(run, m, task) {
			run.Note("任务 %s：用户说已完成", task.GetId()) // AFTER_SALES_TASK_TRACK closes it; nobody has to come any more
			return nil, engine.Pending, nil
		}
		if yes, reason := answersAfterSales(run, m, task, nil); !yes {
			run.Note("任务 %s 未响应：%s", task.GetId(), reason)
			return nil, engine.Pending, nil
		}
		if err := takeAnswer(run, cfg, out, task.GetId(), wake.Event); err != nil {
			return nil, engine.Pending, err
		}
	}
	for _, id := range wake.Wait.GetTasks() {
		if t := taskNow(run, id, wake.Event); answered(t) {
			out.Responded, out.Task = true, id
		}
	}
	left := awaitAfterSales(run, wake.Wait.GetTasks())
	switch {
	case len(left.GetTasks()) > 0:
		if len(left.GetTasks()) < len(wake.Wait.GetTasks()) {
			left.Timers = wake.Wait.GetTimers()
			run.Wait(left)
		}
		return out, engine.Pending, nil
	case out.GetResponded():
		return out, "responded", nil
	default:
		run.Note("任务已结束，用户没有响应")
		return out, engine.Ended, nil
	}
}
