package nodes

import (
	"cmp"
	"time"

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
	facts := replyFacts(run, cfg, text)
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
	facts.Text, facts.Citations, facts.Recent = fallback, append(facts.Citations, fallback), nil // the author's own words
	if fallback != "" && len(desk.CheckReply(facts)) == 0 {
		out.Text, out.Fallback = fallback, true
		return out, "pass", nil
	}
	out.Text = ""
	putHandoff(run, &flowdeskv1.TrackTask{
		Priority: flowdeskv1.Priority_PRIORITY_MEDIUM, Title: "回复未通过质量检查", TargetUserId: run.Sender(), TargetName: nickname(run, run.Sender()),
		Message: run.MessageID(),
	}, usualVigilance(run))
	tellStaff(run, run.Sender(), "回复未通过质量检查", run.Message().GetText())
	return out, "rejected", nil
}

// replyFacts are what a reply is judged by. Only a model is held to what was said lately: it can find other words, while the file says to
// whoever asks again what it said before.
func replyFacts(run *engine.Run, cfg *flowdeskv1.ReplyQualityCheck, text string) desk.ReplyFacts {
	facts := desk.ReplyFacts{
		AllowRepeated: !cfg.GetRefuseRepeated(), AllowUnfounded: !cfg.GetRefuseUnfounded(), AllowLinks: !cfg.GetRefuseUnknownLinks(),
		Text: text, MaxCharacters: int(cfg.GetMaxCharacters()), Forbidden: cfg.GetForbiddenWords(),
		Question: run.Message().GetText(), Names: []string{nickname(run, run.Sender()), groupTitle(run)},
	}
	reply := engine.Nearest[*flowdeskv1.AiReplyGenerateOutput](run)
	switch reply.GetSource() {
	case sourceModel:
		facts.Citations = citedTexts(run, reply.GetCitations())
		facts.Instructions = modelInstructions(run)
		facts.Recent = saidLately(run, run.Sender())
	case sourceAnswers:
		facts.Citations = citedTexts(run, reply.GetCitations())
	case sourceFlow, sourceTemplate, sourceNotFound: // the organisation's own words
		facts.Citations = []string{reply.GetText()}
	}
	return facts
}

// modelInstructions are the instructions that the model was given.
func modelInstructions(run *engine.Run) string {
	for _, n := range run.Program().Nodes {
		if generate, ok := n.Config.(*flowdeskv1.AiReplyGenerate); ok && generate.GetModel() != "" {
			return cmp.Or(generate.GetInstructions(), run.Settings().GetReplyInstructions())
		}
	}
	return ""
}

// repeatedWithin is how long a reply to the same person counts as said lately.
const repeatedWithin = 30 * time.Minute

// saidLately are the texts that our robots said to a user lately.
func saidLately(run *engine.Run, user string) []string {
	var texts []string
	for _, u := range run.State().GetContext() {
		if u.GetRole() == flowdeskv1.Role_ROLE_ROBOT && u.GetTargetUser() == user && run.Now().Sub(u.GetTime().AsTime()) <= repeatedWithin {
			texts = append(texts, u.GetText())
		}
	}
	return texts
}
