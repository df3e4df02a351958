package desk

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Answers finds answers to questions in a question/answer file, without a model: by the pairs of characters of Chinese and the words of
// English that two questions share. It is built once for a snapshot.
type Answers struct {
	questions []indexedQuestion
	grams     map[string][]int32 // questions that hold a gram
}

type indexedQuestion struct {
	entry *flowdeskv1.AnswerEntry
	text  string
	grams int
}

// AnswerMatch is one answer with its score.
type AnswerMatch struct {
	Entry    *flowdeskv1.AnswerEntry
	Question string
	// Score is the share of grams in common (Dice's coefficient), 0..1; 1 for equal questions.
	Score float64
}

// NewAnswers indexes entries.
func NewAnswers(entries []*flowdeskv1.AnswerEntry) *Answers {
	a := &Answers{grams: make(map[string][]int32)}
	for _, e := range entries {
		for _, q := range e.GetQuestions() {
			grams := gramsOf(q)
			n := int32(len(a.questions))
			a.questions = append(a.questions, indexedQuestion{e, q, len(grams)})
			for _, g := range grams {
				a.grams[g] = append(a.grams[g], n)
			}
		}
	}
	return a
}

// Best are the best answers to a question, best first, at most limit and one for each entry.
func (a *Answers) Best(question string, limit int) []AnswerMatch {
	grams := gramsOf(question)
	shared := make(map[int32]int)
	for _, g := range grams {
		for _, n := range a.grams[g] {
			shared[n]++
		}
	}
	best := make(map[string]AnswerMatch)
	for n, common := range shared {
		q := a.questions[n]
		score := 2 * float64(common) / float64(len(grams)+q.grams)
		if old, ok := best[q.entry.GetId()]; !ok || score > old.Score || score == old.Score && q.text < old.Question {
			best[q.entry.GetId()] = AnswerMatch{q.entry, q.text, score}
		}
	}
	matches := make([]AnswerMatch, 0, len(best))
	for _, m := range best {
		matches = append(matches, m)
	}
	slices.SortFunc(matches, func(x, y AnswerMatch) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Entry.GetId(), y.Entry.GetId()))
	})
	return matches[:min(limit, len(matches))]
}

// gramsOf are the distinct grams of a text: words of letters and digits, and pairs of Chinese characters.
func gramsOf(text string) []string {
	seen := make(map[string]bool)
	var grams []string
	add := func(g string) {
		if !seen[g] {
			seen[g] = true
			grams = append(grams, g)
		}
	}
	var word strings.Builder
	var last rune
	for _, r := range FoldName(text) + " " {
		han := unicode.Is(unicode.Han, r)
		if han && last != 0 {
			add(string([]rune{last, r}))
		}
		last = 0
		if han {
			last = r
		}
		if !han && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			word.WriteRune(r)
		} else if word.Len() > 0 {
			add(word.String())
			word.Reset()
		}
	}
	return grams
}
