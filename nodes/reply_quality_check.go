package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(replyQualityCheck) }

// replyQualityCheck judges a reply before it leaves. A refused reply is generated again at most as often as the config says, then the
// fallback text is taken, else a person.
func replyQualityCheck(run *engine.Run, cfg *flowdeskv1.ReplyQualityCheck) (*flowdeskv1.ReplyQualityCheckOutput, engine.Port, error) {
	text, err := run.Str(cfg, "text")
	if err != nil {
		return nil, engine.Pending, err
	}
	facts := desk.ReplyFacts{Text: text, MaxCharacters: int(cfg.GetMaxCharacters()), Forbidden: cfg.GetForbiddenWords()}
	out := &flowdeskv1.ReplyQualityCheckOutput{Text: text, Regenerations: run.Visit() - 1}
	for _, issue := range desk.CheckReply(facts) {
		out.Issues = append(out.Issues, string(issue.Code)+"："+issue.ZH)
	}
	if len(out.GetIssues()) == 0 {
		return out, "pass", nil
	}
	for _, issue := range out.GetIssues() {
		run.Note("refused: %s", issue)
	}
	if cfg.GetRegenerate() != "" && run.Visit() <= cfg.GetMaxRegenerations() {
		return out, run.Again(cfg.GetRegenerate()), nil
	}
	fallback, err := run.Text(cfg, "fallback_text", cfg.GetFallbackText(), "nickname", nickname(run, run.Sender()))
	if err != nil {
		return nil, engine.Pending, err
	}
	facts.Text = fallback
	if fallback != "" && len(desk.CheckReply(facts)) == 0 {
		out.Text, out.Fallback = fallback, true
		return out, "pass", nil
	}
	out.Text = ""
	run.PutTask(&flowdeskv1.TrackTask{
		Origin: flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF, Kind: flowdeskv1.TaskKind_TASK_KIND_OTHER, State: flowdeskv1.TaskState_TASK_STATE_PENDING,
		Priority: flowdeskv1.Priority_PRIORITY_MEDIUM, Title: "回复未通过质量检查", TargetUserId: run.Sender(), TargetName: nickname(run, run.Sender()),
		Message: run.MessageID(), Deadline: engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration())),
	}, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
	tellStaff(run, run.Sender(), "回复未通过质量检查", run.Message().GetText())
	return out, "rejected", nil
}
