package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() {
	register(triggerManual, engine.Starts[*flowdeskv1.TriggerManual, *flowdeskv1.TriggerManualOutput](
		func(run *engine.Run, _ *flowdeskv1.TriggerManual) bool {
			return run.Event().GetManual() != nil && run.Event().GetManual().GetFlow() == run.FlowID()
		}))
}

// triggerManual starts a flow by hand.
func triggerManual(run *engine.Run, _ *flowdeskv1.TriggerManual) (*flowdeskv1.TriggerManualOutput, engine.Port, error) {
	return &flowdeskv1.TriggerManualOutput{Actor: run.Event().GetActor()}, engine.Out, nil
}
