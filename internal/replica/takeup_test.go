package replica_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/storage"
)

// willing is a database that gives a replica whatever it wants.
type willing struct {
	replica.Store

	away  atomic.Bool
	last  time.Time
	gap   time.Duration // the longest between two beats
	taken int
}

func (s *willing) Beat(ctx context.Context, name string, _ time.Duration) (*storage.Membership, error) {
	if s.away.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if !s.last.IsZero() {
		s.gap = max(s.gap, time.Since(s.last))
	}
	s.last = time.Now()
	return &storage.Membership{Members: []storage.Member{{Name: name}}}, nil
}

func (s *willing) TakeLeases(_ context.Context, name string, partitions []int32) (leases []*storage.Lease, err error) {
	s.taken++
	for _, p := range partitions {
		leases = append(leases, &storage.Lease{Partition: p, Number: int64(s.taken), Holder: name})
	}
	return leases, nil
}

func (s *willing) Leave(context.Context, string) error { return nil }

// thorough takes its time to take work up.
type thorough struct {
	jobless

	takes time.Duration
}

func (w thorough) Prepare(ctx context.Context, _ []int32) error {
	select {
	case <-time.After(w.takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// What a dead replica left may take longer to read than the time to live.
func TestWorkThatTakesLongToTakeUp(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		store := &willing{}
		members := replica.New(store, replica.Options{Name: "a", Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, members.Start(t.Context(), thorough{takes: 10 * replica.DefaultTTL}))
		_, ours := members.Fence(7)
		require.True(t, ours)
		require.Equal(t, 1, store.taken, "once is enough")
		require.LessOrEqual(t, store.gap, replica.DefaultEvery, "it is never taken for dead")
		require.NoError(t, members.Leave(t.Context()))
	})
}

// When the database goes away meanwhile, the leases are another's soon: taking up ends, and says why.
func TestTheDatabaseLeavesWhileWorkIsTakenUp(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		store := &willing{}
		members := replica.New(store, replica.Options{Name: "a", Log: slog.New(slog.DiscardHandler)})
		time.AfterFunc(5*time.Second, func() { store.away.Store(true) })
		began := time.Now()
		require.ErrorIs(t, members.Start(t.Context(), thorough{takes: time.Hour}), storage.ErrUnavailable)
		require.Less(t, time.Since(began), 5*time.Second+replica.DefaultTTL)
		_, ours := members.Fence(7)
		require.False(t, ours)
	})
}
