package desk

import (
	"strings"
	"unicode/utf8"
)

// Echo is a text that a robot heard, to be compared with what was said. Phones show texts differently (see FoldName), and mentions before them.
type Echo struct {
	text string // folded
	last rune   // of the text; most of what was said ends in another way and need not be folded
}

// Heard is what a robot heard.
func Heard(text string) Echo {
	e := Echo{text: FoldName(text)}
	e.last, _ = utf8.DecodeLastRuneInString(e.text)
	return e
}

// EndsWith reports whether what was heard ends with what was said.
func (e Echo) EndsWith(said string) bool {
	_, found := e.cut(said)
	return found
}

// Is reports whether what was heard is what was said, with nothing but mentions before it.
func (e Echo) Is(said string) bool {
	head, found := e.cut(said)
	head = strings.TrimSpace(head)
	return found && (head == "" || strings.HasPrefix(head, "@"))
}

// cut is what stands before what was said.
func (e Echo) cut(said string) (head string, found bool) {
	for rest := said; ; {
		r, size := utf8.DecodeLastRuneInString(rest)
		if size == 0 {
			return "", false
		}
		rest = rest[:len(rest)-size]
		if r = foldRune(r); r >= 0 && r != ' ' {
			if r != e.last {
				return "", false
			}
			return strings.CutSuffix(e.text, FoldName(said))
		}
	}
}
