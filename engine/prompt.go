package engine

import (
	"unicode/utf8"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// fitPrompt keeps a question to a model within promptTokens, which is what the bounds of its flow count for it: the oldest messages go first,
// then the end of the last one. A character is counted as a token, which is at least what models count for Chinese. It reports whether
// something had to go.
func fitPrompt(m *flowdeskv1.ModelRequest) bool {
	left := promptTokens - utf8.RuneCountInString(m.GetInstructions()) - utf8.RuneCountInString(m.GetJsonSchema())
	for i := len(m.GetMessages()) - 1; i >= 0; i-- {
		size := utf8.RuneCountInString(m.GetMessages()[i].GetText())
		if size <= left {
			left -= size
			continue
		}
		if i < len(m.GetMessages())-1 {
			m.Messages = m.GetMessages()[i+1:]
		} else {
			m.Messages[i].Text = cut(m.GetMessages()[i].GetText(), max(left, 0))
			m.Messages = m.GetMessages()[i:]
		}
		return true
	}
	return false
}
