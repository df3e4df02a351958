package text

import "math"

// weigh adds up the mood words of a stretch: what speaks for a good mood and what against, negation turning a word around.
func (u *Understander) weigh(sc *scratch, from, to int32) (pos, neg float64) {
	for i := range sc.hits {
		h := &sc.hits[i]
		if h.start < from || h.end > to {
			continue
		}
		var w float64
		switch h.class {
		case u.ids.moodPos, u.ids.moodPos2, u.ids.moodNeg, u.ids.moodNeg2, u.ids.emojiPos, u.ids.emojiNeg:
			w = u.lex.classes[h.class].weight
		default:
			continue
		}
		if h.negated {
			// 不好 is bad, but 不差 is hardly good.
			if w > 0 {
				w = -w
			} else {
				w = -w / 3
			}
		}
		if w > 0 {
			pos += w
		} else {
			neg -= w
		}
	}
	return pos, neg
}

// moodFeatures adds the balance of mood words, for the whole text, its end, and what follows a 但是.
func (u *Understander) moodFeatures(sc *scratch) {
	n := int32(len(sc.runes))
	whole := kindMood
	u.moodOf(sc, whole, 0, n)
	if len(sc.clauses) > 1 {
		last := sc.clauses[len(sc.clauses)-1]
		u.moodOf(sc, whole, 1, n, last.start)
		first := sc.clauses[0]
		pos, neg := u.weigh(sc, first.start, first.end)
		sc.put(start(kindMood).add(2).add(bucket(pos-neg) + 8))
	}
	if i := sc.lastHit[u.ids.contrast]; i >= 0 {
		u.moodOf(sc, whole, 3, n, sc.hits[i].end)
	}
}

func (u *Understander) moodOf(sc *scratch, kind int, which uint32, to int32, from ...int32) {
	at := int32(0)
	if len(from) > 0 {
		at = from[0]
	}
	pos, neg := u.weigh(sc, at, to)
	sc.put(start(kind).add(which).add(100 + bucket(pos-neg)))
	sc.put(start(kind).add(which).add(200).add(bucket(pos)).add(bucket(neg)))
}

// bucket rounds a balance to a few steps.
func bucket(x float64) uint32 {
	s := math.Round(math.Max(-6, math.Min(6, x)))
	return uint32(s + 8)
}

// moodByWords is the mood by the balance of words alone.
func (u *Understander) moodByWords(sc *scratch) [3]float64 {
	pos, neg := u.weigh(sc, 0, int32(len(sc.runes)))
	var p [3]float64
	scores := [3]float32{float32(2 * neg), 1.2, float32(2 * pos)}
	softmax(scores[:], p[:])
	return p
}
