package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type resultOut = *flowdeskv1.AsyncResultCheckOutput

func init() {
	register(asyncResultCheck, engine.OnResume[*flowdeskv1.AsyncResultCheck, resultOut](resultKnown))
}

// asyncResultCheck waits for the command's settled state; sending, looking up and repeating are the queue's work.
func asyncResultCheck(run *engine.Run, cfg *flowdeskv1.AsyncResultCheck) (resultOut, engine.Port, error) {
	command, err := run.Str(cfg, "command")
	if err != nil {
		return nil, engine.Pending, err
	}
	if command != "" {
		run.Wait(&flowdeskv1.NodeWait{Commands: []string{command}})
	}
	return &flowdeskv1.AsyncResultCheckOutput{Command: command}, "armed", nil
}

// resultKnown goes on by how the command ended. What failed for good, or cannot be known, falls to a person; a late success closes that.
func resultKnown(run *engine.Run, _ *flowdeskv1.AsyncResultCheck, wake *engine.Wake) (resultOut, engine.Port, error) {
	result := wake.Event.GetCommandResult()
	if result.GetCancelTooLate() {
		return nil, engine.Pending, nil
	}
	out := &flowdeskv1.AsyncResultCheckOutput{Command: result.GetCommand(), Attempts: result.GetAttempts(), Reason: result.GetReason()}
	switch result.GetState() {
	case flowdeskv1.CommandState_COMMAND_STATE_COMPLETED:
		out.Result = "success"
		return out, "success", nil
	case flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, flowdeskv1.CommandState_COMMAND_STATE_SUPERSEDED:
		out.Result = "cancelled"
		return out, "failed", nil
	case flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT:
		out.Result, out.Task = "unknown", personsTask(run, result, "机器人指令结果未知")
		return out, "unknown", nil
	default:
		out.Result, out.Task = "failed", personsTask(run, result, "机器人指令执行失败")
		return out, "failed", nil
	}
}

// personsTask hands a command to a person.
func personsTask(run *engine.Run, result *flowdeskv1.CommandResult, title string) string {
	task := &flowdeskv1.TrackTask{
		Origin: flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND, Kind: flowdeskv1.TaskKind_TASK_KIND_OTHER, State: flowdeskv1.TaskState_TASK_STATE_PENDING,
		Priority: flowdeskv1.Priority_PRIORITY_HIGH, Title: title, Reason: result.GetReason(), Command: result.GetCommand(), TargetUserId: run.Sender(),
		TargetName: nickname(run, run.Sender()), Message: run.MessageID(),
		Deadline: engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration())),
	}
	run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
	tellStaff(run, run.Sender(), title, result.GetReason())
	return task.GetId()
}
