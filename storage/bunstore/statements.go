package bunstore

import (
	"context"
	"database/sql"
	"strings"
	"sync"
)

// statements keeps the prepared statements of the hot path.
type statements struct {
	mu   sync.Mutex
	byID map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.byID[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if s.byID == nil {
		s.byID = make(map[string]*sql.Stmt)
	}
	s.byID[query] = stmt
	return stmt, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.byID {
		_ = stmt.Close()
	}
	s.byID = nil
}

// hotTx runs prepared statements in one transaction. Rows of one table are gathered and inserted several at a time.
type hotTx struct {
	ctx   context.Context //nolint:containedctx // lives as long as one commit
	store *Store
	tx    *sql.Tx
	err   error
	rows  map[*table]*[]any
	order []*table
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
	stmt, err := h.store.hot.get(h.ctx, h.store.write.DB, h.store.rebind(query))
	if err != nil {
		h.err = err
		return 0
	}
	result, err := h.tx.StmtContext(h.ctx, stmt).ExecContext(h.ctx, args...)
	if err != nil {
		h.err = err
		return 0
	}
	n, err := result.RowsAffected()
	h.err = err
	return n
}
