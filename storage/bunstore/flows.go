package bunstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sorting"
)

type flowRow struct {
	bun.BaseModel `bun:"table:flow_definitions"`

	ID                                                             string `bun:",pk"`
	Title, SortKey, Digest, LatestDigest, Labels, Editor           string
	ActiveVersion, LatestVersion, Revision, CreateTime, UpdateTime int64
	Data                                                           []byte
}

// flowRowOf is a flow as a row. The draft's digest tells later whether it differs from the newest version.
func flowRowOf(f *flowdeskv1.Flow) *flowRow {
	return &flowRow{
		ID: clean(f.GetId()), Title: clean(f.GetDefinition().GetTitle()), Digest: definitionDigest(f.GetDefinition()),
		SortKey:       sorting.Key(clean(f.GetDefinition().GetTitle())),
		Labels:        clean(strings.Join(f.GetLabels(), "\n")),
		Editor:        clean(f.GetEditor()),
		ActiveVersion: int64(f.GetActiveVersion()), LatestVersion: int64(f.GetLatestVersion()), Revision: f.GetRevision(),
		CreateTime: zeroed(f.GetCreateTime()), UpdateTime: zeroed(f.GetUpdateTime()),
		Data: pack(encode(&flowdeskv1.Flow{Definition: f.GetDefinition(), Layout: f.GetLayout()})),
	}
}

func definitionDigest(d *flowdeskv1.FlowDefinition) string {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// head is a flow without its draft.
func (r *flowRow) head() (*flowdeskv1.Flow, error) { return r.fill(&flowdeskv1.Flow{}), nil }

func (r *flowRow) message() (*flowdeskv1.Flow, error) {
	f, err := decode(r.Data, &flowdeskv1.Flow{})
	if err != nil {
		return nil, err
	}
	return r.fill(f), nil
}

func (r *flowRow) fill(f *flowdeskv1.Flow) *flowdeskv1.Flow {
	f.Id, f.Title, f.Revision, f.Editor = r.ID, r.Title, r.Revision, r.Editor
	f.ActiveVersion, f.LatestVersion = int32(r.ActiveVersion), int32(r.LatestVersion)
	f.DraftChanged = r.Digest != r.LatestDigest
	f.CreateTime, f.UpdateTime = timestamp(r.CreateTime), timestamp(r.UpdateTime)
	f.Etag = fmt.Sprintf("%d-%d", r.Revision, r.ActiveVersion)
	if r.Labels != "" {
		f.Labels = strings.Split(r.Labels, "\n")
	}
	return f
}

// CreateFlow implements storage.FlowStore.
func (s *Store) CreateFlow(ctx context.Context, flow *flowdeskv1.Flow) error {
	return s.change(ctx, "create flow", func(ctx context.Context, tx bun.Tx) error { return createFlow(ctx, tx, flow) })
}

// InstallFlow implements storage.FlowStore.
func (s *Store) InstallFlow(ctx context.Context, flow *flowdeskv1.Flow, version *flowdeskv1.FlowVersion) error {
	return s.changeEnvironment(ctx, "install flow", func(ctx context.Context, tx bun.Tx) error {
		if err := createFlow(ctx, tx, flow); err != nil {
			return err
		}
		_, err := publishVersion(ctx, tx, version, true)
		return err
	})
}

func createFlow(ctx context.Context, tx bun.Tx, flow *flowdeskv1.Flow) error {
	row := flowRowOf(flow)
	row.Revision, row.ActiveVersion, row.LatestVersion = 1, 0, 0
	result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("flow %s: %w", flow.GetId(), storage.ErrExists))
	}
	return nil
}

// GetFlow implements storage.FlowStore.
func (s *Store) GetFlow(ctx context.Context, flow string) (*flowdeskv1.Flow, error) {
	row, err := one[flowRow](ctx, s, "get flow", "id = ?", flow)
	if err != nil {
		return nil, err
	}
	return row.message()
}

// UpdateFlow implements storage.FlowStore.
func (s *Store) UpdateFlow(ctx context.Context, flow *flowdeskv1.Flow, revision int64) error {
	return s.change(ctx, "update flow", func(ctx context.Context, tx bun.Tx) error { return updateFlow(ctx, tx, flow, revision) })
}

func updateFlow(ctx context.Context, tx bun.Tx, flow *flowdeskv1.Flow, revision int64) error {
	result, err := tx.NewUpdate().Model(flowRowOf(flow)).Column("title", "sort_key", "digest", "labels", "editor", "update_time", "data").
		Set("revision = revision + 1").Where("id = ? AND revision = ?", clean(flow.GetId()), revision).Exec(ctx)
	if err != nil {
		return err
	}
	return touched(ctx, tx, "flow_definitions", flow.GetId(), result)
}

// DeleteFlow implements storage.FlowStore.
func (s *Store) DeleteFlow(ctx context.Context, flow string) error {
	return s.changeEnvironment(ctx, "delete flow", func(ctx context.Context, tx bun.Tx) error {
		id := clean(flow)
		result, err := tx.NewDelete().Model((*flowRow)(nil)).
			Where("id = ? AND active_version = 0 AND NOT EXISTS (SELECT 1 FROM flow_instances WHERE flow = ? AND end_time IS NULL)", id, id).Exec(ctx)
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, "flow_definitions", flow, result); err != nil {
			return err
		}
		// Another flow of the same id has nothing to do with them.
		_, err = tx.NewDelete().Model((*checkpointRow)(nil)).Where("flow = ?", id).Exec(ctx)
		return err
	})
}
