package text

import (
	"cmp"
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Between sure and possible the linear model decides; without a model, half-way counts as yes.
const surely, possibly = 1.0, 0.4

// denied is what is left of the probability of an intent that its own yes-or-no decision has ruled out.
const denied = 0.3

// agree is the least probability by which the model lets a label through, by what the rules say.
type agree struct{ sure, possible, silent, against float64 }

// Texts about a task are rare among those learned, so the model is shy about them; the values are where, over all labelled files
// together, as much is missed as is wrongly found.
func agreeHandoff() agree { return agree{sure: 0.1, possible: 0.4, silent: 0.5, against: 0.75} }

func agreeTask() agree { return agree{sure: 0.05, possible: 0.3, silent: 0.4, against: 1} }

// decide joins a rule score with the model's probability for the same label.
func (u *Understander) decide(sum float64, sc *scratch, label int, least agree) bool {
	if u.model == nil {
		return sum >= (surely+possibly)/2
	}
	p := logistic(sc.scores[label])
	switch {
	case sum >= surely:
		return p >= least.sure
	case sum >= possibly:
		return p >= least.possible
	case sum < 0:
		return p >= least.against
	}
	return p >= least.silent
}

func (u *Understander) judgeHandoff(text string, sc *scratch, out *flowdeskv1.Understanding) {
	sum := u.sum(sc, "handoff")
	out.Handoff = u.decide(sum, sc, labelHandoff, agreeHandoff()) || u.model != nil && sum >= surely && u.callsAlone(text)
}

// judgeTask takes the built-in kind with the best evidence, else the first configured kind that has a phrase in the text.
func (u *Understander) judgeTask(sc *scratch, words Words, out *flowdeskv1.Understanding) {
	best := 0.0
	for i, name := range []string{"realname", "qr", "phone"} {
		sum := u.sum(sc, name)
		if !u.decide(sum, sc, labelTask+i, agreeTask()) {
			continue
		}
		if s := sum + 2*logistic(sc.scores[labelTask+i]); s > best {
			best = s
			out.TaskKind = flowdeskv1.TaskKind(i + 1)
		}
	}
	if out.TaskKind != flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
		return
	}
	for _, k := range words.TaskKinds {
		for _, phrase := range k.Phrases {
			if _, ok := u.find(sc, phrase, 0); ok {
				out.TaskKind, out.TaskKindName = flowdeskv1.TaskKind_TASK_KIND_OTHER, k.Name
				return
			}
		}
	}
}

func (u *Understander) judgeResponse(sc *scratch, words Words, out *flowdeskv1.Understanding) {
	if out.Handoff || out.Churn || out.TakenBack {
		return
	}
	kind := u.judgeAnswer(sc, words)
	switch kind {
	case answerYes:
		out.Response = true
	case answerMixed:
		out.Response = u.model != nil && logistic(sc.scores[labelResponse]) >= 0.5
	case answerNone:
		out.Response = u.model != nil && words.Response == nil && !sc.question && logistic(sc.scores[labelResponse]) >= 0.7 && len(sc.runes) <= maxAnswer
	case answerRefuses:
	}
	if out.Completion && !sc.question && len(sc.runes) <= maxAnswer && (kind == answerYes || logistic(sc.scores[labelResponse]) >= 0.1) {
		out.Response = true // 弄好了 answers as well as 好的
	}
}

// judgeFlags sets the findings that rules alone decide.
func (u *Understander) judgeFlags(sc *scratch, words Words, out *flowdeskv1.Understanding) {
	out.Completion = words.Completion == nil && u.sum(sc, "completion") >= 1
	for _, list := range [][]string{words.Completion, words.MoreCompletion} {
		for _, w := range list {
			out.Completion = out.Completion || !sc.question && u.findPlain(sc, w)
		}
	}
	out.Resolved = u.sum(sc, "resolved") >= 1
	out.Churn = u.sum(sc, "churn") >= 1
	out.TakenBack = u.sum(sc, "takenback") >= 1
	out.Spam = u.sum(sc, "spam") >= 1
	out.Important = u.sum(sc, "important") >= 1
	for _, name := range []string{"insult", "threat", "refusal", "accusation", "sarcasm"} {
		if u.sum(sc, name) >= 1 {
			out.ConflictSignals = append(out.ConflictSignals, name)
		}
	}
	for _, w := range words.Conflict {
		if u.findPlain(sc, w) {
			out.ConflictSignals = append(out.ConflictSignals, "configured")
			break
		}
	}
	out.Conflict = len(out.GetConflictSignals()) > 0
}

