package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

type leaseRow struct {
	bun.BaseModel `bun:"table:leases,alias:leases"`

	Partition, Number, Until int64
	Holder                   string
}

func (r *leaseRow) lease() (*storage.Lease, error) {
	return &storage.Lease{Partition: int32(r.Partition), Number: r.Number, Holder: r.Holder, Until: fromMicros(r.Until)}, nil
}

// TakeLease implements storage.LeaseStore. It is one statement, so that the database decides between two that take the lease at once.
func (s *Store) TakeLease(ctx context.Context, partition int32, holder string, ttl time.Duration) (*storage.Lease, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	if err := failpoint.Before("lease.take.before", storage.ErrUnavailable); err != nil {
		return nil, s.fail("take lease", err)
	}
	now := bun.Safe(s.dialect.Clock)
	var row leaseRow
	err := s.write.NewRaw(`INSERT INTO leases (partition, number, holder, until) VALUES (?0, 1, ?1, ?2 + ?3)
		ON CONFLICT (partition) DO UPDATE SET holder = excluded.holder, until = excluded.until,
			number = leases.number + CASE WHEN leases.holder = excluded.holder AND leases.until >= ?2 THEN 0 ELSE 1 END
		WHERE leases.holder = excluded.holder OR leases.until < ?2
		RETURNING partition, number, holder, until`, partition, clean(holder), now, ttl.Microseconds()).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("lease of partition %d: %w", partition, storage.ErrConflict)
	}
	if err := failpoint.Over(err, "lease.take.after", storage.ErrUnknown); err != nil {
		return nil, s.fail("take lease", err)
	}
	return row.lease()
}

// ReleaseLease implements storage.LeaseStore.
func (s *Store) ReleaseLease(ctx context.Context, partition int32, holder string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := failpoint.Before("lease.release.before", storage.ErrUnavailable); err != nil {
		return s.fail("release lease", err)
	}
	_, err := s.write.NewUpdate().Model((*leaseRow)(nil)).Set("until = 0").Where("partition = ? AND holder = ?", partition, clean(holder)).Exec(ctx)
	return s.fail("release lease", failpoint.Over(err, "lease.release.after", storage.ErrUnknown))
}

// ListLeases implements storage.LeaseStore.
func (s *Store) ListLeases(ctx context.Context) ([]*storage.Lease, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []leaseRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("partition").Scan(ctx); err != nil {
		return nil, s.fail("list leases", err)
	}
	return messagesOf(rows, (*leaseRow).lease)
}
