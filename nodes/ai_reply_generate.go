package nodes

import (
	"strings"
	"unicode/utf8"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type replyOut = *flowdeskv1.AiReplyGenerateOutput

func init() {
	register(aiReplyGenerate, engine.OnResume[*flowdeskv1.AiReplyGenerate, replyOut](replyAnswered))
}

// aiReplyGenerate writes the reply: by a model when one is named, else from the question/answer file or an intent's template. When nothing
// fits it says so and tells the staff; it never fills in a phrase.
func aiReplyGenerate(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate) (replyOut, engine.Port, error) {
	question, err := run.Str(cfg, "question")
	if err != nil {
		return nil, engine.Pending, err
	}
	if cfg.GetModel() == "" {
		return withoutModel(run, cfg, question, "")
	}
	instructions, err := run.Text(cfg, "instructions", cfg.GetInstructions(), "group", groupTitle(run), "nickname", nickname(run, run.Sender()))
	if err != nil {
		return nil, engine.Pending, err
	}
	run.Call(&flowdeskv1.Call{
		Kind: flowdeskv1.CallKind_CALL_KIND_MODEL, Timeout: cfg.GetTimeout(), Priority: flowdeskv1.Priority_PRIORITY_MEDIUM,
		Request: &flowdeskv1.Call_Model{Model: &flowdeskv1.ModelRequest{
			Use: cfg.GetModel(), Instructions: instructions, Messages: conversation(run, question), MaxTokens: cfg.GetMaxCharacters() * 2,
		}},
	})
	return nil, engine.Pending, nil
}

// conversation is the context as a model reads it, the question last.
func conversation(run *engine.Run, question string) []*flowdeskv1.ModelMessage {
	var messages []*flowdeskv1.ModelMessage
	for _, u := range run.State().GetContext() {
		if u.GetWithdrawn() || u.GetMessage() == run.MessageID() {
			continue
		}
		role := "user"
		if u.GetRole() == flowdeskv1.Role_ROLE_ROBOT {
			role = "assistant"
		}
		messages = append(messages, &flowdeskv1.ModelMessage{Role: role, Text: u.GetName() + "：" + u.GetText()})
	}
	return append(messages, &flowdeskv1.ModelMessage{Role: "user", Text: question})
}

// replyAnswered takes the model's answer; without a usable one the answers and templates serve.
func replyAnswered(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate, wake *engine.Wake) (replyOut, engine.Port, error) {
	question, err := run.Str(cfg, "question")
	if err != nil {
		return nil, engine.Pending, err
	}
	answer := wake.Event.GetCallAnswer()
	text := strings.TrimSpace(answer.GetBody())
	if answer.GetOutcome() != flowdeskv1.CallOutcome_CALL_OUTCOME_OK || text == "" {
		return withoutModel(run, cfg, question, "model: "+answer.GetReason())
	}
	return &flowdeskv1.AiReplyGenerateOutput{Text: text, Source: "model", Found: true, Model: answer.GetModel()}, engine.Out, nil
}

func withoutModel(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate, question, reason string) (replyOut, engine.Port, error) {
	out := &flowdeskv1.AiReplyGenerateOutput{Reason: reason}
	for i, match := range engine.Prepared[*prepared](run).answers.Best(question, 3) {
		if match.Score < cfg.GetMinScore() {
			break
		}
		if i == 0 {
			out.Text, out.Source, out.Score, out.Found = match.Entry.GetAnswer(), "answers", match.Score, true
		}
		out.Citations = append(out.Citations, &flowdeskv1.Citation{Source: match.Entry.GetId(), Title: match.Question, Score: match.Score})
	}
	if out.GetFound() {
		return out, engine.Out, nil
	}
	intent, err := run.Enum(cfg, "intent")
	if err != nil {
		return nil, engine.Pending, err
	}
	for _, t := range run.Settings().GetIntentTemplates() {
		if t.GetIntent() == flowdeskv1.Intent(intent).String() {
			out.Text, out.Source, out.Found = run.Render(t.GetText(), "nickname", nickname(run, run.Sender())), "template", true
			return out, engine.Out, nil
		}
	}
	text, err := run.Text(cfg, "not_found_text", cfg.GetNotFoundText(), "nickname", nickname(run, run.Sender()))
	if err != nil || utf8.RuneCountInString(text) == 0 {
		return out, "failed", err
	}
	out.Text, out.Source = text, "not_found"
	tellStaff(run, run.Sender(), "机器人没有找到答案", question)
	return out, engine.Out, nil
}
