package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(updateTask) }

// updateTask moves an open task. It leaves by missing when the task is not open in this session, or its state does not allow the move.
func updateTask(run *engine.Run, cfg *flowdeskv1.UpdateTask) (*flowdeskv1.UpdateTaskOutput, engine.Port, error) {
	id, err := run.Str(cfg, "task")
	if err != nil {
		return nil, engine.Pending, err
	}
	reason, err := run.Text(cfg, "reason", cfg.GetReason())
	if err != nil {
		return nil, engine.Pending, err
	}
	out, task := &flowdeskv1.UpdateTaskOutput{Task: id}, run.State().Task(id)
	if task == nil {
		run.Note("task %s is not open here", id)
		return out, "missing", nil
	}
	state, err := desk.MoveTask(task.GetState(), cfg.GetAction())
	if err != nil {
		run.Note("%v", err)
		return out, "missing", nil
	}
	run.EditTask(id, cfg.GetAction(), func(t *flowdeskv1.TrackTask) {
		t.State, t.Reason = state, reason
		switch cfg.GetAction() { //nolint:exhaustive // the others change the state alone
		case flowdeskv1.TaskAction_TASK_ACTION_CLAIM, flowdeskv1.TaskAction_TASK_ACTION_REASSIGN:
			t.Assignee = cfg.GetAssignee()
		case flowdeskv1.TaskAction_TASK_ACTION_REMIND:
			t.Reminders++
		}
	})
	return out, engine.Out, nil
}
