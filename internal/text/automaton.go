package text

import "slices"

// automaton finds every lexicon entry in one pass: Aho and Corasick's machine in a double array.
type automaton struct {
	code  map[rune]int32 // rune to column; runes of no entry have none
	fast  [0x10000]uint16
	base  []int32
	check []int32
	fail  []int32
	first []int32  // state to its first output, or -1
	outs  []output // chains of outputs
}

// output is one entry that ends in a state; next continues the chain, -1 ends it.
type output struct {
	entry int32
	next  int32
}

// found is one occurrence of an entry, in folded runes.
type found struct {
	start, end int32
	entry      int32
}

// trie is the automaton under construction.
type trie struct {
	kids    []map[int32]int32
	entries [][]int32
}

// newAutomaton builds the machine over the folded entries; entry i is reported as i.
func newAutomaton(entries [][]rune) *automaton {
	a := &automaton{code: map[rune]int32{}}
	t := &trie{kids: []map[int32]int32{{}}, entries: [][]int32{nil}}
	for i, e := range entries {
		if len(e) > 0 {
			t.insert(a.columns(e), int32(i))
		}
	}
	a.lay(t)
	return a
}

// columns maps runes to columns, giving new runes the next free one.
func (a *automaton) columns(rs []rune) []int32 {
	cols := make([]int32, len(rs))
	for i, r := range rs {
		c, ok := a.code[r]
		if !ok {
			c = int32(len(a.code) + 1)
			a.code[r] = c
			if r < 0x10000 {
				a.fast[r] = uint16(c)
			}
		}
		cols[i] = c
	}
	return cols
}

func (t *trie) insert(cols []int32, entry int32) {
	s := int32(0)
	for _, c := range cols {
		next, ok := t.kids[s][c]
		if !ok {
			next = int32(len(t.kids))
			t.kids[s][c] = next
			t.kids = append(t.kids, map[int32]int32{})
			t.entries = append(t.entries, nil)
		}
		s = next
	}
	t.entries[s] = append(t.entries[s], entry)
}

// lay places the trie into the double array, breadth first, so that a state's failure state is placed before it.
func (a *automaton) lay(t *trie) {
	a.grow(1)
	a.check[0] = 0
	place := make([]int32, len(t.kids)) // trie state to array state
	type item struct{ state, parent, col int32 }
	queue := []item{{0, -1, 0}}
	free := &gaps{}
	for len(queue) > 0 {
		it := queue[0]
		queue = queue[1:]
		s := place[it.state]
		if it.parent >= 0 {
			a.fail[s] = a.failure(it.parent, it.col, s)
		}
		a.first[s] = a.first[a.fail[s]]
		if s == 0 {
			a.first[s] = -1
		}
		for _, e := range t.entries[it.state] {
			a.outs = append(a.outs, output{e, a.first[s]})
			a.first[s] = int32(len(a.outs) - 1)
		}
		cols := make([]int32, 0, len(t.kids[it.state]))
		for c := range t.kids[it.state] {
			cols = append(cols, c)
		}
		slices.Sort(cols)
		if len(cols) == 0 {
			continue
		}
		a.base[s] = a.fit(cols, free)
		for _, c := range cols {
			p := a.base[s] + c
			a.check[p] = s
			free.take(p)
			kid := t.kids[it.state][c]
			place[kid] = p
			queue = append(queue, item{kid, s, c})
		}
	}
}

// fit finds the first base where all columns are free.
func (a *automaton) fit(cols []int32, free *gaps) int32 {
	for p := free.from(1 + cols[0]); ; p = free.from(p + 1) {
		b := p - cols[0]
		a.grow(int(b+cols[len(cols)-1]) + 1)
		ok := true
		for _, c := range cols[1:] {
			if a.check[b+c] >= 0 {
				ok = false
				break
			}
		}
		if ok {
			return b
		}
	}
}

// gaps know the free places of the array: each place names one at or behind it from which on the first free one is to be looked for.
type gaps struct{ next []int32 }

// from is the first free place from p on.
func (g *gaps) from(p int32) int32 {
	for int32(len(g.next)) <= p {
		g.next = append(g.next, int32(len(g.next)))
	}
	end := p
	for end < int32(len(g.next)) && g.next[end] != end {
		end = g.next[end]
	}
	for p < end { // the way is short next time
		p, g.next[p] = g.next[p], end
	}
	return end
}

// take notes that a place is not free any more.
func (g *gaps) take(p int32) {
	g.from(p)
	g.next[p] = p + 1
}

func (a *automaton) grow(n int) {
	for len(a.check) < n {
		a.base = append(a.base, 0)
		a.check = append(a.check, -1)
		a.fail = append(a.fail, 0)
		a.first = append(a.first, -1)
	}
}

// failure is the state of the longest proper suffix of the child that parent reaches by col.
func (a *automaton) failure(parent, col, child int32) int32 {
	for s := parent; s != 0; {
		s = a.fail[s]
		if t := a.step(s, col); t >= 0 && t != child {
			return t
		}
	}
	return 0
}

// step is the state that follows s on col in the trie, or -1.
func (a *automaton) step(s, col int32) int32 {
	if t := a.base[s] + col; a.base[s] > 0 && int(t) < len(a.check) && a.check[t] == s {
		return t
	}
	return -1
}

func (a *automaton) column(r rune) int32 {
	if r < 0x10000 {
		return int32(a.fast[r])
	}
	return a.code[r]
}

// scan reports every occurrence of every entry to yield, by end position.
func (a *automaton) scan(rs []rune, yield func(entry, end int32)) {
	s := int32(0)
	for i, r := range rs {
		col := a.column(r)
		if col == 0 {
			s = 0
			continue
		}
		for {
			if t := a.step(s, col); t >= 0 {
				s = t
				break
			}
			if s == 0 {
				break
			}
			s = a.fail[s]
		}
		for o := a.first[s]; o >= 0; o = a.outs[o].next {
			yield(a.outs[o].entry, int32(i+1))
		}
	}
}
