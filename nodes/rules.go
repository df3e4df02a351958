package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// handle acts on the turn's event before any flow does.
func handle(run *engine.Run) {
	switch e := run.Event().GetPayload().(type) {
	case *flowdeskv1.Event_Message:
		handleMessage(run, e.Message)
	case *flowdeskv1.Event_CommandResult:
		handleCommandResult(run, e.CommandResult)
	case *flowdeskv1.Event_CommandRequest:
		handleCommandRequest(run, e.CommandRequest)
	case *flowdeskv1.Event_CommandText:
		handleCommandText(run, e.CommandText)
	case *flowdeskv1.Event_CommandDue:
		handleCommandDue(run, e.CommandDue)
	case *flowdeskv1.Event_Withdrawn:
		handleWithdrawn(run, e.Withdrawn)
	case *flowdeskv1.Event_Timer:
		handleTimer(run, e.Timer)
	case *flowdeskv1.Event_Task:
		handleTask(run, e.Task)
	case *flowdeskv1.Event_Alert:
		handleAlert(run, e.Alert)
	case *flowdeskv1.Event_SessionChange:
		handleSession(run, e.SessionChange)
	case *flowdeskv1.Event_Robot:
		handleRobot(run, e.Robot)
	}
}
