package text

import "strings"

// Words are the words an organisation has configured. A nil list means the shipped defaults; an empty one means none.
type Words struct {
	// Response words answer an after-sales call: 在的, 来了, 好的. They replace the shipped ones.
	Response []string
	// Completion phrases finish a task: 弄好了. They replace the shipped ones.
	Completion []string
	// MoreResponse words are added to whichever response words hold, and MoreCompletion phrases to whichever completion phrases do.
	MoreResponse, MoreCompletion []string
	// Complaint words make a text a complaint. They are added to the shipped ones.
	Complaint []string
	// Conflict words make a text a conflict. They are added to the shipped ones.
	Conflict []string
	// TaskKinds are the organisation's own kinds; they come after the three built-in ones.
	TaskKinds []TaskWords
}

// TaskWords are the phrases of one configured task kind.
type TaskWords struct {
	Name    string
	Phrases []string
}

// place is where a configured phrase stands, in folded runes.
type place struct{ start, end int }

// find looks for a configured phrase; it folds the phrase on the way, so nothing has to be prepared. A Latin phrase must stand as a
// word of its own.
func (u *Understander) find(sc *scratch, phrase string, from int) (place, bool) {
	phrase = strings.TrimSpace(phrase)
	if phrase == "" {
		return place{}, false
	}
	for i := from; i < len(sc.runes); i++ {
		j := i
		matched := true
		for _, r := range phrase {
			r = u.folder.foldRune(r)
			if r == 0 || r == '\'' {
				continue
			}
			if j >= len(sc.runes) || sc.runes[j] != r {
				matched = false
				break
			}
			j++
		}
		if !matched || j == i {
			continue
		}
		if isLatin(sc.runes[i]) && i > 0 && isLatin(sc.runes[i-1]) || isLatin(sc.runes[j-1]) && j < len(sc.runes) && isLatin(sc.runes[j]) {
			continue
		}
		return place{i, j}, true
	}
	return place{}, false
}

// findPlain is find for a phrase that is not negated just before.
func (u *Understander) findPlain(sc *scratch, phrase string) bool {
	for from := 0; ; {
		p, ok := u.find(sc, phrase, from)
		if !ok {
			return false
		}
		if !u.negatedAt(sc, int32(p.start)) {
			return true
		}
		from = p.end
	}
}

// negatedAt says whether a negation ends within reach before position at.
func (u *Understander) negatedAt(sc *scratch, at int32) bool {
	for i := sc.firstHit[u.ids.negation]; i >= 0; i = sc.nextHit[i] {
		if h := sc.hits[i]; h.end <= at && at-h.end <= 1 && !sc.broken(h.end, at) {
			return true
		}
	}
	return false
}
