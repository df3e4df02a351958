package nodes

import (
	"cmp"
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(resolveAlertNode) }

// resolveAlertNode resolves the session's open alerts of some causes, or all.
func resolveAlertNode(run *engine.Run, cfg *flowdeskv1.ResolveAlert) (*flowdeskv1.ResolveAlertOutput, engine.Port, error) {
	reason, err := run.Text(cfg, "reason", cfg.GetReason())
	if err != nil {
		return nil, engine.Pending, err
	}
	out := &flowdeskv1.ResolveAlertOutput{}
	for _, a := range run.State().GetAlerts() {
		wanted := len(cfg.GetCategories()) == 0 || slices.Contains(cfg.GetCategories(), a.GetCategory())
		if wanted && a.GetState() != flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
			out.Alerts = append(out.Alerts, a.GetId())
		}
	}
	for _, id := range out.GetAlerts() {
		resolveAlert(run, id, cmp.Or(reason, "流程已处理"), true)
	}
	return out, engine.Out, nil
}
