package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		length time.Duration
		want   string
	}{
		{0, "不到 1 分钟"},
		{-time.Hour, "不到 1 分钟"},
		{59 * time.Second, "不到 1 分钟"},
		{10*time.Minute + 59*time.Second, "10 分钟"},
		{time.Hour, "1 小时"},
		{90 * time.Minute, "1 小时 30 分钟"},
		{24 * time.Hour, "24 小时"},
		{48 * time.Hour, "2 天"},
		{74*time.Hour + 5*time.Minute, "3 天 2 小时"},
	} {
		require.Equal(t, c.want, desk.Length(c.length))
	}
}
