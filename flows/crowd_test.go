package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A message that mentions thousands in a large group takes milliseconds; comparing each mention with each other and with everybody took hours.
func TestAMessageThatMentionsThousands(t *testing.T) {
	t.Parallel()
	turn := crowd(t)
	begin := time.Now()
	turn("用户7", mentioning(5_000))
	require.Less(t, time.Since(begin), 20*time.Second)
}
