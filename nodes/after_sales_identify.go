package nodes

import (
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type identifyOut = *flowdeskv1.AfterSalesIdentifyOutput

func init() { register(afterSalesIdentify) }

// afterSalesIdentify recognises an after-sales request: a message that mentions users and names a kind of work. Configured kinds are tried
// before the built-in three. Words that say that the work is done ask for none.
func afterSalesIdentify(run *engine.Run, cfg *flowdeskv1.AfterSalesIdentify) (identifyOut, engine.Port, error) {
	out := &flowdeskv1.AfterSalesIdentifyOutput{Reason: "没有消息"}
	if run.Message() == nil {
		return out, "other", nil
	}
	to := addressedBy(run, run.Message())
	if len(to.users) == 0 {
		out.Reason = "没有 @ 用户"
		return out, "other", nil
	}
	text := withoutMentions(run, run.Message())
	u := run.Understand(text)
	if u.GetCompletion() && !u.GetQuestion() {
		out.Reason = "说的是已经完成"
		return out, "other", nil
	}
	if u.GetTaskKind() != flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
		out.Kind, out.KindName, out.Reason = u.GetTaskKind(), u.GetTaskKindName(), "识别到"+desk.Label(u.GetTaskKind()).GetZh()
	}
	if name, word := configuredKind(cfg.GetKinds(), text); name != "" {
		out.Kind, out.KindName, out.Reason = flowdeskv1.TaskKind_TASK_KIND_OTHER, name, "识别到"+name+"（"+word+"）"
	}
	if out.GetKind() == flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
		if !cfg.GetAnyMention() {
			out.Reason = "没有识别到售后任务类型"
			return out, "other", nil
		}
		out.Kind, out.Reason = flowdeskv1.TaskKind_TASK_KIND_OTHER, "@ 了用户"
	}
	out.Matched = true
	for _, user := range to.users[:min(len(to.users), maxAddressed)] {
		out.Targets = append(out.Targets, user.participant)
	}
	run.Note("%s", out.GetReason())
	return out, "matched", nil
}

// configuredKind is the first kind one of whose words a text holds.
func configuredKind(kinds []*flowdeskv1.TaskKindRule, text string) (name, word string) {
	text = desk.FoldName(text)
	for _, kind := range kinds {
		for _, w := range kind.GetWords() {
			if folded := desk.FoldName(w); folded != "" && strings.Contains(text, folded) {
				return kind.GetName(), w
			}
		}
	}
	return "", ""
}
