package text

import (
	"fmt"
	"strconv"
	"strings"
)

// rule is one line of data/rules.txt: a sequence of classes with gaps and conditions that adds a weight to a score.
type rule struct {
	name   string
	score  string
	weight float64
	steps  []step
	guards []guard
}

// step is a class of the sequence and how many runes may stand before it.
type step struct {
	class  uint16
	gap    int32
	across bool // the gap may hold a comma
}

type guardKind uint8

const (
	guardPlain   guardKind = iota // no step is negated
	guardNegated                  // the first or last step is negated
	guardAsks                     // the text is a question
	guardTells                    // the text is no question
	guardBegins                   // the sequence begins a clause
	guardEnds                     // the sequence ends a clause
	guardWhole                    // nothing but fillers besides the sequence
	guardWithout                  // a class is absent
	guardWith                     // a class is present
	guardAtMost                   // the text has at most so many runes
)

// guard is one condition of a rule.
type guard struct {
	kind  guardKind
	class uint16
	n     int
}

// readRules parses lines "name | score weight | <class> ~3 <class> | guard guard". ~3 allows three runes between the steps, ~~3
// also a comma among them; without it the steps touch (a space apart at most).
func readRules(data string, lex *lexicon) ([]rule, error) {
	var out []rule
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := readRule(line, lex)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func readRule(line string, lex *lexicon) (rule, error) {
	parts := strings.Split(line, "|")
	if len(parts) < 3 {
		return rule{}, fmt.Errorf("want name | score weight | steps | guards, got %q", line)
	}
	r := rule{name: strings.TrimSpace(parts[0])}
	score := strings.Fields(parts[1])
	if len(score) != 2 {
		return rule{}, fmt.Errorf("rule %s: want a score and a weight", r.name)
	}
	var err error
	r.score = score[0]
	if r.weight, err = strconv.ParseFloat(score[1], 64); err != nil {
		return rule{}, fmt.Errorf("rule %s: %w", r.name, err)
	}
	if r.steps, err = readSteps(parts[2], lex); err != nil {
		return rule{}, fmt.Errorf("rule %s: %w", r.name, err)
	}
	if len(parts) > 3 {
		for _, word := range strings.Fields(parts[3]) {
			g, err := readGuard(word, lex)
			if err != nil {
				return rule{}, fmt.Errorf("rule %s: %w", r.name, err)
			}
			r.guards = append(r.guards, g)
		}
	}
	return r, nil
}

func readSteps(s string, lex *lexicon) ([]step, error) {
	var out []step
	var next step
	next.gap = 1
	for _, word := range strings.Fields(s) {
		if gap, ok := strings.CutPrefix(word, "~"); ok {
			gap, next.across = strings.CutPrefix(gap, "~")
			n, err := strconv.ParseInt(gap, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("gap %q: %w", word, err)
			}
			next.gap = int32(n)
			continue
		}
		id, err := lex.class(strings.Trim(word, "<>"))
		if err != nil {
			return nil, err
		}
		next.class = id
		out = append(out, next)
		next = step{gap: 1}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no steps in %q", s)
	}
	return out, nil
}

func readGuard(word string, lex *lexicon) (guard, error) {
	name, arg, _ := strings.Cut(word, ":")
	switch name {
	case "plain":
		return guard{kind: guardPlain}, nil
	case "negated":
		return guard{kind: guardNegated}, nil
	case "asks":
		return guard{kind: guardAsks}, nil
	case "tells":
		return guard{kind: guardTells}, nil
	case "begins":
		return guard{kind: guardBegins}, nil
	case "ends":
		return guard{kind: guardEnds}, nil
	case "whole":
		return guard{kind: guardWhole}, nil
	case "without", "with":
		id, err := lex.class(arg)
		kind := guardWithout
		if name == "with" {
			kind = guardWith
		}
		return guard{kind: kind, class: id}, err
	case "atmost":
		n, err := strconv.Atoi(arg)
		if err != nil {
			return guard{}, fmt.Errorf("guard %q: %w", word, err)
		}
		return guard{kind: guardAtMost, n: n}, nil
	}
	return guard{}, fmt.Errorf("unknown guard %q", word)
}

// match finds the first place where the rule holds.
func (r *rule) match(sc *scratch, filler uint16) (start, end int32, ok bool) {
	if !sc.has(r.steps[0].class) {
		return 0, 0, false
	}
	for _, g := range r.guards {
		if !g.holdsForText(sc) {
			return 0, 0, false
		}
	}
	for i := sc.firstHit[r.steps[0].class]; i >= 0; i = sc.nextHit[i] {
		if e, negated, ok := r.follow(sc, i, 1); ok && r.holdsAt(sc, sc.hits[i].start, e, negated, filler) {
			return sc.hits[i].start, e, true
		}
	}
	return 0, 0, false
}

// follow walks the steps after hit i and returns where the sequence ends and whether a step is negated.
func (r *rule) follow(sc *scratch, i int32, at int) (end int32, negated, ok bool) {
	h := &sc.hits[i]
	if at == len(r.steps) {
		return h.end, h.negated, true
	}
	s := &r.steps[at]
	for j := sc.firstHit[s.class]; j >= 0; j = sc.nextHit[j] {
		g := sc.hits[j].start
		if g < h.end {
			continue
		}
		if g-h.end > s.gap {
			break
		}
		if !s.across && sc.broken(h.end, g) {
			break
		}
		if e, neg, ok := r.follow(sc, j, at+1); ok {
			return e, neg || h.negated, true
		}
	}
	return 0, false, false
}

// holdsForText checks what does not depend on the place.
func (g *guard) holdsForText(sc *scratch) bool {
	switch g.kind { //nolint:exhaustive // the other values mean nothing here
	case guardAsks:
		return sc.question
	case guardTells:
		return !sc.question
	case guardWithout:
		return !sc.has(g.class)
	case guardWith:
		return sc.has(g.class)
	case guardAtMost:
		return len(sc.runes) <= g.n
	}
	return true
}

// holdsAt checks what depends on the place.
func (r *rule) holdsAt(sc *scratch, start, end int32, negated bool, filler uint16) bool {
	for i := range r.guards {
		ok := true
		switch r.guards[i].kind { //nolint:exhaustive // the other values mean nothing here
		case guardPlain:
			ok = !negated
		case guardNegated:
			ok = negated
		case guardBegins:
			ok = sc.edge(start-1, -1, filler)
		case guardEnds:
			ok = sc.edge(end, 1, filler)
		case guardWhole:
			ok = sc.alone(start, end, filler)
		}
		if !ok {
			return false
		}
	}
	return true
}

// edge says whether only fillers stand between i and the next separator in direction dir.
func (sc *scratch) edge(i, dir int32, filler uint16) bool {
	for i >= 0 && int(i) < len(sc.runes) && !isPunct(sc.runes[i]) {
		if sc.runes[i] != ' ' && !sc.covered(i, filler) {
			return false
		}
		i += dir
	}
	return true
}

// alone says whether everything outside start..end is filler or punctuation.
func (sc *scratch) alone(start, end int32, filler uint16) bool {
	for i, r := range sc.runes {
		if p := int32(i); p >= start && p < end || isPunct(r) || r == ' ' {
			continue
		}
		if !sc.covered(int32(i), filler) {
			return false
		}
	}
	return true
}

// covered says whether a hit of the class lies over rune i.
func (sc *scratch) covered(i int32, id uint16) bool {
	for j := sc.firstHit[id]; j >= 0; j = sc.nextHit[j] {
		if h := sc.hits[j]; h.start <= i && i < h.end {
			return true
		}
	}
	return false
}
