package desk

import (
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ContextLimits bound a conversation's context.
type ContextLimits struct {
	// Messages kept, at most.
	Messages int
	// Characters kept, at most, over all texts.
	Characters int
	// NotBefore is the time of the oldest message kept; zero for any.
	NotBefore time.Time
}

// TrimContext keeps the newest utterances within the limits, in their order. Utterances stay whole, but for the newest one, which is cut when
// it alone has too many characters. The given slice is not changed; the result shares its elements.
func TrimContext(context []*flowdeskv1.Utterance, limits ContextLimits) []*flowdeskv1.Utterance {
	first, characters := len(context), 0
	for i := len(context) - 1; i >= 0 && len(context)-i <= limits.Messages; i-- {
		u := context[i]
		if !limits.NotBefore.IsZero() && u.GetTime().AsTime().Before(limits.NotBefore) {
			break
		}
		characters += utf8.RuneCountInString(u.GetText())
		if characters > limits.Characters {
			if first == len(context) && limits.Characters > 0 {
				cut := proto.CloneOf(u)
				cut.Text = firstRunes(u.GetText(), limits.Characters)
				return []*flowdeskv1.Utterance{cut}
			}
			break
		}
		first = i
	}
	return context[first:len(context):len(context)]
}

// firstRunes is the beginning of a text, at most n characters.
func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
