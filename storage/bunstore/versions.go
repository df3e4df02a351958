package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type versionRow struct {
	bun.BaseModel `bun:"table:flow_versions,alias:flow_versions"`

	Flow                string
	Version, CreateTime int64
	Data                []byte

	Active bool `bun:",scanonly"`
}

// selectVersions reads versions and whether they are the active ones.
func selectVersions(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("flow_versions.*").ColumnExpr(`EXISTS (SELECT 1 FROM flow_definitions AS d
		WHERE d.id = flow_versions.flow AND d.active_version = flow_versions.version) AS active`)
}

func (r *versionRow) message() (*flowdeskv1.FlowVersion, error) {
	v, err := decode(r.Data, &flowdeskv1.FlowVersion{})
	v.Active = r.Active
	return v, err
}

// PublishVersion implements storage.FlowStore. The number follows on the greatest one ever given, also when a flow of this id was deleted
// before: its versions stand for replay.
func (s *Store) PublishVersion(ctx context.Context, version *flowdeskv1.FlowVersion, activate bool) (int32, error) {
	var number int32
	err := s.changeEnvironment(ctx, "publish version", func(ctx context.Context, tx bun.Tx) (err error) {
		number, err = publishVersion(ctx, tx, version, activate)
		return err
	})
	if err != nil {
		return 0, err
	}
	return number, nil
}

func publishVersion(ctx context.Context, tx bun.Tx, version *flowdeskv1.FlowVersion, activate bool) (int32, error) {
	flow := clean(version.GetFlow())
	update := tx.NewUpdate().Model((*flowRow)(nil)).Set("latest_digest = ?", definitionDigest(version.GetDefinition())).
		Set("update_time = ?", zeroed(version.GetCreateTime())).
		Set("latest_version = (SELECT COALESCE(MAX(v.version), 0) + 1 FROM flow_versions AS v WHERE v.flow = ?)", flow)
	if activate {
		update = update.Set("active_version = (SELECT COALESCE(MAX(v.version), 0) + 1 FROM flow_versions AS v WHERE v.flow = ?)", flow)
	}
	var number int64
	if err := update.Where("id = ?", flow).Returning("latest_version").Scan(ctx, &number); err != nil {
		return 0, err
	}
	stored := proto.CloneOf(version)
	stored.Version, stored.Active = int32(number), false
	_, err := tx.NewInsert().Model(&versionRow{
		Flow: flow, Version: number, CreateTime: zeroed(version.GetCreateTime()), Data: pack(encode(stored)),
	}).Exec(ctx)
	return int32(number), err
}

// RollBack implements storage.FlowStore.
func (s *Store) RollBack(ctx context.Context, version *flowdeskv1.FlowVersion, draft *flowdeskv1.Flow, request *storage.RequestMark) (int32, error) {
	var number int32
	err := s.changeEnvironment(ctx, "roll back", func(ctx context.Context, tx bun.Tx) (err error) {
		// Setting what is there locks the row: of two replicas that roll back at once the second finds another version active.
		result, err := tx.NewUpdate().Model((*flowRow)(nil)).Set("active_version = active_version").
			Where("id = ? AND active_version = ?", clean(version.GetFlow()), version.GetRolledBackFrom()).Exec(ctx)
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, "flow_definitions", version.GetFlow(), result); err != nil {
			return err
		}
		if draft != nil {
			if err := updateFlow(ctx, tx, draft, draft.GetRevision()); err != nil {
				return err
			}
		}
		if number, err = publishVersion(ctx, tx, version, true); err != nil || request == nil {
			return err
		}
		return putRequest(ctx, tx, storage.RequestMark{Method: request.Method, ID: request.ID, Answer: []byte(decimal(int64(number)))}, version.GetCreateTime().AsTime())
	})
	if err != nil {
		return 0, err
	}
	return number, nil
}

// SetActive implements storage.FlowStore.
func (s *Store) SetActive(ctx context.Context, flow string, version int32) error {
	return s.changeEnvironment(ctx, "set active version", func(ctx context.Context, tx bun.Tx) error {
		id := clean(flow)
		if version != 0 {
			exists, err := tx.NewSelect().Model((*versionRow)(nil)).Where("flow = ? AND version = ?", id, version).Exists(ctx)
			if err != nil {
				return err
			}
			if !exists {
				return fmt.Errorf("version %d of flow %s: %w", version, flow, storage.ErrNotFound)
			}
		}
		result, err := tx.NewUpdate().Model((*flowRow)(nil)).Set("active_version = ?", version).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		return touched(ctx, tx, "flow_definitions", flow, result)
	})
}

// GetVersion implements storage.FlowStore.
func (s *Store) GetVersion(ctx context.Context, flow string, version int32) (*flowdeskv1.FlowVersion, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var row versionRow
	if err := selectVersions(s.read.NewSelect().Model(&row)).Where("flow = ? AND version = ?", clean(flow), version).Scan(ctx); err != nil {
		return nil, s.fail("get version", err)
	}
	return row.message()
}

// ListVersions implements storage.FlowStore.
func (s *Store) ListVersions(ctx context.Context, flow string, page storage.Page) ([]*flowdeskv1.FlowVersion, string, error) {
	l := &listing{filter: "versions " + flow, page: page, keys: []key{{"version", true}}}
	l.and("flow = ?", flow)
	rows, next, err := listFrom(ctx, s, "list versions", l, selectVersions, func(r *versionRow) []string { return []string{decimal(r.Version)} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*versionRow).message)
	for _, v := range out {
		v.Definition, v.Layout = nil, nil
	}
	return out, next, err
}

// ActiveVersions implements storage.FlowStore.
func (s *Store) ActiveVersions(ctx context.Context) ([]*flowdeskv1.FlowVersion, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []versionRow
	if err := selectVersions(s.read.NewSelect().Model(&rows)).
		Join("JOIN flow_definitions AS f ON f.id = flow_versions.flow AND f.active_version = flow_versions.version").
		OrderExpr("flow_versions.flow").Scan(ctx); err != nil {
		return nil, s.fail("active versions", err)
	}
	return messagesOf(rows, (*versionRow).message)
}
