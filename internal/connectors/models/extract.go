package models

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxStarts bounds how many opening braces are tried as the beginning of the object; trying all would be quadratic.
const maxStarts = 32

// ExtractJSON finds the first whole JSON object in what a model wrote: bare, in a code fence, or amid chatter. The object
// comes back compact. What the model reasoned is skipped.
func ExtractJSON(text string) (json.RawMessage, bool) {
	text = strings.ToValidUTF8(withoutThought(text), "\uFFFD")
	for starts := 0; starts < maxStarts; starts++ {
		at := strings.IndexByte(text, '{')
		if at < 0 {
			return nil, false
		}
		text = text[at:]
		var raw json.RawMessage
		if err := json.NewDecoder(strings.NewReader(text)).Decode(&raw); err == nil {
			var out bytes.Buffer
			if json.Compact(&out, raw) == nil && out.Len() > 0 && out.Bytes()[0] == '{' {
				return out.Bytes(), true
			}
		}
		text = text[1:]
	}
	return nil, false
}

// withoutThought removes reasoning that a server without a reasoning parser leaves in front of the content.
func withoutThought(text string) string {
	text = strings.TrimPrefix(text, "\uFEFF")
	rest, open := strings.CutPrefix(strings.TrimLeft(text, " \t\r\n"), "<think>")
	if before, after, closed := strings.Cut(rest, "</think>"); closed && (open || !strings.Contains(before, "<think>")) {
		return after
	}
	if open {
		return "" // cut while still thinking
	}
	return text
}

// plainText removes what has no place in a message: reasoning, control characters, blanks around.
func plainText(text string) string {
	text = strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, withoutThought(text))
	return strings.TrimSpace(text)
}