// judgeMood sets sentiment and polarity.
func (u *Understander) judgeMood(sc *scratch, words Words, out *flowdeskv1.Understanding) {
	var p [3]float64
	if u.model != nil {
		softmax(sc.scores[labelPolarity:labelPolarity+3], p[:])
	} else {
		p = u.moodByWords(sc)
	}
	out.Sentiment = 0.05*p[0] + 0.5*p[1] + 0.95*p[2]
	switch {
	case p[0] >= p[1] && p[0] >= p[2]:
		out.Polarity = flowdeskv1.Polarity_POLARITY_NEGATIVE
	case p[2] > p[1]:
		out.Polarity = flowdeskv1.Polarity_POLARITY_POSITIVE
	default:
		out.Polarity = flowdeskv1.Polarity_POLARITY_NEUTRAL
	}
	if u.sum(sc, "insult") >= 1 || u.complains(sc, words) {
		out.Polarity = flowdeskv1.Polarity_POLARITY_NEGATIVE
		out.Sentiment = min(out.GetSentiment(), 0.25)
	}
}

// judgeIntent ranks the intents and sets urgency and small talk.
func (u *Understander) judgeIntent(sc *scratch, words Words, out *flowdeskv1.Understanding) {
	var p [8]float64
	var chat bool
	if u.model != nil {
		softmax(sc.scores[labelIntent:labelIntent+8], p[:])
		chat = logistic(sc.scores[labelChitchat])+p[flowdeskv1.Intent_INTENT_CHITCHAT-1] >= 1
	} else {
		p = u.intentByWords(sc, out)
		chat = p[flowdeskv1.Intent_INTENT_CHITCHAT-1] >= 0.5
	}
	force := func(i flowdeskv1.Intent) {
		p[i-1] = max(p[i-1], 0.99)
		for j := range p {
			if j != int(i-1) {
				p[j] *= 0.5
			}
		}
	}
	switch {
	case len(sc.runes) == 0:
		return
	case out.GetHandoff():
		force(flowdeskv1.Intent_INTENT_HANDOFF)
	case u.complains(sc, words):
		force(flowdeskv1.Intent_INTENT_COMPLAINT)
	case out.GetResponse():
		force(flowdeskv1.Intent_INTENT_RESPONSE)
	}
	// What the own decision has denied is hardly the main intent.
	if !out.GetHandoff() {
		p[flowdeskv1.Intent_INTENT_HANDOFF-1] *= denied
	}
	if !out.GetResponse() {
		p[flowdeskv1.Intent_INTENT_RESPONSE-1] *= denied
	}
	for i, v := range p {
		if v >= 0.05 {
			out.Intents = append(out.Intents, &flowdeskv1.IntentScore{Intent: flowdeskv1.Intent(i + 1), Score: v})
		}
	}
	slices.SortStableFunc(out.GetIntents(), func(a, b *flowdeskv1.IntentScore) int { return cmp.Compare(b.GetScore(), a.GetScore()) })
	out.Intent = out.GetIntents()[0].GetIntent()
	out.Chitchat = chat && !out.GetHandoff() && out.GetTaskKind() == 0
	out.Urgency = u.urgency(sc, out)
}

// complains says whether a configured complaint word stands in the text, not negated.
func (u *Understander) complains(sc *scratch, words Words) bool {
	for _, w := range words.Complaint {
		if u.findPlain(sc, w) {
			return true
		}
	}
	return false
}

func (u *Understander) urgency(sc *scratch, out *flowdeskv1.Understanding) flowdeskv1.Urgency {
	switch {
	case out.GetIntent() == flowdeskv1.Intent_INTENT_URGENT_SERVICE, !out.GetResponse() && u.sum(sc, "urgent") >= 1:
		return flowdeskv1.Urgency_URGENCY_HIGH
	case out.GetChitchat(), out.GetSpam(), out.GetIntent() == flowdeskv1.Intent_INTENT_CHITCHAT:
		return flowdeskv1.Urgency_URGENCY_LOW
	case u.sum(sc, "patient") >= 1 && out.GetIntent() != flowdeskv1.Intent_INTENT_COMPLAINT && !out.GetImportant():
		return flowdeskv1.Urgency_URGENCY_LOW // 不急: who says that it can wait means it
	}
	return flowdeskv1.Urgency_URGENCY_NORMAL
}
