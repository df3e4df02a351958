package bunstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

type replicaRow struct {
	bun.BaseModel `bun:"table:replicas,alias:replicas"`

	Name           string
	Started, Until int64
}

func (r *replicaRow) member() (storage.Member, error) {
	return storage.Member{Name: r.Name, Started: fromMicros(r.Started)}, nil
}

type leaseRow struct {
	bun.BaseModel `bun:"table:leases,alias:leases"`

	Partition, Number int64
	Holder            string
}

func (r *leaseRow) lease() (*storage.Lease, error) {
	return &storage.Lease{Partition: int32(r.Partition), Number: r.Number, Holder: r.Holder}, nil
}

// replicas runs a change of who shares the database, more than once where the database takes it back because of others. It takes no lock that people's
// changes take: a beat must not wait for them. All lock in one order, or two of them could wait for each other: replicas by name, then leases by
// partition, as commits do.
func (s *Store) replicas(ctx context.Context, doing string, f func(context.Context, bun.Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	return s.fail(doing, s.untilStored(ctx, func() error { return s.write.RunInTx(ctx, nil, f) }))
}

// Beat implements storage.ReplicaStore.
func (s *Store) Beat(ctx context.Context, replica string, ttl time.Duration) (*storage.Membership, error) {
	membership := &storage.Membership{}
	if err := failpoint.Before("lease.beat.before", storage.ErrUnavailable); err != nil {
		return nil, s.fail("beat", err)
	}
	err := s.replicas(ctx, "beat", func(ctx context.Context, tx bun.Tx) error {
		now := bun.Safe(s.dialect.Clock)
		if _, err := tx.NewRaw(`INSERT INTO replicas (name, started, until) VALUES (?0, ?1, ?1 + ?2)
			ON CONFLICT (name) DO UPDATE SET until = excluded.until`, clean(replica), now, ttl.Microseconds()).Exec(ctx); err != nil {
			return err
		}
		var members []replicaRow
		if err := tx.NewSelect().Model(&members).Where("until >= ?", now).OrderExpr("name").Scan(ctx); err != nil {
			return err
		}
		var leases []leaseRow
		if err := tx.NewSelect().Model(&leases).Where("holder <> ''").OrderExpr("partition").Scan(ctx); err != nil {
			return err
		}
		var err error
		if membership.Members, err = messagesOf(members, (*replicaRow).member); err != nil {
			return err
		}
		membership.Leases, err = messagesOf(leases, (*leaseRow).lease)
		return err
	})
	return membership, failpoint.Over(err, "lease.beat.after", storage.ErrUnknown)
}

// TakeLeases implements storage.ReplicaStore. The dead are buried first, in the same transaction: one that comes back to life meanwhile waits for
// its end, and then sees who took what.
func (s *Store) TakeLeases(ctx context.Context, replica string, partitions []int32) ([]*storage.Lease, error) {
	if len(partitions) == 0 {
		return nil, s.begin(ctx)
	}
	wanted := make([]leaseRow, 0, len(partitions))
	for _, p := range slices.Compact(slices.Sorted(slices.Values(partitions))) { // in the order in which commits lock them
		wanted = append(wanted, leaseRow{Partition: int64(p), Number: 1, Holder: clean(replica)})
	}
	var taken []leaseRow
	if err := failpoint.Before("lease.take.before", storage.ErrUnavailable); err != nil {
		return nil, s.fail("take leases", err)
	}
	err := s.replicas(ctx, "take leases", func(ctx context.Context, tx bun.Tx) error {
		taken = nil
		if _, err := tx.NewRaw("DELETE FROM replicas WHERE name IN (SELECT name FROM replicas WHERE until < ?0 ORDER BY name ?1) AND until < ?0",
			bun.Safe(s.dialect.Clock), bun.Safe(s.dialect.ForUpdate)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&wanted).On("CONFLICT (partition) DO UPDATE").Set("holder = excluded.holder, number = leases.number + 1").
			Where("leases.holder = excluded.holder OR NOT EXISTS (SELECT 1 FROM replicas WHERE replicas.name = leases.holder)").
			Returning("partition, number, holder").Exec(ctx, &taken)
		return err
	})
	if err := failpoint.Over(err, "lease.take.after", storage.ErrUnknown); err != nil {
		return nil, err
	}
	return messagesOf(taken, (*leaseRow).lease)
}

// FreeLeases implements storage.ReplicaStore.
func (s *Store) FreeLeases(ctx context.Context, replica string, partitions []int32) error {
	if len(partitions) == 0 {
		return s.begin(ctx)
	}
	if err := failpoint.Before("lease.release.before", storage.ErrUnavailable); err != nil {
		return s.fail("free leases", err)
	}
	err := s.replicas(ctx, "free leases", func(ctx context.Context, tx bun.Tx) error {
		return s.free(ctx, tx, "holder = ? AND partition IN (?)", clean(replica), bun.List(partitions))
	})
	return failpoint.Over(err, "lease.release.after", storage.ErrUnknown)
}

// Leave implements storage.ReplicaStore.
func (s *Store) Leave(ctx context.Context, replica string) error {
	if err := failpoint.Before("lease.leave.before", storage.ErrUnavailable); err != nil {
		return s.fail("leave", err)
	}
	err := s.replicas(ctx, "leave", func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*replicaRow)(nil)).Where("name = ?", clean(replica)).Exec(ctx); err != nil {
			return err
		}
		return s.free(ctx, tx, "holder = ?", clean(replica))
	})
	return failpoint.Over(err, "lease.leave.after", storage.ErrUnknown)
}

// free lets nobody hold the leases that a condition names.
func (s *Store) free(ctx context.Context, tx bun.Tx, where string, values ...any) error {
	named := tx.NewSelect().Model((*leaseRow)(nil)).Column("partition").Where(where, values...).OrderExpr("partition ?", bun.Safe(s.dialect.ForUpdate))
	_, err := tx.NewUpdate().Model((*leaseRow)(nil)).Set("holder = ''").Where("partition IN (?)", named).Exec(ctx)
	return err
}

// EnvironmentNumber implements storage.ReplicaStore.
func (s *Store) EnvironmentNumber(ctx context.Context) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	var number int64
	err := s.read.NewSelect().TableExpr("environment_number").ColumnExpr("max(number)").Scan(ctx, &number)
	return number, s.fail("environment number", err)
}

// EnvironmentChanged implements storage.ReplicaStore.
func (s *Store) EnvironmentChanged(ctx context.Context) error {
	return s.change(ctx, "count environment", countEnvironment)
}

// countEnvironment counts a change of the environment, with the change.
func countEnvironment(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewUpdate().TableExpr("environment_number").Set("number = number + 1").Where("number > 0").Exec(ctx)
	return err
}

// changeEnvironment is change for what the environment is made of.
func (s *Store) changeEnvironment(ctx context.Context, doing string, f func(context.Context, bun.Tx) error) error {
	return s.change(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		return countEnvironment(ctx, tx)
	})
}
