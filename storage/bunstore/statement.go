package bunstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// statement is one statement of the hot path. Its text is fixed, so that it is prepared once.
type statement struct {
	text string
}

// table says how rows of one table are inserted: several at a time, by statements for 1, 2, 4 … rows.
type table struct {
	columns int
	sizes   [insertSizes]*statement
}

// insertSizes are how many insert statements a table has: for 1, 2, 4, 8, 16 and 32 rows. More rows in one statement gain nothing.
const insertSizes = 6

// insertInto makes a table of the hot path.
func insertInto(name, columns, conflict string) *table {
	t := &table{columns: strings.Count(columns, ",") + 1}
	row := "(" + strings.Repeat("?,", t.columns-1) + "?)"
	for i := range t.sizes {
		t.sizes[i] = &statement{"INSERT INTO " + name + " (" + columns + ") VALUES " + strings.Repeat(row+",", 1<<i-1) + row + " " + conflict}
	}
	return t
}

// prepared are the prepared statements of one connection of the driver. The hot path goes past database/sql, which would look at each
// argument several times.
type prepared struct {
	owner      any
	statements map[*statement]driver.Stmt
	arguments  []driver.NamedValue
}

// on makes the statements those of a connection. The statements of a connection that is gone are gone with it.
func (p *prepared) on(connection any) {
	if p.owner != connection {
		p.owner, p.statements = connection, make(map[*statement]driver.Stmt)
	}
}

func (p *prepared) close() error {
	var errs []error
	for _, s := range p.statements {
		errs = append(errs, s.Close())
	}
	p.owner, p.statements = nil, nil
	return errors.Join(errs...)
}

var errDriver = errors.New("the driver cannot prepare statements with a context")

func (p *prepared) get(ctx context.Context, s *statement, spell func(string) string) (driver.Stmt, error) {
	if ready := p.statements[s]; ready != nil {
		return ready, nil
	}
	connection, ok := p.owner.(driver.ConnPrepareContext)
	if !ok {
		return nil, errDriver
	}
	text := spell(s.text)
	ready, err := connection.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60s: %w", text, err)
	}
	p.statements[s] = ready
	return ready, nil
}

func (p *prepared) bind(values []driver.Value) []driver.NamedValue {
	for len(p.arguments) < len(values) {
		p.arguments = append(p.arguments, driver.NamedValue{Ordinal: len(p.arguments) + 1})
	}
	for i, v := range values {
		p.arguments[i].Value = v
	}
	return p.arguments[:len(values)]
}

// exec runs a statement and tells how many rows it changed.
func (p *prepared) exec(ctx context.Context, s *statement, spell func(string) string, values []driver.Value) (int64, error) {
	ready, err := p.get(ctx, s, spell)
	if err != nil {
		return 0, err
	}
	execer, ok := ready.(driver.StmtExecContext)
	if !ok {
		return 0, errDriver
	}
	result, err := execer.ExecContext(ctx, p.bind(values))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// text reads one text, empty when there is no row.
func (p *prepared) text(ctx context.Context, s *statement, spell func(string) string, values ...driver.Value) (string, error) {
	ready, err := p.get(ctx, s, spell)
	if err != nil {
		return "", err
	}
	querier, ok := ready.(driver.StmtQueryContext)
	if !ok {
		return "", errDriver
	}
	rows, err := querier.QueryContext(ctx, p.bind(values))
	if err != nil {
		return "", err
	}
	var row [1]driver.Value
	if err := rows.Next(row[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return "", errors.Join(err, rows.Close())
	}
	found, _ := row[0].(string)
	return found, rows.Close()
}
