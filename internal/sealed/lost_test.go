package sealed_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// When a key is lost, what it sealed is cleared, and nothing else.
func TestWhatALostKeySealedIsClearedAndNothingElse(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	plain, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "flowdesk.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, plain.Close()) })
	lostKey, kept := sealed.NewKey(), sealed.NewKey()
	put := func(s *sealed.Store, id string) {
		require.NoError(t, s.PutRobot(ctx, &storage.RobotRecord{WebhookSecret: "webhook-" + id, Robot: &flowdeskv1.Robot{
			Id: id, Title: "小助手", RobotId: "id-" + id, Key: "key-" + id, RequestsPerMinute: 7,
		}}, ""))
		require.NoError(t, s.PutValue(ctx, id, "value-"+id, time.Unix(1, 0)))
	}
	put(sealed.New(plain, ring(t, lostKey)), "day")
	store := sealed.New(plain, ring(t, kept))
	put(store, "night")
	_, err = store.Reseal(ctx)
	require.ErrorIs(t, err, sealed.ErrOpen)
	require.ErrorContains(t, err, "flowdesk reset-secrets is the way out")

	lost, err := store.Lost(ctx)
	require.NoError(t, err)
	require.Len(t, lost.Robots, 1)
	require.Equal(t, "day", lost.Robots[0].GetId())
	require.Equal(t, []string{"secrets/day"}, lost.Secrets)
	_, err = sealed.New(plain, ring(t, lostKey, kept)).GetRobot(ctx, "day")
	require.NoError(t, err, "to look changes nothing")

	require.NoError(t, store.Forget(ctx, lost))
	day, err := store.GetRobot(ctx, "day")
	require.NoError(t, err)
	require.Empty(t, day.Robot.GetRobotId()+day.Robot.GetKey()+day.Robot.GetBaseUri())
	require.True(t, day.Robot.GetPaused(), "it sends nothing before somebody gives it its id")
	require.Equal(t, "小助手", day.Robot.GetTitle())
	require.Equal(t, int32(7), day.Robot.GetRequestsPerMinute())
	require.NotEqual(t, "webhook-day", day.WebhookSecret)
	require.GreaterOrEqual(t, len(day.WebhookSecret), 26)
	night, err := store.GetRobot(ctx, "night")
	require.NoError(t, err)
	require.Equal(t, "id-night", night.Robot.GetRobotId())
	require.Equal(t, "webhook-night", night.WebhookSecret)
	require.False(t, night.Robot.GetPaused())
	_, err = store.Value(ctx, "day")
	require.ErrorIs(t, err, storage.ErrNotFound)
	value, err := store.Value(ctx, "night")
	require.NoError(t, err)
	require.Equal(t, "value-night", value)
	_, err = store.Reseal(ctx)
	require.NoError(t, err, "a server starts")
	lost, err = store.Lost(ctx)
	require.NoError(t, err)
	require.Equal(t, &sealed.Lost{}, lost)
}
