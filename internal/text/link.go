package text

import "strings"

// link reads the link around the mark at i, a colon before two strokes or a dot before com and the like. It begins no earlier than least;
// to is 0 when there is none.
func link(s string, i, least int) (from, to int) {
	from = i
	if s[i] == ':' {
		if !strings.HasPrefix(s[i:], "://") {
			return 0, 0
		}
		for from > least && isASCIILetter(s[from-1]) {
			from--
		}
		to = i + len("://")
	} else {
		end := domainEnd(s, i)
		if end == 0 {
			return 0, 0
		}
		for from > least && (isASCIILetter(s[from-1]) || s[from-1] >= '0' && s[from-1] <= '9' || strings.IndexByte("._-@+", s[from-1]) >= 0) {
			from--
		}
		to = end
	}
	if from == i {
		return 0, 0
	}
	for to < len(s) && s[to] > ' ' && s[to] < 0x7f && strings.IndexByte("\"<>)]", s[to]) < 0 {
		to++
	}
	for to > i && strings.IndexByte(".,!?;", s[to-1]) >= 0 { // what ends the sentence
		to--
	}
	return from, to
}

// domainEnd is where a top domain that begins with the dot at i ends, 0 when there is none.
func domainEnd(s string, i int) int {
	for _, top := range [...]string{".com", ".cn", ".net", ".org", ".top", ".xyz", ".cc", ".io"} {
		if strings.HasPrefix(s[i:], top) {
			if end := i + len(top); end == len(s) || !isASCIILetter(s[end]) {
				return end
			}
		}
	}
	return 0
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
