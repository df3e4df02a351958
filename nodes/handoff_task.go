package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// handedOver is the sender's open hand-off task, empty when there is none.
func handedOver(run *engine.Run) string {
	for _, t := range handoffs(run, run.Sender()) {
		return t.GetId()
	}
	return ""
}

// handoffs are the open hand-off tasks of a user, or of everybody where it is empty.
func handoffs(run *engine.Run, user string) []*flowdeskv1.TrackTask {
	return slices.DeleteFunc(slices.Clone(run.State().GetTasks()), func(t *flowdeskv1.TrackTask) bool {
		return t.GetOrigin() != flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF || user != "" && t.GetTargetUserId() != user || !desk.TaskOpen(t.GetState())
	})
}

// endHandoffs ends what a user was handed over for.
func endHandoffs(run *engine.Run, user string, action flowdeskv1.TaskAction, reason string) {
	for _, t := range handoffs(run, user) {
		moveTask(run, t, action, reason, "")
	}
}

// claimHandoffs lets the person who takes a user's conversation over have the hand-off task that waits for somebody.
func claimHandoffs(run *engine.Run, user, person, name string) {
	for _, t := range handoffs(run, user) {
		if t.GetState() != flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS {
			moveTask(run, t, flowdeskv1.TaskAction_TASK_ACTION_CLAIM, name+" 已接手", person)
		}
	}
}

// moveTask changes a task's state, and its assignee where one is given.
func moveTask(run *engine.Run, t *flowdeskv1.TrackTask, action flowdeskv1.TaskAction, reason, assignee string) {
	state, err := desk.MoveTask(t.GetState(), action)
	if err != nil {
		run.Note("%v", err)
		return
	}
	run.EditTask(t.GetId(), action, func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = state, reason
		if assignee != "" {
			t.Assignee = assignee
		}
	})
}

// handOver opens a task for the staff, holds the conversation for them and tells the user and the staff group.
func handOver(run *engine.Run, reason string, priority flowdeskv1.Priority, v vigilance) string {
	return openHandoff(run, reason, priority, run.Render(run.Settings().GetHandoffText(), "nickname", nickname(run, run.Sender())), nil, v)
}

// openHandoff is handOver with a text to the user, nothing where it is empty, and a time at which the robot returns.
func openHandoff(run *engine.Run, reason string, priority flowdeskv1.Priority, text string, until *timestamp, v vigilance) string {
	user := run.Sender()
	task := &flowdeskv1.TrackTask{
		Priority: max(priority, flowdeskv1.Priority_PRIORITY_MEDIUM), Title: reason, TargetUserId: user, TargetName: nickname(run, user),
		Message: messageOf(run),
	}
	if g := run.Env().Group(run.State().GetId()); len(g.GetStaff()) > 0 {
		task.Assignee = g.GetStaff()[0]
	}
	putHandoff(run, task, v)
	hold(run, task.GetAssignee(), user, until, false, reason)
	if text != "" {
		speak(run, speech{
			text: text, user: user, name: nickname(run, user), mention: user != "", purpose: "handoff", replyTo: messageOf(run),
			priority: flowdeskv1.Priority_PRIORITY_HIGH, retries: defaultRetries, backoff: defaultBackoff,
		})
	}
	tellStaff(run, user, reason, run.Message().GetText())
	return task.GetId()
}
