package storage

import (
	"context"
	"time"
)

// ReplicaStore keeps which servers share the database, and which of them has the lease of which partition. A lease has no end of its own: it is
// good as long as its holder lives, so that one row says every second that all of a replica's leases go on.
type ReplicaStore interface {
	// Beat says that a replica lives until ttl from now by the database's clock, and tells who lives and who holds what. A replica that was
	// dead and beats again still has those of its leases that nobody took.
	Beat(ctx context.Context, replica string, ttl time.Duration) (*Membership, error)
	// TakeLeases gives a replica those of the partitions that nobody holds, whose holder is dead, or that it holds itself, each under a number
	// greater than any before. It is one transaction, and waits for commits under a lease that it takes.
	TakeLeases(ctx context.Context, replica string, partitions []int32) ([]*Lease, error)
	// FreeLeases ends a replica's leases of partitions; those of others stay.
	FreeLeases(ctx context.Context, replica string, partitions []int32) error
	// Leave ends a replica's life and all its leases at once.
	Leave(ctx context.Context, replica string) error
	// EnvironmentNumber grows with each change of what the environment is made of: settings, people, groups, robots and active flows, and
	// whatever EnvironmentChanged was told. It is cheap.
	EnvironmentNumber(ctx context.Context) (int64, error)
	// EnvironmentChanged lets the number grow for a change that turns made.
	EnvironmentChanged(ctx context.Context) error
}

// Membership is who shares the database.
type Membership struct {
	Members []Member // that live, by name
	Leases  []*Lease // that somebody holds, dead or alive, by partition
}

// Member is a replica.
type Member struct {
	Name    string
	Started time.Time // its first beat, by the database's clock
}

// Lease is the right to run a partition's turns. A turn says under which lease it was made with a Fence.
type Lease struct {
	Partition int32
	Number    int64
	Holder    string
}

// Fence is what a batch says of the lease.
func (l *Lease) Fence() Fence { return Fence{Partition: l.Partition, Number: l.Number} }
