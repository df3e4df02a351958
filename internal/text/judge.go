package text

import (
	"math"
	"strings"
	"unicode/utf8"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Understand says what a text means. The locale (zh, en, with any region) helps only where the text itself does not tell its language.
func (u *Understander) Understand(text, locale string, words Words) *flowdeskv1.Understanding {
	sc := u.take()
	defer u.pool.Put(sc)
	u.analyse(text, sc)
	out := &flowdeskv1.Understanding{BehaviourDigest: u.digest, Language: sc.languageOr(locale), Question: sc.question}
	u.judgeFlags(sc, words, out)
	u.judgeTask(sc, words, out)
	u.judgeHandoff(text, sc, out)
	u.judgeResponse(sc, words, out)
	u.judgeMood(sc, words, out)
	u.judgeIntent(sc, words, out)
	u.explain(sc, out)
	return out
}

// IsResponse says whether the text as a whole answers an after-sales person's call; it is Understand's response alone.
func (u *Understander) IsResponse(text string, words Words) bool {
	return u.Understand(text, "", words).GetResponse()
}

// IsCompletion says whether the text says that the task is finished.
func (u *Understander) IsCompletion(text string, words Words) bool {
	return u.Understand(text, "", words).GetCompletion()
}

// Features are the hashed features of a text, for the trainer.
func (u *Understander) Features(text string) []linearFeature {
	sc := u.take()
	defer u.pool.Put(sc)
	u.analyse(text, sc)
	return append([]linearFeature{}, sc.features...)
}

type linearFeature = feature

func (u *Understander) take() *scratch {
	sc, ok := u.pool.Get().(*scratch)
	if !ok {
		return new(scratch)
	}
	return sc
}

// analyse reads a text, runs the rules and scores the labels.
func (u *Understander) analyse(text string, sc *scratch) {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, " ")
	}
	u.read(text, sc)
	u.findQuestion(sc)
	u.runRules(sc)
	u.featurise(sc)
	for i := range sc.fired {
		sc.put(start(kindRule).add(u.ruleHash[sc.fired[i].rule]))
	}
	sc.put(start(kindShape).add(20).add(uint32(u.judgeAnswer(sc, Words{}))))
	u.moodFeatures(sc)
	clear(sc.scores[:])
	if u.model != nil {
		u.model.Score(sc.features, sc.scores[:])
	}
}

// firing is a rule that held, and where.
type firing struct {
	rule       int
	start, end int32
}

// runRules evaluates every rule once and adds up the scores.
func (u *Understander) runRules(sc *scratch) {
	sc.fired = sc.fired[:0]
	sc.sums = resize(sc.sums, len(u.scores), 0)
	for i := range u.rules {
		if start, end, ok := u.rules[i].match(sc, u.ids.filler); ok {
			sc.fired = append(sc.fired, firing{i, start, end})
			sc.sums[u.ruleScore[i]] += u.rules[i].weight
		}
	}
}

// sum is the sum of a named score.
func (u *Understander) sum(sc *scratch, name string) float64 {
	for i, s := range u.scores {
		if s == name {
			return sc.sums[i]
		}
	}
	return 0
}

// findQuestion decides whether the text asks: a question mark or a question word that is no rhetoric or idiom.
func (u *Understander) findQuestion(sc *scratch) {
	sc.asks = sc.has(u.ids.question) || sc.tailAsks()
	sc.question = sc.asks
	for _, c := range sc.clauses {
		if c.mark == '?' {
			sc.question = true
		}
	}
}

// tailAsks finds the question that ends in a bare negation: 能退不, 到了没.
func (sc *scratch) tailAsks() bool {
	for _, c := range sc.clauses {
		if c.end-c.start < 3 {
			continue
		}
		switch last, before := sc.runes[c.end-1], sc.runes[c.end-2]; {
		case last == '不' && before != '要' && before != '都' && before != '也' && before != '才' && before != '还' && before != '就':
			return true
		case last == '没' && (before == '了' || before == '到' || before == '好'):
			return true
		}
	}
	return false
}

func logistic(x float32) float64 { return 1 / (1 + math.Exp(-float64(x))) }

// softmax turns scores into probabilities in dst.
func softmax(scores []float32, dst []float64) {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	total := 0.0
	for i, s := range scores {
		dst[i] = math.Exp(float64(s - top))
		total += dst[i]
	}
	for i := range dst {
		dst[i] /= total
	}
}

// script is 1 for Han, 2 for Latin, 3 for both, 0 for neither.
func (sc *scratch) script() int {
	han, latin := 0, 0
	for _, r := range sc.runes {
		if isHan(r) {
			han++
		} else if isLatin(r) {
			latin++
		}
	}
	switch {
	case han == 0 && latin == 0:
		return 0
	case latin == 0:
		return 1
	case han == 0:
		return 2
	}
	return 3
}

// languageOr is the language of the text, or that of the locale when the text has no letters.
func (sc *scratch) languageOr(locale string) string {
	switch sc.script() {
	case 1, 3:
		return "zh"
	case 2:
		return "en"
	}
	for _, l := range []string{"zh", "en"} {
		if strings.HasPrefix(strings.ToLower(locale), l) {
			return l
		}
	}
	return "und"
}
