package storagetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
)

var leases = map[string]func(*testing.T, storage.Store){
	"leases: one holder at a time":                    oneHolder,
	"leases: one of many who take it at once":         manyTakers,
	"leases: an ended lease goes to the next":         endedLease,
	"leases: a stale holder's commit is refused":      staleHolder,
	"leases: a lease does not move during its commit": leaseInCommit,
}

const (
	longLease  = time.Hour
	endedLong  = -time.Second // a lease that has ended already
	somewhere  = int32(7)
	somewhere2 = int32(8)
)

func take(t *testing.T, s storage.Store, partition int32, holder string, ttl time.Duration) *storage.Lease {
	t.Helper()
	lease, err := s.TakeLease(t.Context(), partition, holder, ttl)
	require.NoError(t, err)
	return lease
}

func oneHolder(t *testing.T, s storage.Store) {
	t.Helper()
	first := take(t, s, somewhere, "a", longLease)
	require.Equal(t, "a", first.Holder)
	_, err := s.TakeLease(t.Context(), somewhere, "b", longLease)
	require.ErrorIs(t, err, storage.ErrConflict)
	require.Equal(t, first.Number, take(t, s, somewhere, "a", longLease).Number, "a holder keeps the number")
	require.NoError(t, s.ReleaseLease(t.Context(), somewhere, "b"))
	_, err = s.TakeLease(t.Context(), somewhere, "b", longLease)
	require.ErrorIs(t, err, storage.ErrConflict, "nobody releases another's lease")
	require.NoError(t, s.ReleaseLease(t.Context(), somewhere, "a"))
	second := take(t, s, somewhere, "b", longLease)
	require.Greater(t, second.Number, first.Number)
	take(t, s, somewhere2, "a", longLease)
	all, err := s.ListLeases(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, second, all[0])
}

func manyTakers(t *testing.T, s storage.Store) {
	t.Helper()
	var (
		mu   sync.Mutex
		won  []string
		work sync.WaitGroup
	)
	for _, holder := range []string{"a", "b", "c", "d", "e", "f"} {
		work.Go(func() {
			if _, err := s.TakeLease(context.WithoutCancel(t.Context()), somewhere, holder, longLease); err == nil {
				mu.Lock()
				won = append(won, holder)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	require.Len(t, won, 1)
}

func endedLease(t *testing.T, s storage.Store) {
	t.Helper()
	first := take(t, s, somewhere, "a", endedLong)
	second := take(t, s, somewhere, "b", endedLong)
	require.Greater(t, second.Number, first.Number)
	third := take(t, s, somewhere, "b", longLease)
	require.Greater(t, third.Number, second.Number, "whoever let a lease end cannot know what happened since")
}

func staleHolder(t *testing.T, s storage.Store) {
	t.Helper()
	stale := take(t, s, somewhere, "a", endedLong)
	other := take(t, s, somewhere2, "a", longLease)
	present := take(t, s, somewhere, "b", longLease)
	late, neighbour, unfenced := write("g1", 0), write("g2", 0), write("g3", 0)
	late.Partition, neighbour.Partition, unfenced.Partition = somewhere, somewhere2, 9
	result, err := s.Commit(t.Context(), &storage.Batch{
		Turns: []*storage.TurnWrite{late, neighbour, unfenced}, Fences: []storage.Fence{stale.Fence(), other.Fence()},
	})
	require.NoError(t, err)
	require.Equal(t, []int{0}, result.LostTurns)
	require.Equal(t, []int32{somewhere}, result.LostLeases)
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Zero(t, record.Version, "nothing of it is stored")

	result, err = s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{late}, Fences: []storage.Fence{present.Fence()}})
	require.NoError(t, err)
	require.Empty(t, result.LostTurns)
	require.Empty(t, result.LostLeases)
}

// leaseInCommit lets holders take a partition from each other while each commits under its own lease: the turns that were accepted are one
// chain, and none was accepted under a number below the one before.
func leaseInCommit(t *testing.T, s storage.Store) {
	t.Helper()
	var (
		mu       sync.Mutex
		accepted []int64
		work     sync.WaitGroup
	)
	ctx := context.WithoutCancel(t.Context())
	for _, holder := range []string{"a", "b", "c"} {
		work.Go(func() {
			for range 20 {
				lease, err := s.TakeLease(ctx, somewhere, holder, endedLong)
				if err != nil {
					continue
				}
				record, err := s.LoadSession(ctx, "g1")
				if err != nil {
					continue
				}
				turn := write("g1", record.Version)
				turn.Partition = somewhere
				result, err := s.Commit(ctx, &storage.Batch{Turns: []*storage.TurnWrite{turn}, Fences: []storage.Fence{lease.Fence()}})
				if err == nil && len(result.LostTurns) == 0 {
					mu.Lock()
					accepted = append(accepted, lease.Number)
					mu.Unlock()
				}
			}
		})
	}
	work.Wait()
	record, err := s.LoadSession(ctx, "g1")
	require.NoError(t, err)
	require.Equal(t, int64(len(accepted)), record.Version)
	require.NotEmpty(t, accepted)
}
