package desk

import (
	"cmp"
	"math"
	"slices"
	"sync"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Answers finds the entries of a question/answer file that fit a question, without a model: by the pairs of Chinese characters and the words
// of other scripts that the two have in common, rare ones counting more. It is built once for a snapshot.
type Answers struct {
	questions []answerQuestion
	grams     map[gram]posting
	unknown   float64 // weight of a gram that no question holds
	scratch   sync.Pool
}

type answerQuestion struct {
	entry  *flowdeskv1.AnswerEntry
	index  int32 // of the entry
	text   string
	folded string
	weight float64 // of all its grams
}

// posting is a gram's weight and the questions that hold it.
type posting struct {
	weight    float64
	questions []int32
}

// AnswerMatch is one entry that fits a question.
type AnswerMatch struct {
	// Entry of the file.
	Entry *flowdeskv1.AnswerEntry
	// Question of the entry that fits best.
	Question string
	// Score 0..1: 1 for an equal question, below 0.3 for one that has nothing to do with it.
	Score float64
}

// NewAnswers indexes the entries of a question/answer file.
func NewAnswers(entries []*flowdeskv1.AnswerEntry) *Answers {
	a := &Answers{grams: make(map[gram]posting)}
	var all [][]gram
	for i, e := range entries {
		for _, q := range e.GetQuestions() {
			grams := gramsOf(q, nil)
			for _, g := range grams {
				p := a.grams[g]
				p.questions = append(p.questions, int32(len(all)))
				a.grams[g] = p
			}
			all = append(all, grams)
			a.questions = append(a.questions, answerQuestion{entry: e, index: int32(i), text: q, folded: foldQuestion(q)})
		}
	}
	total := float64(len(all))
	a.unknown = rarity(total, 0)
	for g, p := range a.grams {
		p.weight = rarity(total, len(p.questions)) * g.worth()
		a.grams[g] = p
	}
	for i, grams := range all {
		for _, g := range grams {
			a.questions[i].weight += a.grams[g].weight
		}
	}
	a.scratch.New = func() any { return &answerScratch{shared: make([]float64, len(a.questions))} }
	return a
}

// rarity is the weight of a gram that n of all questions hold. In a small file every gram weighs about the same, because that it stands in
// one question of three says little.
func rarity(total float64, n int) float64 {
	return 1 + math.Log((total+20)/(float64(n)+20))
}

// answerScratch is the memory of one search.
type answerScratch struct {
	grams  []gram
	shared []float64 // weight in common, by question
	seen   []int32   // questions with anything in common
	best   []candidate
}

// candidate is a question that may be among the best.
type candidate struct {
	question int32
	entry    int32
	score    float64
}

// Best gives the entries that fit a question best, best first and each once, at most limit. The score is the weight in common by the mean
// weight of the two questions, so that what one asks beside the other counts against it. Entries of equal score stand in the file's order.
func (a *Answers) Best(question string, limit int) []AnswerMatch {
	if limit <= 0 || len(a.questions) == 0 {
		return nil
	}
	s, _ := a.scratch.Get().(*answerScratch)
	defer a.scratch.Put(s)
	s.grams = gramsOf(question, s.grams[:0])
	folded := foldQuestion(question)
	own := a.share(s)
	s.best = s.best[:0]
	for _, n := range s.seen {
		q := &a.questions[n]
		score := min(2*s.shared[n]/(own+q.weight), almost)
		if q.folded == folded {
			score = 1
		}
		s.keep(candidate{n, q.index, score}, limit)
		s.shared[n] = 0
	}
	s.seen = s.seen[:0]
	matches := make([]AnswerMatch, len(s.best))
	for i, c := range s.best {
		q := &a.questions[c.question]
		matches[i] = AnswerMatch{q.entry, q.text, c.score}
	}
	return matches
}

// almost is the score of a question of the same words in another order.
const almost = 0.99

// share adds up what the question has in common with each of the file; it gives the question's own weight.
func (a *Answers) share(s *answerScratch) float64 {
	own := 0.0
	for _, g := range s.grams {
		p, known := a.grams[g]
		if !known {
			own += a.unknown * g.worth()
			continue
		}
		own += p.weight
		for _, n := range p.questions {
			if s.shared[n] == 0 {
				s.seen = append(s.seen, n)
			}
			s.shared[n] += p.weight
		}
	}
	return own
}

// keep puts a candidate among the best, unless it is worse than all of them or than another question of its entry.
func (s *answerScratch) keep(c candidate, limit int) {
	better := func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.question, y.question))
	}
	if len(s.best) == limit && better(s.best[limit-1], c) < 0 {
		return
	}
	if at := slices.IndexFunc(s.best, func(b candidate) bool { return b.entry == c.entry }); at >= 0 {
		if better(s.best[at], c) < 0 {
			return
		}
		s.best = slices.Delete(s.best, at, at+1)
	}
	at, _ := slices.BinarySearchFunc(s.best, c, better)
	s.best = slices.Insert(s.best[:min(len(s.best), limit-1)], min(at, limit-1), c)
}
