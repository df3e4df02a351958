package bunstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type flowRow struct {
	bun.BaseModel `bun:"table:flow_definitions"`

	ID                                                             string `bun:",pk"`
	Title, Digest, LatestDigest, Labels                            string
	ActiveVersion, LatestVersion, Revision, CreateTime, UpdateTime int64
	Data                                                           []byte
}

// flowRowOf is a flow as a row. The draft's digest tells later whether it differs from the newest version.
func flowRowOf(f *flowdeskv1.Flow) *flowRow {
	return &flowRow{
		ID: f.GetId(), Title: clean(f.GetDefinition().GetTitle()), Digest: definitionDigest(f.GetDefinition()), Labels: strings.Join(f.GetLabels(), "\n"),
		ActiveVersion: int64(f.GetActiveVersion()), LatestVersion: int64(f.GetLatestVersion()), Revision: f.GetRevision(),
		CreateTime: stamp(f.GetCreateTime()), UpdateTime: stamp(f.GetUpdateTime()),
		Data: encode(&flowdeskv1.Flow{Definition: f.GetDefinition(), Layout: f.GetLayout()}),
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

func (r *flowRow) message(whole bool) (*flowdeskv1.Flow, error) {
	f := &flowdeskv1.Flow{}
	if whole {
		var err error
		if f, err = decode(r.Data, f); err != nil {
			return nil, err
		}
	}
	f.Id, f.Title, f.Revision = r.ID, r.Title, r.Revision
	f.ActiveVersion, f.LatestVersion = int32(r.ActiveVersion), int32(r.LatestVersion)
	f.DraftChanged = r.Digest != r.LatestDigest
	f.CreateTime, f.UpdateTime = timestamp(r.CreateTime), timestamp(r.UpdateTime)
	f.Etag = fmt.Sprintf("%d-%d", r.Revision, r.ActiveVersion)
	if r.Labels != "" {
		f.Labels = strings.Split(r.Labels, "\n")
	}
	return f, nil
}

// CreateFlow implements storage.FlowStore.
func (s *Store) CreateFlow(ctx context.Context, flow *flowdeskv1.Flow) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	row := flowRowOf(flow)
	row.Revision, row.ActiveVersion, row.LatestVersion = 1, 0, 0
	_, err := s.write.NewInsert().Model(row).Exec(ctx)
	return s.fail("create flow", err)
}

// GetFlow implements storage.FlowStore.
func (s *Store) GetFlow(ctx context.Context, flow string) (*flowdeskv1.Flow, error) {
	row, err := one[flowRow](ctx, s, "get flow", "id = ?", flow)
	if err != nil {
		return nil, err
	}
	return row.message(true)
}

// ListFlows implements storage.FlowStore.
func (s *Store) ListFlows(ctx context.Context, filter storage.FlowFilter, page storage.Page) ([]*flowdeskv1.Flow, string, error) {
	l := &listing{filter: filter, page: page, key: "printf('%020d', create_time) || id"}
	if filter.Title != "" {
		l.and("title LIKE ?", "%"+filter.Title+"%")
	}
	if filter.Active != nil {
		if *filter.Active {
			l.and("active_version > 0")
		} else {
			l.and("active_version = 0")
		}
	}
	if filter.Label != "" {
		l.and("'\n' || labels || '\n' LIKE ?", "%\n"+filter.Label+"\n%")
	}
	rows, next, err := list(ctx, s, "list flows", l, func(r *flowRow) string { return fmt.Sprintf("%020d", r.CreateTime) + r.ID })
	out := make([]*flowdeskv1.Flow, 0, len(rows))
	for i := range rows {
		f, err := rows[i].message(false)
		if err != nil {
			return nil, "", err
		}
		out = append(out, f)
	}
	return out, next, err
}

// UpdateFlow implements storage.FlowStore.
func (s *Store) UpdateFlow(ctx context.Context, flow *flowdeskv1.Flow, revision int64) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	row := flowRowOf(flow)
	result, err := s.write.NewUpdate().Model(row).Column("title", "digest", "labels", "update_time", "data").Set("revision = revision + 1").
		Where("id = ? AND revision = ?", flow.GetId(), revision).Exec(ctx)
	if err != nil {
		return s.fail("update flow", err)
	}
	return s.changed(ctx, "update flow", "flow_definitions", flow.GetId(), result)
}

// changed tells a conflict from a missing row when a conditional change touched nothing.
func (s *Store) changed(ctx context.Context, doing, tableName, id string, result interface{ RowsAffected() (int64, error) }) error {
	n, err := result.RowsAffected()
	if err != nil || n > 0 {
		return s.fail(doing, err)
	}
	exists, err := s.write.NewSelect().TableExpr(tableName).Where("id = ?", id).Exists(ctx)
	switch {
	case err != nil:
		return s.fail(doing, err)
	case exists:
		return fmt.Errorf("%s %s: %w", doing, id, storage.ErrConflict)
	default:
		return fmt.Errorf("%s %s: %w", doing, id, storage.ErrNotFound)
	}
}

