package robotlink_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/robotlink"
)

func TestNamesOfAnyLengthAreKeptShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("王", 300_000)
	body, err := json.Marshal(map[string]any{"spoken": "在吗", "rawSpoken": "在吗", "receivedName": long, "groupName": long, "groupRemark": "备注", "roomType": 1, "textType": 1})
	require.NoError(t, err)
	m, err := (&robotlink.Link{}).Message(body, "application/json")
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("王", 200), m.GetSenderName())
	require.Equal(t, m.GetSenderName(), m.GetGroupName())
	require.Equal(t, "备注", m.GetGroupRemark())
	require.Equal(t, "在吗", m.GetText())
}
