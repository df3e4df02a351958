package nodes

import (
	"fmt"
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
	sourceModel    = "model"
	sourceAnswers  = "answers"
	sourceTemplate = "template"
	sourceNotFound = "not_found"
)

// groundingText goes before the sources in a model's instructions.
const groundingText = "只根据以下资料回答；资料没有的内容，就说不知道："

// maxSources is how many entries of the question/answer file support a reply.
const maxSources = 3

// matches are the answers that fit a question well enough, best first: those of the flow, where it has any that fit, else those of the
// question/answer file.
func matches(run *engine.Run, cfg *flowdeskv1.AiReplyGenerate, question string) []desk.AnswerMatch {
	if own := ownAnswers(run.NodeID(), cfg); len(own) > 0 {
		if best := fitting(desk.NewAnswers(own), cfg, question); len(best) > 0 {
			return best
		}
	}
	return fitting(engine.Prepared[*prepared](run).answers, cfg, question)
}

func fitting(answers *desk.Answers, cfg *flowdeskv1.AiReplyGenerate, question string) []desk.AnswerMatch {
	best := answers.Best(question, maxSources)
	for i, match := range best {
		if match.Score < cfg.GetMinScore() {
			return best[:i]
		}
	}
	return best
}

// ownAnswers are the answers that a node of the flow brings along, each with the node and its number as its id.
func ownAnswers(node string, cfg *flowdeskv1.AiReplyGenerate) []*flowdeskv1.AnswerEntry {
	var entries []*flowdeskv1.AnswerEntry
	for i, a := range cfg.GetAnswers() {
		entries = append(entries, &flowdeskv1.AnswerEntry{Id: fmt.Sprintf("%s-%d", node, i+1), Questions: a.GetQuestions(), Answer: a.GetAnswer()})
	}
	return entries
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
	known := make(map[string]*flowdeskv1.AnswerEntry)
	for _, n := range run.Program().Nodes {
		if generate, ok := n.Config.(*flowdeskv1.AiReplyGenerate); ok {
			for _, entry := range ownAnswers(n.ID, generate) {
				known[entry.GetId()] = entry
			}
		}
	}
	var texts []string
	for _, c := range cited {
		entry := known[c.GetSource()]
		if entry == nil {
			entry = engine.Prepared[*prepared](run).entries[c.GetSource()]
		}
		if entry != nil {
			texts = append(append(texts, entry.GetAnswer()), entry.GetQuestions()...)
		}
	}
	return texts
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
	text, err := run.Text(cfg, "not_found_text", cfg.GetNotFoundText(), "nickname", nickname(run, run.Sender()))
	if err != nil || utf8.RuneCountInString(text) == 0 {
		return out, "failed", err
	}
	out.Text, out.Source = text, sourceNotFound
	tellStaff(run, run.Sender(), "机器人没有找到答案", question)
	return out, engine.Out, nil
}
