package worktool_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
)

// The server reads the next callback into the same memory: what was parsed must not live in it.
func TestNothingParsedLivesInTheBody(t *testing.T) {
	t.Parallel()
	body := []byte(`{"spoken":"发票呢","rawSpoken":"@小助手 发票呢","receivedName":"王小明","groupName":"华东群","textType":1,"messageId":"m1"}`)
	message, err := worktool.ParseMessage(body, "application/json")
	require.NoError(t, err)
	clear(body)
	require.Equal(t, []string{"发票呢", "@小助手 发票呢", "王小明", "华东群", "m1"},
		[]string{message.Spoken, message.RawSpoken, message.Sender, message.Group, message.ID})

	body = []byte(`{"messageId":"w7","errorCode":0,"errorReason":"sent"}`)
	result, err := worktool.ParseResult(body)
	require.NoError(t, err)
	clear(body)
	require.Equal(t, []string{"w7", "sent"}, []string{result.MessageID, result.Reason})
}
