package server

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/storage"
)

// hourStore counts what it is asked.
type hourStore struct {
	storage.CommandStore

	asked []time.Time
}

func (s *hourStore) CountByRobot(_ context.Context, since time.Time, _ int) (map[string]map[flowdeskv1.CommandState]int32, error) {
	s.asked = append(s.asked, since)
	return map[string]map[flowdeskv1.CommandState]int32{"day": {
		flowdeskv1.CommandState_COMMAND_STATE_COMPLETED: 7, flowdeskv1.CommandState_COMMAND_STATE_FAILED: 1, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN: 2,
		flowdeskv1.CommandState_COMMAND_STATE_QUEUED: 4, flowdeskv1.CommandState_COMMAND_STATE_CANCELLED: 5,
	}}, nil
}

func TestARobotsHourCountsWhatCameToAnEnd(t *testing.T) {
	t.Parallel()
	store, now := &hourStore{}, time.Unix(1e9, 0)
	var hour robotHour
	of := func(at time.Time) settled {
		counts, err := hour.of(t.Context(), store, at)
		require.NoError(t, err)
		return counts["day"]
	}
	require.Equal(t, settled{all: 10, failed: 3}, of(now), "what is under way or was taken back says nothing of the robot")
	of(now.Add(9 * time.Second))
	require.Len(t, store.asked, 1, "robots are watched every second")
	of(now.Add(10 * time.Second))
	require.Equal(t, []time.Time{now.Add(-time.Hour), now.Add(10*time.Second - time.Hour)}, store.asked)
}

// stuckHour is a database that says nothing.
type stuckHour struct {
	storage.Store
}

func (stuckHour) CountByRobot(ctx context.Context, _ time.Time, _ int) (map[string]map[flowdeskv1.CommandState]int32, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Whoever watches robots while the database says nothing waits no longer than he wants to, and no longer than a look may take.
func TestARobotsHourKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		var hour robotHour
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := hour.of(t.Context(), stuckHour{}, began)
			done <- err
		}()
		_, err := hour.of(ctx, stuckHour{}, began)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		require.Error(t, <-done)
		require.Equal(t, robotHourTime, time.Since(began))
	})
}
