package server

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func turnOf(session string, version int64) *flowdeskv1.Turn {
	return &flowdeskv1.Turn{Event: &flowdeskv1.Event{Session: session}, SessionVersion: version}
}

func TestAFeedResumesAfterItsToken(t *testing.T) {
	t.Parallel()
	f := newFeed()
	f.add(turnOf("a", 0))
	at, err := f.resume(f.now().token())
	require.NoError(t, err)
	f.add(turnOf("a", 1))
	f.add(turnOf("b", 7))
	turns, _, err := f.after(at)
	require.NoError(t, err)
	require.Len(t, turns, 2)
	require.Equal(t, int64(1), turns[0].GetSessionVersion())
}

func TestAMissedTurnExpiresAllTokens(t *testing.T) {
	t.Parallel()
	f := newFeed()
	f.add(turnOf("a", 0))
	at := f.now()
	f.add(turnOf("a", 2))
	_, _, err := f.after(at)
	require.Equal(t, codes.OutOfRange, status.Code(err))
	_, _, err = f.after(f.now())
	require.NoError(t, err)
}

func TestAnOldTokenExpires(t *testing.T) {
	t.Parallel()
	f := newFeed()
	at := f.now()
	for i := range 2 * keptTurns {
		f.add(turnOf("a", int64(i)))
	}
	_, _, err := f.after(at)
	require.Equal(t, codes.OutOfRange, status.Code(err))
	kept, _, err := f.after(position{f.era, keptTurns})
	require.NoError(t, err)
	require.Len(t, kept, keptTurns)
}

func TestATokenOfNobodyIsRefused(t *testing.T) {
	t.Parallel()
	f := newFeed()
	for _, token := range []string{"x", "x.y", "."} {
		_, err := f.resume(token)
		require.Equal(t, codes.InvalidArgument, status.Code(err), token)
	}
	at, err := f.resume("another-era.3")
	require.NoError(t, err)
	_, _, err = f.after(at)
	require.Equal(t, codes.OutOfRange, status.Code(err))
}
