package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(set) }

// set writes variables, in order.
func set(run *engine.Run, cfg *flowdeskv1.Set) (*flowdeskv1.SetOutput, engine.Port, error) {
	for _, a := range cfg.GetAssignments() {
		value, err := run.Eval(a, "value")
		if err != nil {
			return nil, engine.Pending, err
		}
		if err := run.Assign(a.GetVariable(), value); err != nil {
			return nil, engine.Pending, err
		}
	}
	return &flowdeskv1.SetOutput{}, engine.Out, nil
}
