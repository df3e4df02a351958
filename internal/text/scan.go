package text

import (
	"cmp"
	"slices"
)

// hit is one entry found in a text, after hiding.
type hit struct {
	class      uint16
	start, end int32 // folded runes
	entry      int32
	negated    bool
}

// scratch is the memory of one understanding, reused through a pool.
type scratch struct {
	folded
	raw      []found
	hits     []hit
	present  []uint8 // class to number of hits, at most 255
	firstHit []int32 // class to its first hit, -1 for none
	nextHit  []int32 // hit to the next hit of its class
	lastHit  []int32
	clauses  []clause
	features []feature
	scores   [labels]float32
	fired    []firing
	sums     []float64 // score to its sum
	question bool
	asks     bool // question by words rather than by a mark
}

// clause is a stretch of folded runes between separators.
type clause struct {
	start, end int32
	mark       rune // what ended it; 0 at the end of the text
}

// read folds a text and finds its entries.
func (u *Understander) read(s string, sc *scratch) {
	u.folder.fold(s, u.maxRunes, &sc.folded)
	maskMentions(&sc.folded)
	u.leads.maskLeads(&sc.folded)
	sc.raw = sc.raw[:0]
	u.auto.scan(sc.runes, func(e, end int32) {
		en := &u.lex.entries[e]
		start := end - int32(len(en.runes))
		if start > 0 && isWord(en.runes[0]) && isWord(sc.runes[start-1]) && !boundary(sc.runes[start-1], en.runes[0]) {
			return
		}
		last := en.runes[len(en.runes)-1]
		if !en.openEnd && int(end) < len(sc.runes) && isWord(last) && isWord(sc.runes[end]) && !boundary(last, sc.runes[end]) {
			return
		}
		sc.raw = append(sc.raw, found{start, end, e})
	})
	slices.SortFunc(sc.raw, func(a, b found) int {
		if c := cmp.Compare(a.start, b.start); c != 0 {
			return c
		}
		if c := cmp.Compare(b.end, a.end); c != 0 {
			return c
		}
		return cmp.Compare(a.entry, b.entry)
	})
	u.hide(sc)
	sc.split()
	u.negate(sc)
	u.link(sc)
}

// boundary says whether two word runes belong to different words all the same: 5g and iphone15 are met as parts too.
func boundary(a, b rune) bool { return isDigit(a) != isDigit(b) }

// hide keeps the hits that no longer hit of the same group covers. Hits come by start, longest first, so one end per group is enough.
func (u *Understander) hide(sc *scratch) {
	var ends, starts [maxGroups]int32
	sc.hits = sc.hits[:0]
	for _, f := range sc.raw {
		c := u.lex.entries[f.entry].class
		g := u.lex.classes[c].group
		if f.end < ends[g] || f.end == ends[g] && f.start > starts[g] {
			continue
		}
		if f.start < ends[g] && u.lex.classes[c].hides {
			sc.dropCrossed(u.lex, g, f.start)
		}
		if f.end > ends[g] {
			ends[g], starts[g] = f.end, f.start
		}
		sc.hits = append(sc.hits, hit{class: c, start: f.start, end: f.end, entry: f.entry})
	}
}

// dropCrossed takes away the hits of a group that run into a hiding one: in 转人工智能 the words 人工智能 leave nothing of 转人工.
func (sc *scratch) dropCrossed(lex *lexicon, group uint8, from int32) {
	sc.hits = slices.DeleteFunc(sc.hits, func(h hit) bool {
		c := &lex.classes[h.class]
		return c.group == group && !c.hides && h.end > from
	})
}

// split cuts the folded text into clauses.
func (sc *scratch) split() {
	sc.clauses = sc.clauses[:0]
	start := int32(0)
	for i, r := range sc.runes {
		if isStop(r) || r == ',' || r == '~' || r == ':' || isDecor(r) {
			if int32(i) > start {
				sc.clauses = append(sc.clauses, clause{start, int32(i), r})
			} else if n := len(sc.clauses); n > 0 && isStop(r) && sc.clauses[n-1].mark != '?' {
				sc.clauses[n-1].mark = r
			}
			start = int32(i) + 1
		}
	}
	if int(start) < len(sc.runes) {
		sc.clauses = append(sc.clauses, clause{start, int32(len(sc.runes)), 0})
	}
}

// negationReach is how many runes may stand between a negation and the word it negates: 不 + 怎么 + 好.
const negationReach, negationReachLatin = 3, 14

// negate marks the hits that stand in the scope of an odd number of negations, so that 不是不想 is none.
func (u *Understander) negate(sc *scratch) {
	neg := u.ids.negation
	for i := range sc.hits {
		h := &sc.hits[i]
		if h.class == neg {
			continue
		}
		count := 0
		edge := h.start
		for j := i - 1; j >= 0; j-- {
			p := sc.hits[j]
			if p.class != neg || p.start >= edge {
				continue
			}
			if p.end > edge { // 不需要 negates 需要人工 although they overlap
				if p.end < h.end && edge == h.start {
					count++
					edge = p.start
				}
				continue
			}
			reach := int32(negationReach)
			if isLatin(sc.runes[p.end-1]) {
				reach = negationReachLatin
			}
			if edge-p.end > reach || sc.broken(p.end, edge) || sc.concludes(p.end, edge) {
				break
			}
			count++
			edge = p.start
		}
		h.negated = count%2 == 1
	}
}

// broken says whether a separator stands between two positions.
func (sc *scratch) broken(from, to int32) bool {
	for _, r := range sc.runes[from:to] {
		if r == ',' || isStop(r) {
			return true
		}
	}
	return false
}

// concludes says whether 就 stands between two positions: in 不行就换人 what follows is wanted because of what is denied before.
func (sc *scratch) concludes(from, to int32) bool {
	return slices.Contains(sc.runes[from:to], '就')
}

// link counts the hits per class and chains them.
func (u *Understander) link(sc *scratch) {
	n := len(u.lex.classes)
	sc.present = resize(sc.present, n, 0)
	sc.firstHit = resize(sc.firstHit, n, -1)
	sc.lastHit = resize(sc.lastHit, n, -1)
	sc.nextHit = resize(sc.nextHit, len(sc.hits), -1)
	for i, h := range sc.hits {
		if sc.present[h.class] < 255 {
			sc.present[h.class]++
		}
		if last := sc.lastHit[h.class]; last >= 0 {
			sc.nextHit[last] = int32(i)
		} else {
			sc.firstHit[h.class] = int32(i)
		}
		sc.lastHit[h.class] = int32(i)
	}
}

func resize[T any](s []T, n int, zero T) []T {
	if cap(s) < n {
		s = make([]T, n)
	}
	s = s[:n]
	for i := range s {
		s[i] = zero
	}
	return s
}

// has says whether a class was found.
func (sc *scratch) has(id uint16) bool { return sc.present[id] > 0 }
