package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/storage"
)

func stamp(t *timestamppb.Timestamp) int64 {
	if t == nil {
		return 0
	}
	return t.AsTime().UnixMicro()
}

func timestamp(us int64) *timestamppb.Timestamp {
	if us == 0 {
		return nil
	}
	return timestamppb.New(time.UnixMicro(us))
}

// listing is one page of rows by a key column, newest (greatest) first unless ascending.
type listing struct {
	filter    any
	page      storage.Page
	key       string
	ascending bool
	where     []condition
}

type condition struct {
	query string
	args  []any
}

func (l *listing) and(query string, args ...any) { l.where = append(l.where, condition{query, args}) }

func (l *listing) eq(column, value string) {
	if value != "" {
		l.and(column+" = ?", value)
	}
}

func (l *listing) number(column string, value int64) {
	if value != 0 {
		l.and(column+" = ?", value)
	}
}

func (l *listing) between(column string, after, before time.Time) {
	if !after.IsZero() {
		l.and(column+" >= ?", micros(after))
	}
	if !before.IsZero() {
		l.and(column+" < ?", micros(before))
	}
}

func in[T ~int32](l *listing, column string, values []T) {
	if len(values) > 0 {
		numbers := make([]int64, len(values))
		for i, v := range values {
			numbers[i] = int64(v)
		}
		l.and(column+" IN (?)", bun.List(numbers))
	}
}

// list reads a page into rows and gives the token of the next one. One row more than asked tells whether there is one.
func list[R any](ctx context.Context, s *Store, doing string, l *listing, keyOf func(*R) string) ([]R, string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, "", err
	}
	keys, err := storage.DecodeToken(l.filter, l.page.Token, 1)
	if err != nil {
		return nil, "", err
	}
	var rows []R
	query := s.read.NewSelect().Model(&rows)
	for _, c := range l.where {
		query = query.Where(c.query, c.args...)
	}
	order, border := l.key+" DESC", l.key+" < ?"
	if l.ascending {
		order, border = l.key, l.key+" > ?"
	}
	if keys != nil {
		query = query.Where(border, keys[0])
	}
	limit := l.page.Limit()
	if err := query.OrderExpr(order).Limit(int64(limit) + 1).Scan(ctx); err != nil {
		return nil, "", s.fail(doing, err)
	}
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	return rows, storage.EncodeToken(l.filter, keyOf(&rows[limit-1])), nil
}

// one reads the row under a key.
func one[R any](ctx context.Context, s *Store, doing, where string, args ...any) (*R, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	row := new(R)
	if err := s.read.NewSelect().Model(row).Where(where, args...).Limit(1).Scan(ctx); err != nil {
		return nil, s.fail(doing, err)
	}
	return row, nil
}

// decoded turns rows with a data column into messages.
func decoded[R any, M proto.Message](rows []R, data func(*R) []byte, fresh func() M) ([]M, error) {
	out := make([]M, 0, len(rows))
	for i := range rows {
		m, err := decode(data(&rows[i]), fresh())
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}
