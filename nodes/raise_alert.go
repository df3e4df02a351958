package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(raiseAlertNode) }

// raiseAlertNode raises an alert about the event's sender, or the flow itself where there is none; an open one of the same cause is joined.
func raiseAlertNode(run *engine.Run, cfg *flowdeskv1.RaiseAlert) (*flowdeskv1.RaiseAlertOutput, engine.Port, error) {
	text, err := run.Text(cfg, "text", cfg.GetText())
	if err != nil {
		return nil, engine.Pending, err
	}
	alert, joined := raiseAlert(run, alertFacts{
		level: cfg.GetLevel(), category: cfg.GetCategory(), text: text, participant: run.Sender(), subject: run.FlowID(), message: messageOf(run),
	})
	return &flowdeskv1.RaiseAlertOutput{Alert: alert, Joined: joined}, engine.Out, nil
}

// messageOf is the message that began the instance; empty when it was something else.
func messageOf(run *engine.Run) string {
	if run.Message() == nil {
		return ""
	}
	return run.MessageID()
}
