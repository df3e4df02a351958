package desk

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// ReplyFacts are what a reply is judged by.
type ReplyFacts struct {
	Text          string
	MaxCharacters int
	Forbidden     []string
	// Recent are texts that our robots said lately in the session.
	Recent []string
}

var (
	phonePattern = regexp.MustCompile(`(?:^|[^0-9])1[3-9][0-9]{9}(?:[^0-9]|$)`)
	idPattern    = regexp.MustCompile(`(?:^|[^0-9])[1-9][0-9]{16}[0-9Xx](?:[^0-9]|$)`)
	keyPattern   = regexp.MustCompile(`\b(?:sk|ark|ghp|AKIA)[-_A-Za-z0-9]{16,}`)
)

// CheckReply names what is wrong with a reply, as stable codes with a detail; nothing when it may leave.
func CheckReply(f ReplyFacts) []string {
	text := strings.TrimSpace(f.Text)
	var issues []string
	if text == "" {
		return []string{"blank"}
	}
	if n := utf8.RuneCountInString(text); f.MaxCharacters > 0 && n > f.MaxCharacters {
		issues = append(issues, fmt.Sprintf("too_long: %d characters, %d allowed", n, f.MaxCharacters))
	}
	for _, word := range f.Forbidden {
		if word != "" && strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			issues = append(issues, "forbidden_word: "+word)
		}
	}
	if strings.Contains(text, "@所有人") || strings.Contains(strings.ToLower(text), "@all") {
		issues = append(issues, "mentions_everyone")
	}
	switch {
	case idPattern.MatchString(text):
		issues = append(issues, "personal_data: identity number")
	case phonePattern.MatchString(text):
		issues = append(issues, "personal_data: phone number")
	}
	if keyPattern.MatchString(text) {
		issues = append(issues, "secret")
	}
	for _, said := range f.Recent {
		if strings.TrimSpace(said) == text {
			issues = append(issues, "repeated")
			break
		}
	}
	return issues
}