// DeleteFlow implements storage.FlowStore.
func (s *Store) DeleteFlow(ctx context.Context, flow string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	result, err := s.write.NewDelete().Model((*flowRow)(nil)).
		Where("id = ? AND active_version = 0 AND NOT EXISTS (SELECT 1 FROM flow_instances WHERE flow = ? AND end_time = 0)", flow, flow).Exec(ctx)
	if err != nil {
		return s.fail("delete flow", err)
	}
	return s.changed(ctx, "delete flow", "flow_definitions", flow, result)
}

type versionRow struct {
	bun.BaseModel `bun:"table:flow_versions"`

	Flow                string
	Version, CreateTime int64
	Data                []byte
}

// PublishVersion implements storage.FlowStore.
func (s *Store) PublishVersion(ctx context.Context, version *flowdeskv1.FlowVersion, activate bool) (int32, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	var number int64
	err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		update := tx.NewUpdate().Model((*flowRow)(nil)).Set("latest_version = latest_version + 1").
			Set("latest_digest = ?", definitionDigest(version.GetDefinition())).Set("update_time = ?", stamp(version.GetCreateTime()))
		if activate {
			update = update.Set("active_version = latest_version + 1")
		}
		if err := update.Where("id = ?", version.GetFlow()).Returning("latest_version").Scan(ctx, &number); err != nil {
			return err
		}
		stored := proto.CloneOf(version)
		stored.Version = int32(number)
		_, err := tx.NewInsert().Model(&versionRow{Flow: version.GetFlow(), Version: number, CreateTime: stamp(version.GetCreateTime()), Data: encode(stored)}).Exec(ctx)
		return err
	})
	return int32(number), s.fail("publish version", err)
}

// SetActive implements storage.FlowStore.
func (s *Store) SetActive(ctx context.Context, flow string, version int32) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	result, err := s.write.NewUpdate().Model((*flowRow)(nil)).Set("active_version = ?", int64(version)).
		Where("id = ? AND ? <= latest_version", flow, int64(version)).Exec(ctx)
	if err != nil {
		return s.fail("set active version", err)
	}
	if err := s.changed(ctx, "set active version", "flow_definitions", flow, result); isConflict(err) {
		return fmt.Errorf("version %d of flow %s: %w", version, flow, storage.ErrNotFound)
	} else { //nolint:revive // the error belongs to this branch
		return err
	}
}

// GetVersion implements storage.FlowStore.
func (s *Store) GetVersion(ctx context.Context, flow string, version int32) (*flowdeskv1.FlowVersion, error) {
	row, err := one[versionRow](ctx, s, "get version", "flow = ? AND version = ?", flow, int64(version))
	if err != nil {
		return nil, err
	}
	return decode(row.Data, &flowdeskv1.FlowVersion{})
}

// ListVersions implements storage.FlowStore.
func (s *Store) ListVersions(ctx context.Context, flow string, page storage.Page) ([]*flowdeskv1.FlowVersion, string, error) {
	l := &listing{filter: flow, page: page, key: "printf('%010d', version)"}
	l.and("flow = ?", flow)
	rows, next, err := list(ctx, s, "list versions", l, func(r *versionRow) string { return fmt.Sprintf("%010d", r.Version) })
	if err != nil {
		return nil, "", err
	}
	active := int32(0)
	if f, err := s.GetFlow(ctx, flow); err == nil {
		active = f.GetActiveVersion()
	}
	out, err := decoded(rows, func(r *versionRow) []byte { return r.Data }, func() *flowdeskv1.FlowVersion { return &flowdeskv1.FlowVersion{} })
	for _, v := range out {
		v.Definition, v.Layout, v.Active = nil, nil, v.GetVersion() == active
	}
	return out, next, err
}

// ActiveVersions implements storage.FlowStore.
func (s *Store) ActiveVersions(ctx context.Context) ([]*flowdeskv1.FlowVersion, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []versionRow
	if err := s.write.NewSelect().Model(&rows).
		Where("EXISTS (SELECT 1 FROM flow_definitions d WHERE d.id = version_row.flow AND d.active_version = version_row.version)").OrderExpr("flow").Scan(ctx); err != nil {
		return nil, s.fail("active versions", err)
	}
	return decoded(rows, func(r *versionRow) []byte { return r.Data }, func() *flowdeskv1.FlowVersion { return &flowdeskv1.FlowVersion{} })
}

func nextEtag(old string) string {
	n, _ := strconv.ParseInt(old, 10, 64) // the first one counts from 0
	return strconv.FormatInt(n+1, 10)
}
