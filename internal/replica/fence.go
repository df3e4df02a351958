package replica

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/storage"
)

// left is how long leases are surely good that were renewed by a beat which began at a time. The monotonic clock stands still while a machine
// sleeps, and the other may be set back: whichever says more counts.
func (m *Members) left(began *time.Time) time.Duration {
	if began == nil {
		return 0
	}
	now := time.Now()
	passed := max(now.Sub(*began), now.Round(0).Sub(began.Round(0)))
	return max(0, m.options.TTL-margin-passed)
}

// fresh is how long our leases are surely good without another beat.
func (m *Members) fresh() time.Duration { return m.left(m.beaten.Load()) }

// Left implements outbox.Leases.
func (m *Members) Left(partition int32) time.Duration {
	if m.numbers[partition].Load() == 0 {
		return 0
	}
	return m.fresh()
}

// Fence implements runner.Shares.
func (m *Members) Fence(partition int32) (number int64, ok bool) {
	number = m.numbers[partition].Load()
	return number, number != 0 && m.fresh() > 0
}

// Leads reports whether this replica does what one replica is enough for.
func (m *Members) Leads() bool {
	_, ok := m.Fence(Leader)
	return ok
}

// Held implements runner.Shares.
func (m *Members) Held() []int32 {
	if m.fresh() <= 0 {
		return nil
	}
	return slices.DeleteFunc(m.held(), func(p int32) bool { return p >= storage.Partitions })
}

// Refused implements runner.Shares.
func (m *Members) Refused(partitions []int32) {
	for _, p := range partitions {
		m.numbers[p].Store(0)
	}
	m.drop.Lock()
	m.toldOf = append(m.toldOf, partitions...)
	m.drop.Unlock()
	m.stats.refused.Add(int64(len(partitions)))
	m.ring()
}

// Tell implements runner.Shares.
func (m *Members) Tell(partition int32) {
	if holder := m.holders[partition].Load(); holder != nil && *holder != "" {
		m.options.Fabric.SendTo(*holder, fabric.Inbox, nil)
	}
}

// Members is how many replicas live; at least 1. It implements outbox.Leases.
func (m *Members) Members() int { return int(m.count.Load()) }

type stats struct{ gained, lost, refused, failed atomic.Int64 }

// Stats count since the start.
type Stats struct {
	Held    int           // partitions
	Members int           // that live
	Lag     time.Duration // since the last beat that succeeded began
	Gained  int64         // partitions
	Lost    int64         // partitions
	Refused int64         // partitions of which a commit found another lease
	Failed  int64         // beats
}

// Stats are the figures for those who watch.
func (m *Members) Stats() Stats {
	s := &m.stats
	out := Stats{
		Held: len(m.Held()), Members: m.Members(), Gained: s.gained.Load(), Lost: s.lost.Load(), Refused: s.refused.Load(), Failed: s.failed.Load(),
	}
	if began := m.beaten.Load(); began != nil {
		out.Lag = time.Since(*began)
	}
	return out
}

// lose lets go of partitions.
func (m *Members) lose(partitions []int32, why string) {
	if len(partitions) == 0 {
		return
	}
	for _, p := range partitions {
		m.numbers[p].Store(0)
	}
	m.stats.lost.Add(int64(len(partitions)))
	m.options.Log.Info("lost partitions", "replica", m.options.Name, "count", len(partitions), "because", why)
	m.worker.Lost(partitions)
}

// held are the partitions with a lease, whether that has ended or not.
func (m *Members) held() (held []int32) {
	for p := range int32(all) {
		if m.numbers[p].Load() != 0 {
			held = append(held, p)
		}
	}
	return held
}

func (m *Members) refused() []int32 {
	m.drop.Lock()
	defer m.drop.Unlock()
	told := m.toldOf
	m.toldOf = nil
	return told
}
