package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() {
	register(delayControl, engine.Checks[*flowdeskv1.DelayControl, *flowdeskv1.DelayControlOutput](checkDelay))
}

// delayControl decides when a reply may leave: now, later tonight, or tomorrow.
func delayControl(run *engine.Run, cfg *flowdeskv1.DelayControl) (*flowdeskv1.DelayControlOutput, engine.Port, error) {
	priority, err := run.Enum(cfg, "priority")
	if err != nil {
		return nil, engine.Pending, err
	}
	slot := desk.Delay(cfg.GetRules(), run.Zone(), run.Now(), run.Rand(), flowdeskv1.Priority(priority))
	return &flowdeskv1.DelayControlOutput{
		SendTime: engine.Timestamp(slot.SendTime), Rule: slot.Rule, Reason: slot.Reason, Priority: flowdeskv1.Priority(priority),
	}, engine.Port(slot.Port), nil
}

// checkDelay refuses a table that leaves a minute of some priority's day undecided, or decides it twice.
func checkDelay(c *engine.Check, cfg *flowdeskv1.DelayControl) {
	if len(cfg.GetRules()) > 0 {
		report(c, "rules", desk.CheckDelayTable(cfg.GetRules()))
	}
}
