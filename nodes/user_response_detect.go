package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type responseOut = *flowdeskv1.UserResponseDetectOutput

func init() {
	register(userResponseDetect, engine.OnResume[*flowdeskv1.UserResponseDetect, responseOut](userSpoke))
}

// userResponseDetect waits for the answers of the users whom the tasks address, until the tasks are over or their deadline has passed.
func userResponseDetect(run *engine.Run, cfg *flowdeskv1.UserResponseDetect) (responseOut, engine.Port, error) {
	tasks, err := run.Strs(cfg, "tasks")
	if err != nil {
		return nil, engine.Pending, err
	}
	wait, until := awaitUsers(run, tasks), run.Now()
	if len(wait.GetTasks()) == 0 {
		return &flowdeskv1.UserResponseDetectOutput{}, "none", nil
	}
	for _, id := range wait.GetTasks() {
		if due := run.State().Task(id).GetDeadline(); due != nil && due.AsTime().After(until) {
			until = due.AsTime()
		}
	}
	if !until.After(run.Now()) {
		until = run.Now().Add(workTime(run))
	}
	wait.Timers = []string{run.Timer(until)}
	run.Wait(wait)
	return &flowdeskv1.UserResponseDetectOutput{Task: wait.GetTasks()[0]}, "armed", nil
}

// awaitUsers is a wait for the users whom tasks address and for what others do with the tasks.
func awaitUsers(run *engine.Run, tasks []string) *flowdeskv1.NodeWait {
	w := &flowdeskv1.NodeWait{}
	for _, id := range tasks {
		t := run.State().Task(id)
		if t == nil || !awaitsAnswer(t) {
			continue
		}
		w.Tasks = append(w.Tasks, id)
		switch user := t.GetTargetUserId(); {
		case user == "":
			w.AnyMessage = true
		case !slices.Contains(w.GetParticipants(), user):
			w.Participants = append(w.Participants, user)
		}
	}
	return w
}

// userSpoke goes on by responded once the last of the tasks is answered or over, when one of them was answered.
func userSpoke(run *engine.Run, _ *flowdeskv1.UserResponseDetect, wake *engine.Wake) (responseOut, engine.Port, error) {
	if wake.Event.GetTimer() != nil {
		run.Note("任务期限已过，不再等待响应")
		return nil, engine.Ended, nil
	}
	noteAnswer(run, wake.Wait.GetTasks(), wake.Event)
	out := ownOutput[responseOut](run)
	for _, id := range wake.Wait.GetTasks() {
		if t := taskNow(run, id, wake.Event); answered(t) {
			out.Responded, out.Task, out.Message = true, id, t.GetResponseMessage()
			out.ResponseSeconds = secondsBetween(t.GetCreateTime().AsTime(), t.GetRespondedAt().AsTime())
		}
	}
	left := awaitUsers(run, wake.Wait.GetTasks())
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
