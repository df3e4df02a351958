package nodes

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// recallWithin is how long the platform can take a text back.
const recallWithin = 2 * time.Minute

// handleCommandResult notes in the session how a command ended. What was said becomes a message of the session, and answers its questions. What
// failed for good is a person's work.
func handleCommandResult(run *engine.Run, result *flowdeskv1.CommandResult) {
	if result.GetCancelTooLate() {
		run.Note("command %s could not be cancelled: %s", result.GetCommand(), result.GetReason())
		run.SettleCommand(result.GetCommand(), flowdeskv1.CommandState_COMMAND_STATE_SENT)
		return
	}
	if result.GetEditTooLate() != "" {
		run.Note("the text of command %s could not be changed: %s", result.GetCommand(), result.GetReason())
		run.RevertCommand(result.GetCommand(), result.GetEditTooLate())
		return
	}
	pending := run.State().Command(result.GetCommand())
	if pending == nil {
		pending = run.State().CancelledCommand(result.GetCommand())
	}
	if pending == nil {
		run.SettleCommand(result.GetCommand(), result.GetState())
		return
	}
	pending = proto.CloneOf(pending)
	pending.Text = engine.TextOf(pending, result.GetEdit())
	switch result.GetState() {
	case flowdeskv1.CommandState_COMMAND_STATE_COMPLETED:
		said(run, pending, result)
		run.SettleCommand(pending.GetId(), result.GetState())
		closeTaskOf(run, pending.GetId())
	case flowdeskv1.CommandState_COMMAND_STATE_FAILED:
		if result.GetLate() { // somebody found out; the task about it is open
			run.SettleCommand(pending.GetId(), result.GetState())
			return
		}
		run.SettleCommand(pending.GetId(), flowdeskv1.CommandState_COMMAND_STATE_MANUAL)
		handFailure(run, result, titleFailed)
	case flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT:
		run.SettleCommand(pending.GetId(), result.GetState())
		if pending.GetOnUnknown() != flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_IGNORE {
			handFailure(run, result, titleUnknown)
		}
	default:
		run.SettleCommand(pending.GetId(), result.GetState())
	}
}

// said makes what a robot said a message of the session; a notice to another chat is none of this one. That there is no answer, or that a person
// will come, leaves the question open.
func said(run *engine.Run, c *flowdeskv1.PendingCommand, result *flowdeskv1.CommandResult) {
	if c.GetTargetSession() != "" || c.GetPurpose() == purposeRecall {
		return
	}
	run.StoreMessage(&flowdeskv1.Message{
		Id: c.GetId(), Session: run.State().GetId(), SenderName: robotTitle(run, result.GetRobot()), Role: flowdeskv1.Role_ROLE_ROBOT,
		RoleRule: desk.RuleRobot, Text: c.GetText(), ContentType: 1, ReceiveTime: doneAt(run, result), Command: c.GetId(),
		FlowInstance: c.GetInstance(), ReplyTo: c.GetReplyTo(), Outgoing: true, Event: run.Event().GetId(),
	})
	if c.GetPurpose() != purposeReply || c.GetNoAnswer() {
		return
	}
	for _, message := range append([]string{c.GetReplyTo()}, c.GetAlsoAnswers()...) {
		if !leavesOpen(c, message) {
			closeQuestion(run, message, closedByRobot)
		}
	}
}

// handFailure hands a command to a person unless an instance follows it, which does so itself.
func handFailure(run *engine.Run, result *flowdeskv1.CommandResult, title string) {
	for _, i := range run.State().GetInstances() {
		for _, w := range i.GetWaits() {
			if slices.Contains(w.GetCommands(), result.GetCommand()) {
				return
			}
		}
	}
	personsTask(run, result, title)
}

