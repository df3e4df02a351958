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
func resultKnown(run *engine.Run, cfg *flowdeskv1.AsyncResultCheck, wake *engine.Wake) (resultOut, engine.Port, error) {
	result := wake.Event.GetCommandResult()
	if result.GetCancelTooLate() {
		return nil, engine.Pending, nil
	}
	out := &flowdeskv1.AsyncResultCheckOutput{Command: result.GetCommand(), Attempts: result.GetAttempts(), Reason: result.GetReason()}
	switch result.GetState() {
	case flowdeskv1.CommandState_COMMAND_STATE_COMPLETED:
		out.Result = "success"
		return out, "success", nil
	case flowdeskv1.CommandState_COMMAND_STATE_SUPERSEDED:
		// A reply that a rule put together of several has no flow of its own that follows it.
		if by := run.State().Command(result.GetSupersededBy()); by != nil && by.GetInstance() == "" {
			out.Command = by.GetId()
			run.Wait(&flowdeskv1.NodeWait{Commands: []string{by.GetId()}})
			return out, engine.Pending, nil
		}
		fallthrough
	case flowdeskv1.CommandState_COMMAND_STATE_CANCELLED:
		out.Result = "cancelled"
		return out, "failed", nil
	case flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT:
		out.Result = "unknown"
		if cfg.GetOnUnknown() != flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_IGNORE {
			out.Task = personsTask(run, result, titleUnknown)
		}
		return out, "unknown", nil
	default:
		out.Result, out.Task = "failed", personsTask(run, result, titleFailed)
		return out, "failed", nil
	}
}

// Titles of the tasks about commands.
const (
	titleFailed  = "机器人指令执行失败"
	titleUnknown = "机器人指令结果未知"
)

// personsTask hands a command to a person, once. The staff is told where the command spoke to a user; a notice to the staff that failed is no
// matter for another one.
func personsTask(run *engine.Run, result *flowdeskv1.CommandResult, title string) string {
	for _, t := range run.State().GetTasks() {
		if t.GetCommand() == result.GetCommand() {
			return t.GetId()
		}
	}
	c := run.State().Command(result.GetCommand())
	task := &flowdeskv1.TrackTask{
		Origin: flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND, Kind: flowdeskv1.TaskKind_TASK_KIND_OTHER, State: flowdeskv1.TaskState_TASK_STATE_PENDING,
		Priority: flowdeskv1.Priority_PRIORITY_HIGH, Title: title, Reason: result.GetReason(), Command: result.GetCommand(),
		TargetUserId: c.GetTargetUser(), TargetName: nickname(run, c.GetTargetUser()), Message: c.GetReplyTo(),
		Deadline: engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration())),
	}
	run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
	if c.GetTargetUser() != "" {
		tellStaff(run, c.GetTargetUser(), title+"，"+result.GetReason(), c.GetText())
	}
	return task.GetId()
}
