package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// folder brings the spellings of one text together: width, case, script, repeated characters, apostrophes and spaces.
type folder struct {
	simplified map[rune]rune   // traditional and variant characters to the common simplified one
	emoji      map[string]rune // names of emoji to the emoji
}

// folded is a text in folded form; pos[i] is the code-point position in the original text of runes[i].
type folded struct {
	runes []rune
	pos   []int32
	total int32 // code points read of the original text
	cuts  []cut // what was passed over
}

// newFolder parses pairs of characters, the variant first; white space separates nothing and may stand anywhere.
func newFolder(pairs string) (*folder, error) {
	f := &folder{simplified: make(map[rune]rune, len(pairs)/6)}
	var variant rune
	for line := range strings.Lines(pairs) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, r := range line {
			switch {
			case unicode.IsSpace(r):
			case variant == 0:
				variant = r
			default:
				f.simplified[variant] = r
				variant = 0
			}
		}
	}
	if variant != 0 {
		return nil, fmt.Errorf("variant %q has no simplified character", variant)
	}
	return f, nil
}

// fold folds at most limit code points of s into dst, reusing its memory.
func (f *folder) fold(s string, limit int, dst *folded) {
	dst.runes, dst.pos, dst.total = dst.runes[:0], dst.pos[:0], 0
	token := 0 // runes since the last space, to tell spaced-out characters (转 人 工) from words
	mention := false
	space := false
	s = s[:min(len(s), utf8.UTFMax*limit)] // no more is read, so no more is looked through
	dst.cuts = f.carried(s, dst.cuts[:0])
	cuts := dst.cuts
	for i, r := range s {
		if int(dst.total) >= limit {
			break
		}
		at := dst.total
		dst.total++
		if len(cuts) > 0 && i >= cuts[0].to {
			cuts = cuts[1:]
		}
		if len(cuts) > 0 && i >= cuts[0].from {
			if i > cuts[0].from {
				continue
			}
			r = cuts[0].as
		}
		r = f.foldRune(r)
		if r == 0 {
			continue
		}
		if r == ' ' {
			space = len(dst.runes) > 0
			continue
		}
		last := lastRune(dst.runes)
		if r == '\'' && isLatin(last) {
			continue // don't and dont are one word
		}
		if space {
			space = false
			switch {
			case isPunct(last) || isPunct(r):
			case mention:
				dst.add(',', at)
			case !isHan(last) || !isHan(r):
				if isLatin(last) == isLatin(r) || isDigit(last) && isDigit(r) {
					dst.add(' ', at)
				}
			case token == 1 && shortToken(s[i:]):
			default:
				dst.add(',', at)
			}
			token = 0
		}
		if token++; token == 1 {
			mention = r == '@'
		}
		if dst.repeats(r) {
			continue
		}
		dst.add(r, at)
	}
	dst.unspell()
}

// maxSpelt is the longest text that is taken for one spelt out, character by character.
const maxSpelt = 16

// unspell joins a text whose characters stand apart for emphasis or to slip through a filter: 人！工！, 转-人-工. A comma separates
// answers instead (好，行), so it does not count.
func (d *folded) unspell() {
	if len(d.runes) < 3 || len(d.runes) > maxSpelt {
		return
	}
	han, before := 0, false
	for _, r := range d.runes {
		switch is := isHan(r); {
		case is && before || !is && (!isPunct(r) && r != '*' && r != '+' && r != '_' || r == ',' || r == '?'):
			return
		case is:
			han++
			before = true
		default:
			before = false
		}
	}
	if han < 2 {
		return
	}
	n := 0
	for i, r := range d.runes {
		if isHan(r) {
			d.runes[n], d.pos[n] = r, d.pos[i]
			n++
		}
	}
	d.runes, d.pos = d.runes[:n], d.pos[:n]
}

func (d *folded) add(r rune, at int32) {
	d.runes = append(d.runes, r)
	d.pos = append(d.pos, at)
}

// repeats says whether r only prolongs what stands before it: 急急急急, sooo, !!!!. Digits are never dropped.
func (d *folded) repeats(r rune) bool {
	n := len(d.runes)
	if n < 2 || d.runes[n-1] != r || isDigit(r) {
		return false
	}
	return d.runes[n-2] == r
}

// end is the original position just after folded rune i.
func (d *folded) end(i int) int32 { return d.pos[i] + 1 }

// foldRune maps one rune to its folded form; 0 drops it.
func (f *folder) foldRune(r rune) rune {
	switch {
	case r < 0x80:
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\n':
			return '.'
		case r < 0x20 || r == 0x7f:
			return ' '
		case r == '`':
			return '\''
		}
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return f.foldRune(r - 0xFEE0)
	case r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF:
		if s, ok := f.simplified[r]; ok {
			return s
		}
		return r
	}
	return foldOther(r)
}

// foldOther folds what is neither ASCII, full-width ASCII nor a Han character.
func foldOther(r rune) rune {
	switch r {
	case '。', '｡', '…', '︒', '\u2028', '\u2029':
		return '.'
	case '，', '、', '､', '﹐':
		return ','
	case '‘', '’', 'ʼ', '´':
		return '\''
	case '“', '”', '「', '」', '『', '』', '《', '》', '«', '»':
		return '"'
	case '【':
		return '['
	case '】':
		return ']'
	case '～', '〜':
		return '~'
	case '—', '–', '－', '‐':
		return '-'
	case '\u2005', '\u3000', '\u00a0':
		return ' '
	case '\uFFFD':
		return ' '
	case '❓', '❔', '⁉':
		return '?'
	case '❗', '‼':
		return '!'
	}
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
		return 0 // zero width, direction marks, variation selectors
	case r >= 0x1F3FB && r <= 0x1F3FF:
		return 0 // skin tones
	case r >= 0xC0 && r < 0x250:
		return foldLatin(r)
	}
	return unicode.ToLower(r)
}

// foldLatin takes the accents off the letters that appear in customer names and loan words.
func foldLatin(r rune) rune {
	r = unicode.ToLower(r)
	const from, to = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿāēīōūǎěǐǒǔ", "aaaaaaceeeeiiiinooooouuuuyyaeiouaeiou"
	i := 0
	for _, c := range from {
		if c == r {
			return rune(to[i])
		}
		i++
	}
	return r
}

// shortToken says whether the text starting at s begins with a single character before the next space or the end.
func shortToken(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			break
		}
		if n++; n > 1 {
			return false
		}
	}
	return n == 1
}

func lastRune(rs []rune) rune {
	if len(rs) == 0 {
		return 0
	}
	return rs[len(rs)-1]
}

func isHan(r rune) bool   { return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF }
func isLatin(r rune) bool { return r >= 'a' && r <= 'z' }
func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isWord(r rune) bool  { return isLatin(r) || isDigit(r) }

// isStop says whether r ends a sentence.
func isStop(r rune) bool { return r == '.' || r == '!' || r == '?' || r == ';' }

// isDecor says whether r is an emoji or a sign for something carried: it stands between words and belongs to none.
func isDecor(r rune) bool {
	return r >= 0x2300 && (r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r <= 0x23FF || r >= 0x2B05 && r <= 0x2B55 || r == signThing)
}

// isPunct says whether r separates clauses or decorates them.
func isPunct(r rune) bool {
	return isDecor(r) || isStop(r) || r == ',' || r == ':' || r == '~' || r == '"' || r == '(' || r == ')' || r == '-' || r == '/'
}
