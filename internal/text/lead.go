package text

import (
	"slices"
	"strings"
)

// leads are the greetings and hesitations by their first rune, longest first.
type leads map[rune][][]rune

func readLeads(data string) leads {
	out := leads{}
	for line := range strings.Lines(data) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			rs := []rune(strings.ReplaceAll(word, "_", " "))
			out[rs[0]] = append(out[rs[0]], rs)
		}
	}
	return out
}

// mostLeads bounds how many are passed over, one after the other: 你好，那个，我想问下.
const mostLeads = 3

// leastAfterLead is how many runes that are no marks have to follow a lead: 你好 and 在吗 alone are the message.
const leastAfterLead = 2

// maskLeads takes leads off the beginning of a folded text, where a mark and more words follow: 你好，怎么退款 reads as 怎么退款.
func (l leads) maskLeads(d *folded) {
	from := 0
	for range mostLeads {
		n := l.leadAt(d.runes[from:])
		if n == 0 {
			break
		}
		from += n
	}
	if from > 0 {
		d.runes, d.pos = d.runes[:copy(d.runes, d.runes[from:])], d.pos[:copy(d.pos, d.pos[from:])]
	}
}

// leadAt is how many runes the lead at the beginning of rs has, with the marks after it; 0 for none.
func (l leads) leadAt(rs []rune) int {
	if len(rs) == 0 {
		return 0
	}
	longest := 0
	for _, lead := range l[rs[0]] {
		if len(lead) > longest && len(lead) <= len(rs) && string(rs[:len(lead)]) == string(lead) {
			longest = len(lead)
		}
	}
	if longest == len(rs) {
		return 0
	}
	end := longest
	for end < len(rs) && (rs[end] == ' ' || isPunct(rs[end]) && !isDecor(rs[end]) && rs[end] != '?') {
		end++
	}
	if longest == 0 || end == len(rs) || end == longest && rs[end] != signThing && !wishes(rs[end]) && !(isHan(rs[0]) && isWord(rs[end])) {
		return 0
	}
	words := 0
	for _, r := range rs[end:] {
		if !isPunct(r) && r != ' ' {
			words++
		}
	}
	if words < leastAfterLead && !slices.Contains(rs[end:], signThing) {
		return 0
	}
	return end
}

// wishes says whether r begins a wish, so that it may follow a greeting at once: 你好我想退款, but 你好厉害.
func wishes(r rune) bool { return strings.ContainsRune("我请想麻问这帮咨", r) }
