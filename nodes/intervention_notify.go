package nodes

import (
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(interventionNotify) }

// interventionNotify tells the configured targets, or the staff group, that a person has taken over. A take-over that merely goes on is told
// only when the config asks for it.
func interventionNotify(run *engine.Run, cfg *flowdeskv1.InterventionNotify) (*flowdeskv1.InterventionNotifyOutput, engine.Port, error) {
	taken, out := engine.Nearest[interventionOut](run), &flowdeskv1.InterventionNotifyOutput{}
	switch {
	case !taken.GetIntervened():
		run.Note("没有人工介入，无需通知")
		out.Skipped = true
		return out, engine.Out, nil
	case taken.GetProlonged() && cfg.GetFirstOnly():
		run.Note("介入延续，仅首次通知")
		out.Skipped = true
		return out, engine.Out, nil
	}
	text, err := run.Text(cfg, "text", cfg.GetText(), "staff", nickname(run, run.Sender()), "nickname", heldNames(run, taken.GetUsers()),
		"group", groupTitle(run), "until", taken.GetUntil().AsTime().In(run.Zone()).Format("15:04"))
	if err != nil {
		return nil, engine.Pending, err
	}
	targets := cfg.GetTargets()
	if len(targets) == 0 {
		targets = toStaffGroup()
	}
	out.Commands = notify(run, targets, text, "intervention")
	return out, engine.Out, nil
}

// heldNames are the users whose conversation is held, as people call them.
func heldNames(run *engine.Run, users []string) string {
	if len(users) == 0 {
		return "全群"
	}
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = nameOfTarget(run, u)
	}
	return strings.Join(names, "、")
}
