package text

import (
	"cmp"
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// maxEvidence bounds the evidence of one text; a long text has hundreds of mood words and nobody reads so many.
const maxEvidence = 12

// explain names the places that decided: the rules that held, then the strongest mood words.
func (u *Understander) explain(sc *scratch, out *flowdeskv1.Understanding) {
	for _, f := range sc.fired {
		r := &u.rules[f.rule]
		u.give(sc, out, r.score, r.name, f.start, f.end, r.weight)
	}
	for i := range sc.hits {
		h := &sc.hits[i]
		c := &u.lex.classes[h.class]
		switch h.class {
		case u.ids.moodPos, u.ids.moodPos2, u.ids.moodNeg, u.ids.moodNeg2, u.ids.emojiPos, u.ids.emojiNeg:
			w := c.weight
			if h.negated {
				w = -w
			}
			label := "positive"
			if w < 0 {
				label = "negative"
			}
			u.give(sc, out, label, c.name, h.start, h.end, w)
		case u.ids.yes:
			if out.GetResponse() {
				u.give(sc, out, "response", c.name, h.start, h.end, c.weight)
			}
		case u.ids.negation:
			u.give(sc, out, "negation", c.name, h.start, h.end, c.weight)
		}
	}
	slices.SortStableFunc(out.GetEvidence(), func(a, b *flowdeskv1.Evidence) int { return cmp.Compare(a.GetStart(), b.GetStart()) })
}

// give adds one piece of evidence unless there are enough.
func (u *Understander) give(sc *scratch, out *flowdeskv1.Understanding, label, name string, start, end int32, weight float64) {
	if len(out.GetEvidence()) >= maxEvidence || end <= start {
		return
	}
	out.Evidence = append(out.Evidence, &flowdeskv1.Evidence{
		Label: label, Text: string(sc.runes[start:end]), Start: sc.pos[start], End: sc.end(int(end) - 1), Rule: name, Weight: weight,
	})
}
