package bunstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

// listing is one page of rows in the order of key columns, greatest (newest) first unless ascending. The last key is unique, so that no
// row is seen twice or missed; rows that come while somebody leafs through stand before the first page.
type listing struct {
	filter    any
	page      storage.Page
	keys      []key
	ascending bool
	all       bool // an empty page size asks for all rows
	where     []condition
	bound     []condition // of the first key from above, or from below in ascending lists; the last row of a page takes their place
}

// key is a column that orders a list.
type key struct {
	column string
	number bool
}

func byID(column string) []key { return []key{{column: column}} }

type condition struct {
	query string
	args  []any
}

func (l *listing) and(query string, args ...any) {
	l.where = append(l.where, condition{query, cleaned(args)})
}

func (l *listing) eq(column, value string) {
	if value != "" {
		l.and(column+" = ?", value)
	}
}

// among narrows to the values where there are any.
func (l *listing) among(column string, values []string) {
	if len(values) > 0 {
		l.and(column+" IN (?)", bun.List(cleanedAll(values)))
	}
}

func cleanedAll(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = clean(v)
	}
	return out
}

func (l *listing) number(column string, value int64) {
	if value != 0 {
		l.and(column+" = ?", value)
	}
}

func (l *listing) between(column string, after, before time.Time) {
	if !after.IsZero() {
		l.bind(column, " >= ?", micros(after), true)
	}
	if !before.IsZero() {
		l.bind(column, " < ?", micros(before), false)
	}
}

// bind bounds a column from below or above. Of two bounds on the key of a list a database takes one to begin with, and may take the one that makes
// every page begin at the first row: so the bound from which the list begins stands only where the last row of the page before does not bound more.
func (l *listing) bind(column, compare string, value any, lower bool) {
	if c := (condition{column + compare, cleaned([]any{value})}); lower == l.ascending && len(l.keys) > 0 && l.keys[0].column == column {
		l.bound = append(l.bound, c)
	} else {
		l.where = append(l.where, c)
	}
}

// like asks for a part of a text. What the reader typed is text and no pattern.
func (s *Store) like(l *listing, column, part string) {
	if part != "" {
		pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(clean(part)) + "%"
		l.and(column+" "+s.dialect.Like+` ? ESCAPE '\'`, pattern)
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

// decodeKeys gives the keys of the last row of the page before, nil for the first page.
func (l *listing) decodeKeys() ([]any, error) {
	texts, err := storage.DecodeToken(l.filter, l.page.Token, len(l.keys))
	if err != nil || texts == nil {
		return nil, err
	}
	keys := make([]any, len(texts))
	for i, text := range texts {
		keys[i] = text
		if l.keys[i].number {
			if keys[i], err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, fmt.Errorf("%w: not readable", storage.ErrPageToken)
			}
		}
	}
	return keys, nil
}

func (l *listing) apply(query *bun.SelectQuery, after []any) *bun.SelectQuery {
	for _, c := range l.where {
		query = query.Where(c.query, c.args...)
	}
	if after == nil {
		for _, c := range l.bound {
			query = query.Where(c.query, c.args...)
		}
	}
	direction, compare := " DESC", "<"
	if l.ascending {
		direction, compare = "", ">"
	}
	columns := make([]string, len(l.keys))
	for i, k := range l.keys {
		columns[i] = k.column
		query = query.OrderExpr(k.column + direction)
	}
	if after != nil {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
		query = query.Where("("+strings.Join(columns, ", ")+") "+compare+" ("+marks+")", after...)
	}
	return query
}

// list reads a page of rows and gives the token of the next one. One row more than asked tells whether there is one.
func list[R any](ctx context.Context, s *Store, doing string, l *listing, keysOf func(*R) []string) ([]R, string, error) {
	return listFrom(ctx, s, doing, l, func(q *bun.SelectQuery) *bun.SelectQuery { return q }, keysOf)
}

// listFrom is list with a query that needs more than its model.
func listFrom[R any](ctx context.Context, s *Store, doing string, l *listing, shape func(*bun.SelectQuery) *bun.SelectQuery,
	keysOf func(*R) []string,
) ([]R, string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, "", err
	}
	after, err := l.decodeKeys()
	if err != nil {
		return nil, "", err
	}
	var rows []R
	query := l.apply(shape(s.read.NewSelect().Model(&rows)), after)
	limit := l.page.Limit()
	whole := l.all && l.page.Size == 0
	if !whole {
		query = query.Limit(int64(limit) + 1)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, "", s.fail(doing, err)
	}
	if whole || len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	return rows, storage.EncodeToken(l.filter, keysOf(&rows[limit-1])...), nil
}

// one reads the row under a key.
func one[R any](ctx context.Context, s *Store, doing, where string, args ...any) (*R, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	row := new(R)
	if err := s.read.NewSelect().Model(row).Where(where, cleaned(args)...).Limit(1).Scan(ctx); err != nil {
		return nil, s.fail(doing, err)
	}
	return row, nil
}

// messagesOf turns rows into messages.
func messagesOf[R any, M any](rows []R, message func(*R) (M, error)) ([]M, error) {
	out := make([]M, 0, len(rows))
	for i := range rows {
		m, err := message(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// unpacked gives back packed data of rows.
func unpacked[R any](rows []R, data func(*R) []byte) ([][]byte, error) {
	return messagesOf(rows, func(r *R) ([]byte, error) { return unpack(data(r)) })
}
