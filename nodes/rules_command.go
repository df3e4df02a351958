package nodes

import (
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// recallWithin is how long the platform can take a text back.
const recallWithin = 2 * time.Minute

// handleCommandResult notes in the session how a command ended. What was said becomes a message of the session, and answers its question.
func handleCommandResult(run *engine.Run, result *flowdeskv1.CommandResult) {
	pending := run.State().Command(result.GetCommand())
	if result.GetCancelTooLate() {
		run.Note("command %s could not be cancelled: %s", result.GetCommand(), result.GetReason())
		return
	}
	run.SettleCommand(result.GetCommand(), result.GetState())
	if pending == nil || result.GetState() != flowdeskv1.CommandState_COMMAND_STATE_COMPLETED {
		return
	}
	run.StoreMessage(&flowdeskv1.Message{
		Id: result.GetCommand(), Session: run.State().GetId(), SenderName: robotTitle(run, result.GetRobot()), Role: flowdeskv1.Role_ROLE_ROBOT,
		RoleRule: "robot", Text: pending.GetText(), ContentType: 1, ReceiveTime: doneAt(run, result), Command: result.GetCommand(),
		FlowInstance: pending.GetInstance(), ReplyTo: pending.GetReplyTo(), Outgoing: true, Event: run.Event().GetId(),
	})
	if pending.GetReplyTo() != "" {
		closeQuestion(run, pending.GetReplyTo(), "robot")
	}
	if result.GetLate() {
		closeTaskOf(run, result.GetCommand())
	}
}

func doneAt(run *engine.Run, result *flowdeskv1.CommandResult) *timestamp {
	if result.GetDoneAt() != nil {
		return result.GetDoneAt()
	}
	return engine.Timestamp(run.Now())
}

func robotTitle(run *engine.Run, robot string) string { return run.Env().Robot(robot).GetTitle() }

// closeTaskOf closes the person's task about a command that a late success has done.
func closeTaskOf(run *engine.Run, command string) {
	for _, t := range run.State().GetTasks() {
		if t.GetCommand() != command {
			continue
		}
		run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, func(t *flowdeskv1.TrackTask) {
			t.State, t.Reason = flowdeskv1.TaskState_TASK_STATE_COMPLETED, "机器人已补发成功"
		})
		return
	}
}

// handleCommandRequest enqueues or cancels a command by hand.
func handleCommandRequest(run *engine.Run, request *flowdeskv1.CommandRequest) {
	if request.GetCancel() != "" {
		run.Cancel(request.GetCancel(), request.GetReason())
		return
	}
	command := proto.CloneOf(request.GetCommand())
	if command.GetPurpose() == "" {
		command.Purpose = "manual"
	}
	if _, refused := run.Enqueue(command); refused != "" {
		run.Note("refused: %s", refused)
	}
}

// handleWithdrawn takes a message back: pending replies to it are cancelled, its question is closed, and nobody has to answer it any more. What
// a robot said a moment ago is recalled.
func handleWithdrawn(run *engine.Run, w *flowdeskv1.MessageWithdrawn) {
	run.AnnotateMessage(&flowdeskv1.AnnotateMessage{Message: w.GetMessage(), Withdrawn: true})
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool { return c.GetReplyTo() == w.GetMessage() }) {
		run.Cancel(c.GetId(), "消息已撤回")
	}
	closeQuestion(run, w.GetMessage(), "withdrawn")
	cancelInstructions(run, w.GetMessage())
	u := run.State().Utterance(w.GetMessage())
	if u == nil || u.GetRole() != flowdeskv1.Role_ROLE_ROBOT || run.Now().Sub(u.GetTime().AsTime()) > recallWithin {
		return
	}
	_, refused := run.Enqueue(&flowdeskv1.Command{
		Kind: flowdeskv1.CommandKind_COMMAND_KIND_RECALL, Text: u.GetText(), Purpose: "recall", Priority: flowdeskv1.Priority_PRIORITY_HIGH,
		Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, ExpireTime: engine.Timestamp(u.GetTime().AsTime().Add(recallWithin)),
	})
	if refused != "" {
		run.Note("refused: %s", refused)
	}
}

// pendingReplies are the unsettled commands that have not left and fit.
func pendingReplies(run *engine.Run, fits func(*flowdeskv1.PendingCommand) bool) []*flowdeskv1.PendingCommand {
	var found []*flowdeskv1.PendingCommand
	for _, c := range run.State().GetCommands() {
		waits := c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_QUEUED || c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
		if waits && fits(c) {
			found = append(found, c)
		}
	}
	return found
}

// handleRobot notes the coming or going of a robot.
func handleRobot(run *engine.Run, change *flowdeskv1.RobotChange) {
	if change.GetOnline() {
		run.Note("robot %s is online", change.GetRobot())
		return
	}
	raiseAlert(run, alertFacts{
		level: flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT,
		text: "机器人 " + robotTitle(run, change.GetRobot()) + " 离线：" + change.GetReason(), subject: change.GetRobot(),
	})
}
