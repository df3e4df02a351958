package text

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// class is one named set of entries, such as "human.noun"; the part before the dot is its group. Inside a group a longer entry
// hides the shorter ones it covers: 人工智能 hides 人工, 不好 hides 好.
type class struct {
	name  string
	group uint8
	// weight is what one hit adds to the scores that sum this class.
	weight float64
	// hides says that the class (.not, .none) holds words that only look like those of its group.
	hides bool
}

// entry is one surface form of a class.
type entry struct {
	class uint16
	runes []rune
	// openEnd lets a Latin entry match a longer word: disappoint* finds disappointing.
	openEnd bool
}

// lexicon is all classes with their entries.
type lexicon struct {
	classes []class
	byName  map[string]uint16
	groups  []string
	entries []entry
	// hidden are the surfaces of a group's .none and .not classes; no other class of the group keeps them.
	hidden map[string]bool
}

func (l *lexicon) groupKey(id uint16, rs []rune) string {
	return strconv.Itoa(int(l.classes[id].group)) + " " + string(rs)
}

// prune drops the entries that a .none or .not class of their group also holds.
func (l *lexicon) prune() {
	l.entries = slices.DeleteFunc(l.entries, func(e entry) bool {
		return !l.classes[e.class].hides && l.hidden[l.groupKey(e.class, e.runes)]
	})
}

// readLexicon reads every *.txt of dir. A line "@name weight" begins a class, the lines below it list entries separated by spaces;
// an underscore stands for a space, {a|b|} for alternatives, a star at the end for any ending of a Latin word, # begins a comment.
func readLexicon(dir fs.FS, f *folder) (*lexicon, error) {
	files, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, fmt.Errorf("list lexicon: %w", err)
	}
	lex := &lexicon{byName: map[string]uint16{}, hidden: map[string]bool{}}
	seen := map[string]bool{}
	for _, name := range files {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if err := lex.parse(string(data), f, seen); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	lex.prune()
	return lex, nil
}

func (l *lexicon) parse(data string, f *folder, seen map[string]bool) error {
	current := -1
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "@"):
			id, err := l.declare(strings.Fields(line[1:]))
			if err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			current = int(id)
		case current < 0:
			return fmt.Errorf("line %d: entries before the first class", n)
		default:
			for _, word := range strings.Fields(line) {
				surfaces, err := expand(word)
				if err != nil {
					return fmt.Errorf("line %d: %w", n, err)
				}
				for _, s := range surfaces {
					l.add(uint16(current), s, f, seen)
				}
			}
		}
	}
	return nil
}

// declare opens a class by its name and optional weight; a class may be opened again in another file.
func (l *lexicon) declare(fields []string) (uint16, error) {
	if len(fields) == 0 {
		return 0, fmt.Errorf("class without a name")
	}
	name := fields[0]
	if id, ok := l.byName[name]; ok {
		return id, nil
	}
	weight := 1.0
	if len(fields) > 1 {
		w, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return 0, fmt.Errorf("weight of %s: %w", name, err)
		}
		weight = w
	}
	group, _, _ := strings.Cut(name, ".")
	g := slices.Index(l.groups, group)
	if g < 0 {
		if g = len(l.groups); g == maxGroups {
			return 0, fmt.Errorf("more than %d groups", maxGroups)
		}
		l.groups = append(l.groups, group)
	}
	id := uint16(len(l.classes))
	hides := strings.HasSuffix(name, ".none") || strings.HasSuffix(name, ".not")
	l.classes = append(l.classes, class{name: name, group: uint8(g), weight: weight, hides: hides})
	l.byName[name] = id
	return id, nil
}

func (l *lexicon) add(id uint16, surface string, f *folder, seen map[string]bool) {
	open := strings.HasSuffix(surface, "*") && len(surface) > 1
	surface = strings.TrimSuffix(surface, "*")
	surface = strings.ReplaceAll(surface, "_", " ")
	var d folded
	f.fold(surface, len(surface), &d)
	key := strconv.Itoa(int(id)) + " " + string(d.runes)
	if len(d.runes) == 0 || seen[key] {
		return
	}
	seen[key] = true
	if l.classes[id].hides {
		l.hidden[l.groupKey(id, d.runes)] = true
	}
	l.entries = append(l.entries, entry{class: id, runes: slices.Clone(d.runes), openEnd: open})
}

// maxGroups bounds the groups, so that hiding needs no memory of its own.
const maxGroups = 32

// class returns the id of a class that the code names; a missing one is an error of the data files.
func (l *lexicon) class(name string) (uint16, error) {
	id, ok := l.byName[name]
	if !ok {
		return 0, fmt.Errorf("the lexicon has no class %q", name)
	}
	return id, nil
}

// maxExpansions bounds one entry's alternatives, so that a slip in a data file cannot make a machine of millions.
const maxExpansions = 20000

// expand writes out the alternatives of a pattern: {转|接}人工{客服|} gives four surfaces. Braces do not nest.
func expand(pattern string) ([]string, error) {
	out := []string{""}
	for pattern != "" {
		open := strings.IndexByte(pattern, '{')
		if open < 0 {
			open = len(pattern)
		}
		for i := range out {
			out[i] += pattern[:open]
		}
		if open == len(pattern) {
			break
		}
		rest := pattern[open+1:]
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return nil, fmt.Errorf("unclosed brace in %q", pattern)
		}
		alts := strings.Split(rest[:end], "|")
		if len(out)*len(alts) > maxExpansions {
			return nil, fmt.Errorf("too many alternatives in %q", pattern)
		}
		next := make([]string, 0, len(out)*len(alts))
		for _, o := range out {
			for _, alt := range alts {
				next = append(next, o+alt)
			}
		}
		out, pattern = next, rest[end+1:]
	}
	return out, nil
}
