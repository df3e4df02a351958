package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type runsRow struct {
	bun.BaseModel `bun:"table:derived_runs"`

	Slot         int64  `bun:",pk"`
	Flow         string `bun:",pk"`
	Version      int64  `bun:",pk"`
	Runs, Failed int64
}

// runsOf counts the runs that began in some hours.
func (s *Store) runsOf(ctx context.Context, from, to time.Time) ([]runsRow, error) {
	var counted, rows []runsRow
	if err := s.read.NewSelect().TableExpr("flow_instances").ColumnExpr("flow, version, begin_time / ? AS slot, count(*) AS runs", storage.Slot.Microseconds()).
		ColumnExpr("sum(CASE WHEN status IN (?, ?) THEN 1 ELSE 0 END) AS failed",
			int64(flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED), int64(flowdeskv1.InstanceStatus_INSTANCE_STATUS_QUARANTINED)).
		Where("id >= ? AND id < ?", idFrom(from), idFrom(to)).GroupExpr("1, 2, 3").OrderExpr("slot").Scan(ctx, &counted); err != nil {
		return nil, err
	}
	at := make(map[[2]any]int)
	for _, r := range counted {
		r.Slot = clampSlot(r.Slot, from, to)
		key := [2]any{r.Slot, fmt.Sprint(r.Version, r.Flow)}
		if i, ok := at[key]; ok {
			rows[i].Runs, rows[i].Failed = rows[i].Runs+r.Runs, rows[i].Failed+r.Failed
			continue
		}
		at[key] = len(rows)
		rows = append(rows, r)
	}
	return rows, nil
}
