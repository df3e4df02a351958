package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestWhatARobotHeardIsWhatWasSaid(t *testing.T) {
	for _, c := range []struct {
		heard, said string
		is, ends    bool
	}{
		{"您好，已登记", "您好，已登记", true, true},
		{"@张三\u2005您好，已登记", "您好，已登记", true, true},
		{"您好，已登记 ", "您好，已登记", true, true},
		{"好的！", "好的!\u200b ", true, true},
		{"ＯＫ", "ok", true, true},
		{"他说您好，已登记", "您好，已登记", false, true},
		{"您好，已登记吗", "您好，已登记", false, false},
		{"记", "您好，已登记", false, false},
		{"任何话", "", false, false},
		{"任何话", " \u200b", false, false},
		{"", "话", false, false},
	} {
		require.Equal(t, c.is, desk.Heard(c.heard).Is(c.said), "%q of %q", c.said, c.heard)
		require.Equal(t, c.ends, desk.Heard(c.heard).EndsWith(c.said), "%q of %q", c.said, c.heard)
	}
}
