package text

import (
	"math"
	"slices"

	"github.com/flowdesk/flowdesk/internal/text/linear"
)

type feature = linear.Feature

// The labels of the linear model, in the order of its columns.
const (
	labelIntent   = 0 // eight, in the order of the Intent enum from complaint on
	labelPolarity = 8 // negative, neutral, positive
	labelChitchat = 11
	labelResponse = 12
	labelHandoff  = 13
	labelTask     = 14 // real name, QR code, phone binding
	labels        = 17
)

// Heads says which labels are decided together; the trainer needs it.
func Heads() []linear.Head {
	return []linear.Head{
		{First: labelIntent, Count: 8},
		{First: labelPolarity, Count: 3},
		{First: labelChitchat, Count: 1},
		{First: labelResponse, Count: 1},
		{First: labelHandoff, Count: 1},
		{First: labelTask, Count: 1},
		{First: labelTask + 1, Count: 1},
		{First: labelTask + 2, Count: 1},
	}
}

// The kinds of features; the kind is mixed into the hash.
const (
	kindGram = iota + 1
	kindWord
	kindEdge
	kindClass
	kindPair
	kindPlace
	kindShape
	kindRule
	kindMood
	kindSkeleton
)

// hash mixes values into a feature hash, FNV fashion; 0 is kept for free slots.
type hash uint32

func start(kind int) hash { return hash(2166136261) ^ hash(kind)*16777619 }

func (h hash) add(v uint32) hash { return (h ^ hash(v)) * 16777619 }

func (h hash) done() uint32 {
	x := uint32(h)
	x ^= x >> 15
	x *= 0x2c1b3c6d
	x ^= x >> 12
	if x == 0 {
		return 1
	}
	return x
}

// featurise turns what was read into features.
func (u *Understander) featurise(sc *scratch) {
	sc.features = sc.features[:0]
	sc.grams()
	sc.words()
	n := len(sc.features)
	// Long texts have many grams; without this they would drown what the classes say.
	scale := float32(1)
	if n > 24 {
		scale = float32(math.Sqrt(24 / float64(n)))
	}
	for i := range sc.features {
		sc.features[i].Value = scale
	}
	sc.decor()
	sc.edges()
	u.classFeatures(sc)
	sc.shape()
}

func (sc *scratch) put(h hash) { sc.features = append(sc.features, feature{Hash: h.done(), Value: 1}) }

func digitsAlike(r rune) uint32 {
	if isDigit(r) {
		return '0'
	}
	return uint32(r)
}

// maxGram is the longest character sequence used as a feature.
const maxGram = 4

// grams adds the character sequences that hold at least one rune outside the Latin script.
func (sc *scratch) grams() {
	for _, c := range sc.clauses {
		for i := c.start; i < c.end; i++ {
			if isLatin(sc.runes[i]) || sc.runes[i] == ' ' {
				continue
			}
			h := start(kindGram)
			for j := i; j < c.end && j < i+maxGram; j++ {
				if isLatin(sc.runes[j]) || sc.runes[j] == ' ' {
					break
				}
				h = h.add(digitsAlike(sc.runes[j]))
				sc.put(h)
			}
		}
	}
}

// decor adds emoji and the signs of what is carried, each once.
func (sc *scratch) decor() {
	for i, r := range sc.runes {
		if isDecor(r) && !slices.Contains(sc.runes[:i], r) {
			sc.put(start(kindGram).add(uint32(r)))
		}
	}
}

// words adds Latin words, their beginnings, and sequences of two and three.
func (sc *scratch) words() {
	var before, before2, frame uint32
	for i := 0; i < len(sc.runes); {
		if !isLatin(sc.runes[i]) {
			if isStop(sc.runes[i]) {
				before, before2, frame = 0, 0, 0
			}
			i++
			continue
		}
		sc.skeleton(i, &frame)
		h, j := start(kindWord), i
		for ; j < len(sc.runes) && isWord(sc.runes[j]); j++ {
			if h = h.add(uint32(sc.runes[j])); j-i == 4 && j+2 < len(sc.runes) && isLatin(sc.runes[j+1]) {
				sc.put(h.add(1))
			}
		}
		sc.put(h)
		w := h.done()
		if before != 0 {
			sc.put(start(kindWord).add(before).add(w))
		}
		if before2 != 0 {
			sc.put(start(kindWord).add(before2).add(before).add(w))
		}
		before2, before = before, w
		i = j
	}
}

