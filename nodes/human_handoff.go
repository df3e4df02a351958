package nodes

import (
	"cmp"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(humanHandoff) }

// humanHandoff hands the conversation to a person: a task for the staff, the robot quiet, the user and the staff group told. A user who was
// handed over already keeps the task.
func humanHandoff(run *engine.Run, cfg *flowdeskv1.HumanHandoff) (*flowdeskv1.HumanHandoffOutput, engine.Port, error) {
	user := run.Sender()
	reason, err := run.Text(cfg, "reason", cfg.GetReason(), "nickname", nickname(run, user), "group", groupTitle(run))
	if err != nil {
		return nil, engine.Pending, err
	}
	text, err := run.Text(cfg, "text", cfg.GetText(), "nickname", nickname(run, user))
	if err != nil {
		return nil, engine.Pending, err
	}
	reason = cmp.Or(reason, "流程转人工")
	out := &flowdeskv1.HumanHandoffOutput{Until: engine.Timestamp(run.Now().Add(cfg.GetPause().AsDuration()))}
	if out.Task = handedOver(run); out.GetTask() != "" {
		run.Note("task %s is open already", out.GetTask())
		hold(run, "", user, out.GetUntil(), false, reason)
		return out, engine.Out, nil
	}
	out.Task = openHandoff(run, reason, flowdeskv1.Priority_PRIORITY_MEDIUM, text, out.GetUntil(),
		vigilance{cfg.GetRemindAfter().AsDuration(), cfg.GetEscalateAfter().AsDuration()})
	return out, engine.Out, nil
}
