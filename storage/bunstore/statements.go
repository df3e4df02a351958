package bunstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// statements keeps the prepared statements of the hot path, on the driver's own connection: the path through database/sql costs more than
// many of the rows.
type statements struct {
	conn driver.Conn
	byID map[string]driver.Stmt
}

// on gives the statements of a connection; a new connection has none yet.
func (s *statements) on(conn driver.Conn) {
	if s.conn != conn {
		s.conn, s.byID = conn, make(map[string]driver.Stmt)
	}
}

func (s *statements) get(ctx context.Context, query string) (driver.StmtExecContext, error) {
	stmt := s.byID[query]
	if stmt == nil {
		preparer, ok := s.conn.(driver.ConnPrepareContext)
		if !ok {
			return nil, errors.New("the driver cannot prepare statements")
		}
		var err error
		if stmt, err = preparer.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		s.byID[query] = stmt
	}
	exec, ok := stmt.(driver.StmtExecContext)
	if !ok {
		return nil, errors.New("the driver cannot run statements with a context")
	}
	return exec, nil
}

// hotTx runs prepared statements in one transaction. Rows of one table are gathered and inserted several at a time.
type hotTx struct {
	ctx   context.Context //nolint:containedctx // lives as long as one commit
	store *Store
	err   error
	rows  map[*table]*[]any
	order []*table
	args  []driver.NamedValue
}

// table says how rows of one table are inserted.
type table struct {
	insert   string // INSERT … VALUES, without the rows
	columns  int
	conflict string
}

// chunk is how many rows one statement inserts at most; statements are prepared for chunk rows and for one.
const chunk = 16

func (t *table) query(rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", t.columns), ",") + ")"
	return t.insert + strings.TrimSuffix(strings.Repeat(row+",", rows), ",") + t.conflict
}

func (h *hotTx) add(t *table, values ...any) {
	gathered := h.rows[t]
	if gathered == nil {
		gathered = new([]any)
		h.rows[t] = gathered
		h.order = append(h.order, t)
	}
	*gathered = append(*gathered, values...)
}

// flush inserts what was gathered.
func (h *hotTx) flush() {
	for _, t := range h.order {
		values := *h.rows[t]
		for len(values) > 0 && h.err == nil {
			n := 1
			for _, size := range [...]int{chunk, 4} {
				if len(values) >= size*t.columns {
					n = size
					break
				}
			}
			h.exec(t.query(n), values[:n*t.columns]...)
			values = values[n*t.columns:]
		}
	}
}

func (h *hotTx) exec(query string, args ...any) int64 {
	if h.err != nil {
		return 0
	}
	stmt, err := h.store.hot.get(h.ctx, h.store.rebind(query))
	if err != nil {
		h.err = err
		return 0
	}
	h.args = h.args[:0]
	for i, arg := range args {
		h.args = append(h.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	result, err := stmt.ExecContext(h.ctx, h.args)
	if err != nil {
		h.err = err
		return 0
	}
	n, err := result.RowsAffected()
	h.err = err
	return n
}
