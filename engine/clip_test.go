package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestExpressionsSeeTextsOfBoundedLength(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长😀", assumedText)
	event := &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
		Text: long, RawText: "@机器人 " + long, SenderName: "张三", Mentions: []string{"李四", long},
	}}}
	seen := clipped(event)
	for _, text := range []string{seen.GetMessage().GetText(), seen.GetMessage().GetRawText(), seen.GetMessage().GetMentions()[1]} {
		require.Equal(t, assumedText, utf8.RuneCountInString(text))
		require.True(t, utf8.ValidString(text))
	}
	require.Equal(t, "张三", seen.GetMessage().GetSenderName())
	require.Equal(t, long, event.GetMessage().GetText(), "what happened stays whole")

	// Nothing is copied as long as nothing is too long, also when all texts together are.
	many := &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{Mentions: []string{strings.Repeat("字", 3000), strings.Repeat("词", 3000)}}}}
	require.Same(t, many, clipped(many))
	exact := strings.Repeat("字", assumedText)
	require.Equal(t, exact, clipText(exact))
	require.Equal(t, exact, clipText(exact+"多"))
}
