package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxAlone = 8   // parts of a text that are looked at by themselves
	agreed   = 0.6 // probability at which the model takes one for a call
)

// callsAlone reports whether one part of a text is a sure call for a person by itself. What is told beside a call can outweigh it in the model,
// which adds up what it sees; it says nothing against it.
func (u *Understander) callsAlone(text string) bool {
	looked := 0
	for part := range parts(text) {
		if len(part) == len(text) || looked == maxAlone {
			return false
		}
		looked++
		if u.calls(part) {
			return true
		}
	}
	return false
}

func (u *Understander) calls(part string) bool {
	sc := u.take()
	defer u.pool.Put(sc)
	u.analyse(part, sc)
	return u.sum(sc, "handoff") >= surely && logistic(sc.scores[labelHandoff]) >= agreed
}

// parts cuts a text at its marks, and at spaces beside Chinese characters. A question mark stays with what it asks.
func parts(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		from := 0
		for i, r := range text {
			end := i
			switch {
			case r == '?' || r == '\uff1f':
				end = i + utf8.RuneLen(r)
			case r == '\'' || r == '\u2019' || r == '-' || r == '@':
				continue
			case unicode.IsSpace(r):
				before, _ := utf8.DecodeLastRuneInString(text[:i])
				after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
				if r != '\n' && !isHan(before) && !isHan(after) {
					continue
				}
			case !unicode.IsPunct(r):
				continue
			}
			if part := strings.TrimSpace(text[from:end]); part != "" && !yield(part) {
				return
			}
			from = i + utf8.RuneLen(r)
		}
		if part := strings.TrimSpace(text[from:]); part != "" {
			yield(part)
		}
	}
}
