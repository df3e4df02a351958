package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() {
	register(triggerEvent, engine.Starts[*flowdeskv1.TriggerEvent, *flowdeskv1.TriggerEventOutput](
		func(run *engine.Run, cfg *flowdeskv1.TriggerEvent) bool {
			return slices.Contains(cfg.GetKinds(), engine.EventKindOf(run.Event())) && run.Filter(cfg, "filter")
		}))
}

// triggerEvent starts a flow on a change of a task, alert, session or command, or on a signal.
func triggerEvent(run *engine.Run, _ *flowdeskv1.TriggerEvent) (*flowdeskv1.TriggerEventOutput, engine.Port, error) {
	return &flowdeskv1.TriggerEventOutput{Kind: engine.EventKindOf(run.Event())}, engine.Out, nil
}