func doneAt(run *engine.Run, result *flowdeskv1.CommandResult) *timestamp {
	if result.GetDoneAt() != nil {
		return result.GetDoneAt()
	}
	return run.Stamp()
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

// handleCommandText changes the text of a command by hand. Whether it has left meanwhile the queue knows: its compare-and-set decides.
func handleCommandText(run *engine.Run, request *flowdeskv1.CommandTextRequest) {
	run.EditCommand(request.GetCommand(), request.GetEdits(), &flowdeskv1.CommandEdit{
		Before: request.GetBefore(), Text: request.GetText(), Actor: run.Event().GetActor(), Time: run.Stamp(), Reason: request.GetReason(),
		Event: run.Event().GetId(),
	})
}

// handleWithdrawn takes a message back: pending replies to it are cancelled, its question is closed, and nobody has to answer it any more. What
// a robot said a moment ago is recalled.
func handleWithdrawn(run *engine.Run, w *flowdeskv1.MessageWithdrawn) {
	run.AnnotateMessage(&flowdeskv1.AnnotateMessage{Message: w.GetMessage(), Withdrawn: true})
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool { return answers(c, w.GetMessage()) }) {
		if unwanted(run, c) != "" {
			run.Cancel(c.GetId(), "消息已撤回")
		} else {
			run.Note("command %s also answers messages that stand", c.GetId())
		}
	}
	closeQuestion(run, w.GetMessage(), closedWithdrawn)
	cancelInstructions(run, w.GetMessage())
	u := run.State().Utterance(w.GetMessage())
	if u == nil || u.GetRole() != flowdeskv1.Role_ROLE_ROBOT || run.Now().Sub(u.GetTime().AsTime()) > recallWithin {
		return
	}
	speaker := engine.Prepared[*prepared](run).directory.Robot(u.GetName())
	if speaker == nil {
		run.Note("refused: nobody knows which robot said it")
		return
	}
	_, refused := run.Enqueue(&flowdeskv1.Command{
		Kind: flowdeskv1.CommandKind_COMMAND_KIND_RECALL, Text: u.GetText(), Purpose: purposeRecall, Priority: flowdeskv1.Priority_PRIORITY_HIGH,
		Robot: speaker.GetId(), Duty: speakingDuty(speaker), ExpireTime: engine.Timestamp(u.GetTime().AsTime().Add(recallWithin)),
	})
	if refused != "" {
		run.Note("refused: %s", refused)
	}
}

// speakingDuty is a duty under which a robot speaks: only who said a text can take it back.
func speakingDuty(robot *flowdeskv1.Robot) flowdeskv1.Duty {
	for _, duty := range robot.GetDuties() {
		if duty != flowdeskv1.Duty_DUTY_MONITOR {
			return duty
		}
	}
	return flowdeskv1.Duty_DUTY_DAY_REPLY
}

// handleRobot raises an alert when a robot goes or the circuit breaker pauses it, which says who stands in, and resolves it when the robot is
// back.
func handleRobot(run *engine.Run, change *flowdeskv1.RobotChange) {
	if change.GetBreaker() {
		handleBreaker(run, change)
		return
	}
	if change.GetOnline() {
		run.Note("robot %s is online", change.GetRobot())
		if a := openAlert(run, flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, change.GetRobot()); a != nil {
			resolveAlert(run, a.GetId(), "机器人已恢复在线", true)
		}
		return
	}
	text := "机器人 " + robotTitle(run, change.GetRobot()) + " 离线：" + change.GetReason() + standIns(run, change)
	raiseAlert(run, alertFacts{
		level: flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, text: text, subject: change.GetRobot(),
	})
}

// breakerOf is what distinguishes the alert about a robot's breaker from the one about its absence: one may end while the other lasts.
func breakerOf(robot string) string { return robot + "/breaker" }

func handleBreaker(run *engine.Run, change *flowdeskv1.RobotChange) {
	subject := breakerOf(change.GetRobot())
	if change.GetOnline() {
		run.Note("robot %s sends again", change.GetRobot())
		if a := openAlert(run, flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, subject); a != nil {
			resolveAlert(run, a.GetId(), "机器人已恢复发送", true)
		}
		return
	}
	raiseAlert(run, alertFacts{
		level: flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, subject: subject,
		text: "机器人 " + robotTitle(run, change.GetRobot()) + " 已熔断：" + change.GetReason(),
	})
}

// standIns says who carries a robot's duties while it is away.
func standIns(run *engine.Run, change *flowdeskv1.RobotChange) (text string) {
	for _, duty := range change.GetDuties() {
		if duty != flowdeskv1.Duty_DUTY_MONITOR {
			text += "；" + desk.ChooseRobot(run.Env().GetRobots(), nil, duty).Reason
		}
	}
	return text
}
