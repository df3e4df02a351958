package text

// maxAnswer is the longest text, in folded runes, that can be an answer as a whole; longer ones tell something of their own.
const maxAnswer = 40

// answer is how the words of a text answer a call.
type answer int

const (
	answerNone    answer = iota // something else
	answerRefuses               // 不行, 不可以, 没空
	answerMixed                 // an answer word and something that the rules do not know; the linear model decides
	answerYes                   // nothing but answer words and fillers
)

// judgeAnswer looks at the text clause by clause. Each must be made of answer words and fillers; a question, a refusal or an
// unrelated clause is no answer.
func (u *Understander) judgeAnswer(sc *scratch, words Words) answer {
	n := len(sc.runes)
	if n == 0 || n > 4*maxAnswer {
		return answerNone
	}
	for _, c := range sc.clauses {
		if c.mark == '?' && !u.asksBack(sc, c) {
			return answerNone
		}
	}
	yes, refusal, rest, plain := 0, 0, 0, 0
	for i := 0; i < n; {
		if r := sc.runes[i]; isPunct(r) || r == ' ' {
			i++
			continue
		}
		end, kind := u.answerWord(sc, int32(i), words)
		switch kind {
		case u.ids.yes, u.ids.okEmoji:
			yes++
		case u.ids.no:
			refusal++
		case u.ids.filler:
			if !u.isEmoji(sc, int32(i)) {
				plain++
			}
		default:
			rest++
			end = max(end, int32(i)+1)
		}
		i = int(end)
	}
	switch {
	case refusal > 0 && (yes == 0 || rest > 0):
		return answerRefuses
	case refusal > 0:
		return answerMixed
	case yes == 0 && rest+plain == 0 && sc.has(u.ids.okEmoji):
		return answerYes // 👌 alone
	case yes == 0:
		return answerNone
	case rest == 0:
		return answerYes
	case n > maxAnswer:
		return answerNone
	}
	return answerMixed
}

// answerWord finds the longest answer word at i; words that merely begin like one (好看, 收到货) belong to no answer.
func (u *Understander) answerWord(sc *scratch, i int32, words Words) (end int32, kind uint16) {
	end, kind = i, u.ids.notAnswer
	for j := range sc.hits {
		h := &sc.hits[j]
		if h.start > i {
			break
		}
		if h.start != i || h.end <= end {
			continue
		}
		switch h.class {
		case u.ids.yes:
			if words.Response == nil {
				end, kind = h.end, h.class
			}
		case u.ids.no, u.ids.filler, u.ids.okEmoji, u.ids.notAnswer:
			end, kind = h.end, h.class
		}
	}
	for _, list := range [][]string{words.Response, words.MoreResponse} {
		for _, w := range list {
			if p, ok := u.find(sc, w, int(i)); ok && p.start == int(i) && int32(p.end) > end {
				end, kind = int32(p.end), u.ids.yes
			}
		}
	}
	return end, kind
}

// isEmoji says whether an emoji that stands for yes begins at i; beside words it only decorates.
func (u *Understander) isEmoji(sc *scratch, i int32) bool {
	for j := sc.firstHit[u.ids.okEmoji]; j >= 0; j = sc.nextHit[j] {
		if sc.hits[j].start == i {
			return true
		}
	}
	return false
}

// asksBack says whether a questioning clause only asks the caller what is wanted: 在的，怎么了？
func (u *Understander) asksBack(sc *scratch, c clause) bool {
	for i := sc.firstHit[u.ids.askBack]; i >= 0; i = sc.nextHit[i] {
		if h := sc.hits[i]; h.start >= c.start && h.end <= c.end && c.end-h.end <= 1 {
			return true
		}
	}
	return false
}
