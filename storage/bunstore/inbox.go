package bunstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type inboxRow struct {
	bun.BaseModel `bun:"table:inbox"`

	Sequence    int64 `bun:",pk,autoincrement"`
	ID, Session string
	Partition   sql.NullInt64 // none in rows of before partitions were noted
	Data        []byte
}

func (r *inboxRow) event() (storage.InboxEvent, error) {
	event, err := decode(r.Data, &flowdeskv1.Event{})
	return storage.InboxEvent{Sequence: r.Sequence, Event: event}, err
}

// PendingEvents implements storage.InboxStore.
func (s *Store) PendingEvents(ctx context.Context, after int64, limit int) ([]storage.InboxEvent, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []inboxRow
	if err := s.read.NewSelect().Model(&rows).Where("sequence > ?", after).OrderExpr("sequence").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("pending events", err)
	}
	return messagesOf(rows, (*inboxRow).event)
}

// PendingEventsOf implements storage.InboxStore. It is one statement: what it does not see was stored after what it sees.
func (s *Store) PendingEventsOf(ctx context.Context, partitions []int32, limit int) ([]storage.InboxEvent, error) {
	if err := s.begin(ctx); err != nil || len(partitions) == 0 {
		return nil, err
	}
	var rows []inboxRow
	if err := s.read.NewSelect().Model(&rows).Column("sequence", "session", "partition", "data").Where("partition IN (?) OR partition IS NULL", bun.List(partitions)).
		OrderExpr("sequence").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("pending events", err)
	}
	rows = slices.DeleteFunc(rows, func(r inboxRow) bool {
		return !r.Partition.Valid && !slices.Contains(partitions, storage.Partition(r.Session))
	})
	return messagesOf(rows, (*inboxRow).event)
}

type callRow struct {
	bun.BaseModel `bun:"table:calls"`

	ID   string `bun:",pk"`
	Data []byte
}

// PendingCalls implements storage.InboxStore.
func (s *Store) PendingCalls(ctx context.Context, after string, limit int) ([]*flowdeskv1.Call, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []callRow
	if err := s.read.NewSelect().Model(&rows).Where("id > ?", clean(after)).OrderExpr("id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("pending calls", err)
	}
	return messagesOf(rows, func(r *callRow) (*flowdeskv1.Call, error) { return decode(r.Data, &flowdeskv1.Call{}) })
}

type environmentRow struct {
	bun.BaseModel `bun:"table:environments"`

	Digest string
	Data   []byte
}

// GetEnvironment implements storage.EnvironmentStore.
func (s *Store) GetEnvironment(ctx context.Context, digest string) ([]byte, error) {
	row, err := one[environmentRow](ctx, s, "get environment", "digest = ?", digest)
	if err != nil {
		return nil, err
	}
	data, err := unpack(row.Data)
	return data, s.fail("get environment", err)
}

type requestRow struct {
	bun.BaseModel `bun:"table:requests"`

	Method, ID string
	Time       int64
	Answer     []byte
}

// GetRequest implements storage.RequestStore.
func (s *Store) GetRequest(ctx context.Context, method, id string) ([]byte, error) {
	row, err := one[requestRow](ctx, s, "get request", "method = ? AND id = ?", method, id)
	if err != nil {
		return nil, err
	}
	answer, err := unpack(row.Answer)
	return answer, s.fail("get request", err)
}

// PutRequest implements storage.RequestStore.
func (s *Store) PutRequest(ctx context.Context, method, id string, answer []byte, at time.Time) error {
	return s.change(ctx, "put request", func(ctx context.Context, tx bun.Tx) error {
		return putRequest(ctx, tx, storage.RequestMark{Method: method, ID: id, Answer: answer}, at)
	})
}

func putRequest(ctx context.Context, tx bun.Tx, request storage.RequestMark, at time.Time) error {
	row := &requestRow{Method: clean(request.Method), ID: clean(request.ID), Time: micros(at), Answer: pack(request.Answer)}
	_, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}
