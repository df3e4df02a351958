package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type checkpointRow struct {
	bun.BaseModel `bun:"table:flow_checkpoints"`

	Flow                            string `bun:",pk"`
	ID                              string `bun:",pk"`
	CreateTime, Automatic, Revision int64
	Title, Author                   string
	Data                            []byte
}

func checkpointRowOf(c *flowdeskv1.FlowCheckpoint) *checkpointRow {
	row := &checkpointRow{
		Flow: clean(c.GetFlow()), ID: clean(c.GetId()), CreateTime: zeroed(c.GetCreateTime()), Revision: c.GetRevision(),
		Title: clean(c.GetTitle()), Author: clean(c.GetAuthor()),
		Data: pack(encode(&flowdeskv1.FlowCheckpoint{Definition: c.GetDefinition(), Layout: c.GetLayout()})),
	}
	if c.GetAutomatic() {
		row.Automatic = 1
	}
	return row
}

// head is a checkpoint without what the draft was.
func (r *checkpointRow) head() (*flowdeskv1.FlowCheckpoint, error) {
	return r.fill(&flowdeskv1.FlowCheckpoint{}), nil
}

func (r *checkpointRow) message() (*flowdeskv1.FlowCheckpoint, error) {
	c, err := decode(r.Data, &flowdeskv1.FlowCheckpoint{})
	if err != nil {
		return nil, err
	}
	return r.fill(c), nil
}

func (r *checkpointRow) fill(c *flowdeskv1.FlowCheckpoint) *flowdeskv1.FlowCheckpoint {
	c.Flow, c.Id, c.Title, c.Author = r.Flow, r.ID, r.Title, r.Author
	c.Automatic, c.Revision, c.CreateTime = r.Automatic == 1, r.Revision, timestamp(r.CreateTime)
	return c
}

// CreateCheckpoint implements storage.CheckpointStore.
func (s *Store) CreateCheckpoint(ctx context.Context, checkpoint *flowdeskv1.FlowCheckpoint, expire time.Time) error {
	row := checkpointRowOf(checkpoint)
	return s.change(ctx, "create checkpoint", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*checkpointRow)(nil)).
			Where("flow = ? AND automatic = 1 AND create_time < ?", row.Flow, expire.UnixMicro()).Exec(ctx)
		if err != nil {
			return err
		}
		result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("checkpoint %s of flow %s: %w", row.ID, row.Flow, storage.ErrExists)
		}
		return nil
	})
}

// GetCheckpoint implements storage.CheckpointStore.
func (s *Store) GetCheckpoint(ctx context.Context, flow, checkpoint string) (*flowdeskv1.FlowCheckpoint, error) {
	row, err := one[checkpointRow](ctx, s, "get checkpoint", "flow = ? AND id = ?", flow, checkpoint)
	if err != nil {
		return nil, err
	}
	return row.message()
}

// ListCheckpoints implements storage.CheckpointStore.
func (s *Store) ListCheckpoints(ctx context.Context, flow string, page storage.Page) ([]*flowdeskv1.FlowCheckpoint, string, error) {
	l := &listing{filter: flow, page: page, keys: []key{{"create_time", true}, {"id", false}}}
	l.and("flow = ?", flow)
	rows, next, err := list(ctx, s, "list checkpoints", l, func(r *checkpointRow) []string { return []string{decimal(r.CreateTime), r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*checkpointRow).head)
	return out, next, err
}

// DeleteCheckpoint implements storage.CheckpointStore.
func (s *Store) DeleteCheckpoint(ctx context.Context, flow, checkpoint string) error {
	return s.change(ctx, "delete checkpoint", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model((*checkpointRow)(nil)).Where("flow = ? AND id = ?", clean(flow), clean(checkpoint)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("checkpoint %s of flow %s: %w", checkpoint, flow, storage.ErrNotFound)
		}
		return nil
	})
}
