package text

import (
	"strings"
	"unicode"
)

// Mention is one @name in a text.
type Mention struct {
	// Name as written, without the sign.
	Name string
	// Start and End (exclusive) of sign and name, in code points of the text.
	Start, End int32
}

// fourPerEm is the space U+2005 that WeChat puts after a mention.
const fourPerEm = '\u2005'

// maxMention is the longest name looked for; WeChat limits nicknames to 32 characters.
const maxMention = 40

// MaxMentions is how many mentions are looked for in one text. A message to more people than that is one to everyone.
const MaxMentions = 100

// Mentions finds the @names of a text, with the sign in either width. A name ends at U+2005 where WeChat set one (so that it may
// hold spaces), else at white space or punctuation. The sign inside an e-mail address is no mention.
// Of more than MaxMentions the first are found.
func Mentions(text string) []Mention {
	if !strings.ContainsAny(text, "@＠") {
		return nil
	}
	var out []Mention
	rs := []rune(text)
	for i := 0; i < len(rs) && len(out) < MaxMentions; i++ {
		if end := mentionEnd(rs, i); end > i+1 {
			out = append(out, Mention{Name: string(rs[i+1 : end]), Start: int32(i), End: int32(end)})
			i = end - 1
		}
	}
	return out
}

// mentionEnd is the end of the mention that begins at i, or i when none does.
func mentionEnd(rs []rune, i int) int {
	if rs[i] != '@' && rs[i] != '＠' || i > 0 && rs[i-1] < 0x80 && (isWord(unicode.ToLower(rs[i-1])) || rs[i-1] == '.') {
		return i
	}
	limit := min(len(rs), i+1+maxMention)
	for j := i + 1; j < limit; j++ {
		switch {
		case rs[j] == fourPerEm:
			return j
		case rs[j] == '@' || rs[j] == '＠':
			limit = j
		}
	}
	j := i + 1
	for j < limit && !unicode.IsSpace(rs[j]) && !isNameEnd(rs[j]) {
		j++
	}
	return j
}

func isNameEnd(r rune) bool {
	switch r {
	case '，', '。', '！', '？', '；', '：', ',', '!', '?', ';', ':', '、':
		return true
	}
	return false
}

// maskMentions takes the mentions at either end of a folded text out, so that "@小王 在的" reads as 在的. Names without a separator
// (@小王在的) cannot be told from what follows and stay.
func maskMentions(d *folded) {
	out := 0
	for i := 0; i < len(d.runes); {
		if d.runes[i] == '@' && (i == 0 || !isWord(d.runes[i-1])) {
			j := i + 1
			for j < len(d.runes) && j-i <= maxMention && d.runes[j] != ' ' && d.runes[j] != ',' && !isStop(d.runes[j]) && d.runes[j] != ':' && d.runes[j] != '@' {
				j++
			}
			if j > i+1 && j < len(d.runes) {
				i = j
				if d.runes[i] == ' ' || d.runes[i] == ',' || d.runes[i] == ':' {
					i++
				}
				continue
			}
			if j == len(d.runes) && out > 0 {
				break
			}
		}
		d.runes[out], d.pos[out] = d.runes[i], d.pos[i]
		out++
		i++
	}
	d.runes, d.pos = d.runes[:out], d.pos[:out]
}
