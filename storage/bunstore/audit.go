package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// A record is two rows, one written before the change and one after it, because the database lets neither be changed.
type auditRow struct {
	bun.BaseModel `bun:"table:audit_records"`

	ID       string `bun:",pk"`
	Time     int64
	Actor    string
	Method   string
	Resource string `bun:",nullzero"`
	Data     []byte
	Ended    []byte `bun:",scanonly"`
}

type outcomeRow struct {
	bun.BaseModel `bun:"table:audit_outcomes"`

	Record   string `bun:",pk"`
	Resource string `bun:",nullzero"`
	Data     []byte
}

func idOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// BeginAudit implements storage.AuditStore.
func (s *Store) BeginAudit(ctx context.Context, record *flowdeskv1.AuditRecord) error {
	return s.change(ctx, "begin audit", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&auditRow{
			ID: clean(idOf(record.GetName())), Time: zeroed(record.GetTime()), Actor: clean(record.GetActor()), Method: clean(record.GetMethod()),
			Resource: clean(record.GetResource()), Data: pack(encode(record)),
		}).Exec(ctx)
		return err
	})
}

// EndAudit implements storage.AuditStore.
func (s *Store) EndAudit(ctx context.Context, record *flowdeskv1.AuditRecord) error {
	return s.change(ctx, "end audit", func(ctx context.Context, tx bun.Tx) error {
		end := &flowdeskv1.AuditRecord{Resource: record.GetResource(), After: record.GetAfter(), Outcome: record.GetOutcome(), Reason: record.GetReason()}
		_, err := tx.NewInsert().Model(&outcomeRow{Record: clean(idOf(record.GetName())), Resource: clean(record.GetResource()), Data: pack(encode(end))}).Exec(ctx)
		return err
	})
}

// ListAudit implements storage.AuditStore.
func (s *Store) ListAudit(ctx context.Context, filter storage.AuditFilter, page storage.Page) ([]*flowdeskv1.AuditRecord, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("a.id"), ascending: filter.Oldest}
	l.eq("a.actor", filter.Actor)
	l.eq("a.method", filter.Method)
	if filter.Resource != "" {
		l.and("(a.resource = ? OR a.id IN (SELECT record FROM audit_outcomes WHERE resource = ?))", filter.Resource, filter.Resource)
	}
	l.between("a.time", filter.After, filter.Before)
	rows, next, err := listFrom(ctx, s, "list audit records", l, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.ModelTableExpr("audit_records AS a").ColumnExpr("a.id, a.data, o.data AS ended").Join("LEFT JOIN audit_outcomes AS o ON o.record = a.id")
	}, func(r *auditRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*auditRow).message)
	return out, next, err
}

func (r *auditRow) message() (*flowdeskv1.AuditRecord, error) {
	record, err := decode(r.Data, &flowdeskv1.AuditRecord{})
	if err != nil || r.Ended == nil {
		return record, err
	}
	end, err := decode(r.Ended, &flowdeskv1.AuditRecord{})
	if err != nil {
		return nil, err
	}
	proto.Merge(record, end) // an end sets what a beginning left open
	return record, nil
}
