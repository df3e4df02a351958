package nodes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type replyOut = *flowdeskv1.AiReplyGenerateOutput

func init() {
	register(aiReplyGenerate, engine.OnResume[*flowdeskv1.AiReplyGenerate, replyOut](replyAnswered))
}

// aiReplyGenerate writes the reply: one of the flow's own where it has one for the question, else by a model when one is named, else from the
// question/answer file or an intent's template. When nothing fits it says so and tells the staff; it never fills in a phrase.
func aiReplyGenerate(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate) (replyOut, engine.Port, error) {
	question, err := run.Str(cfg, "question")
	if err != nil {
		return nil, engine.Pending, err
	}
	question = ownWordsOf(run, question)
	if own, err := ownAnswer(run, cfg, question); own != nil || err != nil {
		return own, engine.Out, err
	}
	if cfg.GetModel() == "" {
		return withoutModel(run, cfg, question, "")
	}
	instructions, err := run.Text(cfg, "instructions", cfg.GetInstructions(), "group", groupTitle(run), "nickname", nickname(run, run.Sender()))
	if err != nil {
		return nil, engine.Pending, err
	}
	if sources := sourceTexts(matches(run, cfg, question)); sources != "" {
		instructions += "\n\n" + groundingText + "\n" + sources
	}
	request := &flowdeskv1.ModelRequest{
		Use: cfg.GetModel(), Instructions: instructions, Messages: conversation(run, question), MaxTokens: cfg.GetMaxCharacters() * 2,
	}
	run.Call(&flowdeskv1.Call{
		Kind: flowdeskv1.CallKind_CALL_KIND_MODEL, Timeout: cfg.GetTimeout(), Priority: flowdeskv1.Priority_PRIORITY_MEDIUM,
		Request: &flowdeskv1.Call_Model{Model: request},
	})
	return &flowdeskv1.AiReplyGenerateOutput{PromptDigest: digestOf(request)}, engine.Pending, nil
}

// digestOf is a digest of all that a model is asked.
func digestOf(request *flowdeskv1.ModelRequest) string {
	parts := []string{request.GetUse(), request.GetInstructions()}
	for _, m := range request.GetMessages() {
		parts = append(parts, m.GetRole(), m.GetText())
	}
	return fmt.Sprintf("%016x", engine.Digest(parts...))
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
	question = ownWordsOf(run, question)
	answer := wake.Event.GetCallAnswer()
	text := strings.TrimSpace(answer.GetBody())
	if answer.GetOutcome() != flowdeskv1.CallOutcome_CALL_OUTCOME_OK || text == "" {
		return withoutModel(run, cfg, question, "model: "+answer.GetReason())
	}
	found := matches(run, cfg, question)
	out := &flowdeskv1.AiReplyGenerateOutput{
		Text: text, Source: sourceModel, Found: true, Model: answer.GetModel(), Citations: citations(found),
		PromptDigest: ownOutput[replyOut](run).GetPromptDigest(),
	}
	if len(found) > 0 {
		out.Score = found[0].Score
	}
	return out, engine.Out, nil
}

// Where a reply came from.
const (
	sourceFlow     = "flow"
	sourceModel    = "model"
	sourceAnswers  = "answers"
	sourceTemplate = "template"
	sourceNotFound = "not_found"
)

// groundingText goes before the sources in a model's instructions.
const groundingText = "只根据以下资料回答；资料没有的内容，就说不知道："

// maxSources is how many entries of the question/answer file support a reply.
const maxSources = 3

// matches are the entries of the question/answer file that fit a question well enough, best first.
func matches(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate, question string) []desk.AnswerMatch {
	best := engine.Prepared[*prepared](run).answers.Best(question, maxSources)
	for i, match := range best {
		if match.Score < cfg.GetMinScore() {
			return best[:i]
		}
	}
	return best
}

func sourceTexts(found []desk.AnswerMatch) string {
	var out strings.Builder
	for i, match := range found {
		fmt.Fprintf(&out, "[%d] 问：%s 答：%s\n", i+1, match.Question, match.Entry.GetAnswer())
	}
	return out.String()
}

func citations(found []desk.AnswerMatch) []*flowdeskv1.Citation {
	var cited []*flowdeskv1.Citation
	for _, match := range found {
		cited = append(cited, &flowdeskv1.Citation{Source: match.Entry.GetId(), Title: match.Question, Score: match.Score})
	}
	return cited
}

// citedTexts are the texts of the entries that a reply cites: questions and answers.
func citedTexts(run *engine.Run, cited []*flowdeskv1.Citation) []string {
	var texts []string
	for _, c := range cited {
		if entry := engine.Prepared[*prepared](run).entries[c.GetSource()]; entry != nil {
			texts = append(append(texts, entry.GetAnswer()), entry.GetQuestions()...)
		}
	}
	return texts
}

