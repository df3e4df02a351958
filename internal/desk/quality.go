package desk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ReplyFacts are what a reply is judged by before it leaves.
type ReplyFacts struct {
	// Text of the reply.
	Text string
	// MaxCharacters allowed; 0 for any number.
	MaxCharacters int
	// Forbidden words.
	Forbidden []string
	// Recent are the texts that our robots said lately to the same person.
	Recent []string
	// Citations are the texts of the sources. Links and numbers that stand in one are no leak, and a reply that has sources may not state
	// numbers that are in none.
	Citations []string
	// Instructions to the model, which must not be repeated.
	Instructions string
	// Question that is answered; numbers that stand in it may be stated.
	Question string
	// Names of the people whom the reply may address; figures in them are no statement.
	Names []string
	// AllowRepeated, AllowUnfounded and AllowLinks are true where repetition, figures without a source and links without a source may pass.
	AllowRepeated, AllowUnfounded, AllowLinks bool
}

// IssueCode is what is wrong with a reply; it is stable.
type IssueCode string

// What a reply is checked for.
const (
	IssueBlank        IssueCode = "blank"
	IssueTooLong      IssueCode = "too_long"
	IssueForbidden    IssueCode = "forbidden_word"
	IssueSecret       IssueCode = "secret"
	IssuePersonalData IssueCode = "personal_data"
	IssueInstructions IssueCode = "instructions"
	IssueEveryone     IssueCode = "mentions_everyone"
	IssueLink         IssueCode = "unknown_link"
	IssueRepeated     IssueCode = "repeated"
	IssueUnfaithful   IssueCode = "unfaithful"
)

// Issue is one thing that is wrong with a reply. The words that are wrong are named except where they are secret.
type Issue struct {
	// Code is what is wrong.
	Code IssueCode
	// ZH and EN say it in words.
	ZH, EN string
}

// Text says it in both languages.
func (i Issue) Text() *flowdeskv1.Text { return &flowdeskv1.Text{Zh: i.ZH, En: i.EN} }

// CheckReply says everything that is wrong with a reply; nothing when it may leave.
func CheckReply(f ReplyFacts) []Issue {
	folded := FoldName(f.Text)
	if foldQuestion(folded) == "" && !hasSymbol(folded) {
		return []Issue{{IssueBlank, "回复为空", "the reply is empty"}}
	}
	var issues []Issue
	if n := utf8.RuneCountInString(strings.TrimSpace(f.Text)); f.MaxCharacters > 0 && n > f.MaxCharacters {
		issues = append(issues, Issue{
			IssueTooLong, fmt.Sprintf("%d 字，超过上限 %d 字", n, f.MaxCharacters), fmt.Sprintf("%d characters, %d are allowed", n, f.MaxCharacters),
		})
	}
	issues = checkForbidden(issues, folded, f.Forbidden)
	sources := newSources(f.Citations)
	issues = checkSecrets(issues, f.Text)
	issues = checkPersonalData(issues, folded, sources)
	if echo := commonRun(f.Instructions, f.Text); echo != "" && !sources.hold(echo) {
		issues = append(issues, Issue{IssueInstructions, "复述了指令内容：" + echo, "repeats its instructions: " + echo})
	}
	if word := everyoneIn(folded); word != "" {
		issues = append(issues, Issue{IssueEveryone, "不能提醒所有人：" + word, "mentions everyone: " + word})
	}
	if !f.AllowLinks {
		issues = checkLinks(issues, folded, sources)
	}
	if !f.AllowRepeated {
		issues = checkRepeated(issues, f.Text, f.Recent)
	}
	if f.AllowUnfounded {
		return issues
	}
	return checkFigures(issues, folded, f, sources)
}

// checkForbidden finds forbidden words, in whatever width and case, also when they are spaced out. A word of letters must stand alone.
func checkForbidden(issues []Issue, folded string, words []string) []Issue {
	tight := strings.ReplaceAll(folded, " ", "")
	for _, word := range words {
		w := FoldName(word)
		if w == "" {
			continue
		}
		if containsWord(folded, w) || !asciiOnly(w) && strings.Contains(tight, strings.ReplaceAll(w, " ", "")) {
			issues = append(issues, Issue{IssueForbidden, "含违禁词：" + word, "holds a forbidden word: " + word})
		}
	}
	return issues
}

// containsWord reports whether a text holds a word; where the word begins or ends with a letter or digit of ASCII, none may stand beside it.
func containsWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		if !(from > 0 && alnum(text[from-1]) && alnum(word[0])) && !(to < len(text) && alnum(text[to]) && alnum(word[len(word)-1])) {
			return true
		}
		at = from + 1
	}
}

func alnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func asciiOnly(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// everyoneIn finds a mention of everyone in a folded text.
func everyoneIn(folded string) string {
	for rest := folded; ; {
		at := strings.IndexByte(rest, '@')
		if at < 0 {
			return ""
		}
		mailbox := at > 0 && alnum(rest[at-1])
		rest = strings.TrimLeft(rest[at+1:], "@ ")
		for _, name := range everyone {
			after, ok := strings.CutPrefix(rest, name)
			if ok && (!asciiOnly(name) || !mailbox && (after == "" || !alnum(after[0]))) {
				return "@" + name
			}
		}
	}
}
