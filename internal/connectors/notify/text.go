package notify

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// cut shortens text to at most n bytes, between characters, and ends it visibly when it did.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= n {
		return text
	}
	n -= len(ellipsis)
	if n <= 0 {
		return ""
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + ellipsis
}

// joined is title and text as one.
func (n Notice) joined() string {
	switch {
	case n.Title == "":
		return n.Text
	case n.Text == "":
		return n.Title
	case n.Markdown:
		return "**" + n.Title + "**\n" + n.Text
	default:
		return n.Title + "\n" + n.Text
	}
}

const maxMentions = 50

// mentions returns who is to be mentioned: ids only, so that none can close a tag, and not without bound.
func mentions(n Notice) []string {
	var out []string
	for _, id := range n.Mention {
		if id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@") == "" && id != "@all" && len(out) < maxMentions {
			out = append(out, id)
		}
	}
	return out
}

// noTags keeps the text, which may be a customer's, from mentioning anybody by a tag of its own.
func noTags(text string) string {
	return strings.NewReplacer("<@", "＜@", "<at", "＜at", "<AT", "＜AT", "<At", "＜At", "<aT", "＜aT", "</at", "＜/at").Replace(text)
}

// marshal writes JSON without the six-byte forms of < > &, which would only fill the body.
func marshal(v any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // of maps, texts and flags: cannot fail
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
