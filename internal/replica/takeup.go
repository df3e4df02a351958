package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// takeUp lets the worker take up the work of leases that were taken. From then on they are ours.
func (m *Members) takeUp(ctx context.Context, taken []*storage.Lease) error {
	gained := make([]int32, 0, len(taken))
	for _, lease := range taken {
		gained = append(gained, lease.Partition)
	}
	slices.Sort(gained)
	if err := m.prepare(ctx, gained); err != nil {
		m.worker.Lost(gained)
		return err // taken again with the next beat
	}
	for _, lease := range taken {
		name := m.options.Name
		m.holders[lease.Partition].Store(&name)
		m.numbers[lease.Partition].Store(lease.Number)
	}
	m.stats.gained.Add(int64(len(gained)))
	m.options.Log.Info("gained partitions", "replica", m.options.Name, "count", len(gained), "members", m.count.Load())
	m.worker.Gained(gained)
	return nil
}

// prepare lets the worker prepare, and beats meanwhile: what a dead replica left may take longer to read than the time to live, and whoever takes it
// up must neither lose what it has nor begin again and again.
func (m *Members) prepare(ctx context.Context, partitions []int32) error {
	working, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- m.worker.Prepare(working, partitions) }()
	clock := time.NewTicker(m.options.Every)
	defer clock.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-clock.C:
		}
		if err := m.goOn(ctx); err != nil && m.fresh() <= 0 {
			cancel()
			return fmt.Errorf("%w: no beat within %s while work was taken up: %w", storage.ErrUnavailable, m.options.TTL, errors.Join(err, <-ended))
		}
	}
}

// goOn says that the replica lives, and nothing else. One whose leases are over does not come to life by it.
func (m *Members) goOn(ctx context.Context) error {
	left := m.fresh()
	if left <= 0 {
		return context.DeadlineExceeded
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	began := time.Now()
	if _, err := m.store.Beat(ctx, m.options.Name, m.options.TTL); err != nil {
		m.stats.failed.Add(1)
		return err
	}
	if m.fresh() <= 0 {
		return context.DeadlineExceeded
	}
	m.beaten.Store(&began)
	return nil
}