// skeleton adds the word that begins at i by its first letter and its consonants, alone and after the word before: tlk, spaek and
// reprasantative keep theirs, so a slip of the fingers does not hide a word.
func (sc *scratch) skeleton(i int, before *uint32) {
	h, j, last := start(kindSkeleton).add(uint32(sc.runes[i])), i+1, sc.runes[i]
	for ; j < len(sc.runes) && isWord(sc.runes[j]); j++ {
		switch r := sc.runes[j]; {
		case r == 'a' || r == 'e' || r == 'i' || r == 'o' || r == 'u' || r == 'y' || r == last:
		default:
			h = h.add(uint32(r))
			last = r
		}
	}
	frame := h.done()
	if j-i >= 4 {
		sc.put(h)
	}
	if *before != 0 {
		sc.put(start(kindSkeleton).add(*before).add(frame))
	}
	*before = frame
}

// body is where the words of a text begin and end, without the marks around them.
func (sc *scratch) body() (from, to int) {
	to = len(sc.runes)
	for to > 0 && (isPunct(sc.runes[to-1]) || sc.runes[to-1] == ' ') {
		to--
	}
	for from < to && (isPunct(sc.runes[from]) || sc.runes[from] == ' ') {
		from++
	}
	return from, to
}

// edges adds how the text begins and ends.
func (sc *scratch) edges() {
	from, to := sc.body()
	n := to - from
	first, last := start(kindEdge).add(1), start(kindEdge).add(2)
	for i := range min(n, 4) {
		first = first.add(digitsAlike(sc.runes[from+i]))
		sc.put(first.add(7))
		last = last.add(digitsAlike(sc.runes[to-1-i]))
		sc.put(last.add(7))
	}
	if n <= 8 {
		whole := start(kindEdge).add(3)
		for _, r := range sc.runes[from:to] {
			whole = whole.add(uint32(r))
		}
		sc.put(whole)
	}
}

// classFeatures adds the lexicon's classes, where they stand, and which follow each other.
func (u *Understander) classFeatures(sc *scratch) {
	lastClause := int32(0)
	if n := len(sc.clauses); n > 0 {
		lastClause = sc.clauses[n-1].start
	}
	from, to := sc.body()
	for i := range sc.hits {
		h := &sc.hits[i]
		neg := uint32(0)
		if h.negated {
			neg = 1
		}
		id := u.classHash[h.class]
		sc.put(start(kindClass).add(id).add(neg))
		if int(h.start) == from {
			sc.put(start(kindPlace).add(id).add(neg).add(1))
		}
		if h.start >= lastClause {
			sc.put(start(kindPlace).add(id).add(neg).add(2))
		}
		if int(h.start) == from && int(h.end) == to {
			sc.put(start(kindPlace).add(id).add(neg).add(3))
		}
		pairs := 0
		for j := i + 1; j < len(sc.hits) && pairs < 3; j++ {
			g := &sc.hits[j]
			if g.start < h.end {
				continue
			}
			if g.start > h.end+6 {
				break
			}
			pairs++
			sc.put(start(kindPair).add(id).add(neg).add(u.classHash[g.class]))
		}
	}
}

// shape adds length, clauses, marks and script.
func (sc *scratch) shape() {
	size := uint32(0)
	for n := len(sc.runes); n > 0; n /= 2 {
		size++
	}
	sc.put(start(kindShape).add(1).add(size))
	sc.put(start(kindShape).add(2).add(uint32(min(len(sc.clauses), 6))))
	if sc.question {
		sc.put(start(kindShape).add(3))
	}
	if sc.asks {
		sc.put(start(kindShape).add(4))
	}
	var marks [3]uint32
	for _, r := range sc.runes {
		switch r {
		case '?':
			marks[0]++
		case '!':
			marks[1]++
		case '~':
			marks[2]++
		}
	}
	for i, m := range marks {
		if m > 0 {
			sc.put(start(kindShape).add(5 + uint32(i)).add(min(m, 2)))
		}
	}
	sc.put(start(kindShape).add(9).add(uint32(sc.script())))
}
