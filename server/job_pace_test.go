package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A job rests as long as a row took, for each job, and four times as long while messages come.
func TestAJobGivesWayToMessages(t *testing.T) {
	t.Parallel()
	var p pace
	now, came := time.Unix(1000, 0), int64(0)
	rest := func(after time.Duration, more int64, took time.Duration, workers int) time.Duration {
		now, came = now.Add(after), came+more
		return p.rest(now, took, workers, came)
	}
	require.Equal(t, 10*time.Millisecond, rest(0, 500, 10*time.Millisecond, 1), "what came before it began")
	require.Equal(t, 10*time.Millisecond, rest(time.Second, 7, 10*time.Millisecond, 1))
	require.Equal(t, 20*time.Millisecond, rest(time.Second, 0, 10*time.Millisecond, 2))
	require.Equal(t, 20*time.Millisecond, rest(paceOver/2, 100, 10*time.Millisecond, 2), "too short to tell")
	require.Equal(t, 80*time.Millisecond, rest(paceOver/2, 0, 10*time.Millisecond, 2))
	require.Equal(t, 80*time.Millisecond, rest(time.Second, 8, 10*time.Millisecond, 2))
	require.Equal(t, 10*time.Millisecond, rest(time.Minute, 100, 10*time.Millisecond, 1))
	require.Equal(t, leastRest, rest(0, 0, time.Microsecond, 1))
	require.Equal(t, mostRest, rest(0, 0, time.Minute, 1))
	require.Zero(t, p.breath(now, time.Second, came), "nobody waits for nothing")
	now, came = now.Add(time.Second), came+100
	require.Equal(t, 20*time.Millisecond, p.breath(now, 20*time.Millisecond, came))
	require.Equal(t, mostBreath, p.breath(now, time.Second, came))
}
