package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(notifyStaff) }

// notifyStaff tells each target a text, by the notify robot or an outside channel.
func notifyStaff(run *engine.Run, cfg *flowdeskv1.Notify) (*flowdeskv1.NotifyOutput, engine.Port, error) {
	text, err := run.Text(cfg, "text", cfg.GetText())
	if err != nil {
		return nil, engine.Pending, err
	}
	return &flowdeskv1.NotifyOutput{Commands: notify(run, cfg.GetTargets(), text, "notice")}, engine.Out, nil
}