// ownAnswer is the reply that the flow itself has for a question; nil when it has none.
func ownAnswer(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate, question string) (replyOut, error) {
	if len(cfg.GetAnswers()) == 0 {
		return nil, nil
	}
	entries := make([]*flowdeskv1.AnswerEntry, 0, len(cfg.GetAnswers()))
	for i, own := range cfg.GetAnswers() {
		entries = append(entries, &flowdeskv1.AnswerEntry{Id: strconv.Itoa(i), Questions: own.GetQuestions(), Answer: own.GetText()})
	}
	best := desk.NewAnswers(entries).Best(question, 1)
	if len(best) == 0 || best[0].Score < cfg.GetMinScore() {
		return nil, nil
	}
	at, err := strconv.Atoi(best[0].Entry.GetId())
	if err != nil {
		return nil, fmt.Errorf("answer of the flow: %w", err)
	}
	own := cfg.GetAnswers()[at]
	text, err := run.Text(own, "text", own.GetText(), "nickname", nickname(run, run.Sender()), "group", groupTitle(run))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.AiReplyGenerateOutput{
		Text: text, Source: sourceFlow, Score: best[0].Score, Found: true,
		Citations: []*flowdeskv1.Citation{{Source: fmt.Sprintf("answers[%d]", at), Title: best[0].Question, Score: best[0].Score}},
	}, nil
}

func withoutModel(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate, question, reason string) (replyOut, engine.Port, error) {
	out := &flowdeskv1.AiReplyGenerateOutput{Reason: reason}
	if found := matches(run, cfg, question); len(found) > 0 {
		out.Text, out.Source, out.Score, out.Found = found[0].Entry.GetAnswer(), sourceAnswers, found[0].Score, true
		out.Citations = citations(found)
		return out, engine.Out, nil
	}
	intent, err := run.Enum(cfg, "intent")
	if err != nil {
		return nil, engine.Pending, err
	}
	for _, t := range run.Settings().GetIntentTemplates() {
		if t.GetIntent() == flowdeskv1.Intent(intent).String() {
			out.Text, out.Source, out.Found = run.Render(t.GetText(), "nickname", nickname(run, run.Sender())), sourceTemplate, true
			return out, engine.Out, nil
		}
	}
	if run.Message() != nil && !callsUs(run) && tells(run) {
		out.Reason = "用户没有提问，也没有合适的答案，仅通知工作人员"
		run.Note("%s", out.GetReason())
		tellStaff(run, run.Sender(), "用户说了一件事，请查看", question)
		return out, "failed", nil
	}
	field, template, why := "not_found_text", cfg.GetNotFoundText(), "机器人没有找到答案"
	if cfg.GetApologyText() != "" && unhappy(run) {
		field, template, why = "apology_text", cfg.GetApologyText(), "用户不满，机器人已致歉"
	}
	text, err := run.Text(cfg, field, template, "nickname", nickname(run, run.Sender()))
	if err != nil || utf8.RuneCountInString(text) == 0 {
		return out, "failed", err
	}
	if slices.Contains(saidLately(run, run.Sender()), text) {
		out.Reason = "刚刚对该用户说过同样的话，不再重复"
		run.Note("%s", out.GetReason())
		tellStaff(run, run.Sender(), why+"，刚刚已告知用户，不再重复", question)
		return out, "failed", nil
	}
	out.Text, out.Source = text, sourceNotFound
	tellStaff(run, run.Sender(), why, question)
	return out, engine.Out, nil
}

// unhappy reports whether the sender complains, quarrels or wants to leave, and asks nothing that somebody could look up. To answer such words that
// nothing was found would be an insult.
func unhappy(run *engine.Run) bool {
	u := engine.Nearest[*flowdeskv1.IntentRecognizeOutput](run).GetUnderstanding()
	return u.GetIntent() == flowdeskv1.Intent_INTENT_COMPLAINT || u.GetConflict() || u.GetChurn()
}

// tells reports whether the sender tells something and asks nothing (不行，我没时间). That no answer was found would be no answer to it.
func tells(run *engine.Run) bool {
	u := engine.Nearest[*flowdeskv1.IntentRecognizeOutput](run).GetUnderstanding()
	switch {
	case u == nil || asks(u) || unhappy(run) || u.GetHandoff() || u.GetImportant():
		return false
	default:
		return u.GetIntent() == flowdeskv1.Intent_INTENT_INFORMATION || u.GetIntent() == flowdeskv1.Intent_INTENT_RESPONSE
	}
}
