package bunstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func isNotFound(err error) bool { return errors.Is(err, storage.ErrNotFound) }

type instanceRow struct {
	bun.BaseModel `bun:"table:flow_instances"`

	ID                                                  string `bun:",pk"`
	Flow, Session, Event, Error, FailedNode, WaitingFor string
	Message, Trace                                      *string
	LastNode, Turns                                     string
	Version, Status, BeginTime, UpdateTime, EndTime     int64
}

func (r *instanceRow) message() (*flowdeskv1.Instance, error) {
	i := &flowdeskv1.Instance{
		Id: r.ID, Flow: r.Flow, Version: int32(r.Version), Session: r.Session, Status: flowdeskv1.InstanceStatus(r.Status), Event: r.Event,
		Message: referred(r.Message, r.Event), BeginTime: timestamp(r.BeginTime), UpdateTime: timestamp(r.UpdateTime),
		EndTime: timestamp(r.EndTime), Error: r.Error, FailedNode: r.FailedNode, Trace: referred(r.Trace, r.Event), LastNode: r.LastNode,
	}
	if r.WaitingFor != "" {
		i.WaitingFor = strings.Split(r.WaitingFor, "\n")
	}
	return i, nil
}

// GetInstance implements storage.InstanceStore.
func (s *Store) GetInstance(ctx context.Context, instance string) (*flowdeskv1.Instance, []int64, error) {
	row, err := one[instanceRow](ctx, s, "get instance", "id = ?", instance)
	if err != nil {
		return nil, nil, err
	}
	var turns []int64
	for part := range strings.SplitSeq(row.Turns, ",") {
		version, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("turns of instance %s: %w", instance, errDamaged)
		}
		turns = append(turns, version)
	}
	i, err := row.message()
	return i, turns, err
}

// ListInstances implements storage.InstanceStore.
func (s *Store) ListInstances(ctx context.Context, filter storage.InstanceFilter, page storage.Page) ([]*flowdeskv1.Instance, string, error) {
	rows, next, err := list(ctx, s, "list instances", instanceListing(filter, page), func(r *instanceRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*instanceRow).message)
	return out, next, err
}

func instanceListing(filter storage.InstanceFilter, page storage.Page) *listing {
	l := &listing{filter: filter, page: page, keys: byID("id"), ascending: filter.Oldest}
	l.among("id", filter.IDs)
	l.eq("flow", filter.Flow)
	l.number("version", int64(filter.Version))
	l.eq("session", filter.Session)
	l.among("session", filter.Groups)
	if filter.Message != "" {
		l.and("(message = ? OR (message = '' AND event = ?))", filter.Message, filter.Message)
	}
	in(l, "status", filter.Statuses)
	if len(filter.Statuses) > 0 && !containsEnded(filter.Statuses) {
		l.and("end_time IS NULL") // the index of open instances
	}
	l.within(filter.After, filter.Before)
	l.eq("failed_node", filter.FailedNode)
	if filter.SenderRole != flowdeskv1.Role_ROLE_UNSPECIFIED {
		l.and("EXISTS (SELECT 1 FROM messages AS m WHERE m.id = COALESCE(NULLIF(message, ''), event) AND m.sender_role = ?)", int64(filter.SenderRole))
	}
	return l
}

func containsEnded(statuses []flowdeskv1.InstanceStatus) bool {
	for _, status := range statuses {
		if ended(&storage.InstanceWrite{Status: status}) != nil {
			return true
		}
	}
	return false
}

// CountInstances implements storage.InstanceStore.
func (s *Store) CountInstances(ctx context.Context, flow string, version int32) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	n, err := s.read.NewSelect().Model((*instanceRow)(nil)).Where("flow = ? AND version = ? AND end_time IS NULL", clean(flow), version).Count(ctx)
	return n, s.fail("count instances", err)
}

// OpenVersions implements storage.InstanceStore.
func (s *Store) OpenVersions(ctx context.Context) ([]*flowdeskv1.ProgramRef, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []instanceRow
	if err := s.read.NewSelect().Model(&rows).Column("flow", "version").Distinct().Where("end_time IS NULL").OrderExpr("flow, version").
		Scan(ctx); err != nil {
		return nil, s.fail("open versions", err)
	}
	out := make([]*flowdeskv1.ProgramRef, 0, len(rows))
	for i := range rows {
		out = append(out, &flowdeskv1.ProgramRef{Flow: rows[i].Flow, Version: int32(rows[i].Version)})
	}
	return out, nil
}
