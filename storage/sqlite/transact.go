package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
)

// transactor runs the transactions of commits as prepared statements on the writer's connection. It goes past database/sql, which would
// look at each argument several times.
type transactor struct {
	write *bun.DB

	owner      any // the connection that the statements were prepared on; those of a connection that is gone are gone with it
	statements map[string]driver.Stmt
	texts      map[*bunstore.Statement][]string
	arguments  []driver.NamedValue
}

func newTransactor(write *bun.DB) *transactor {
	return &transactor{write: write, texts: make(map[*bunstore.Statement][]string)}
}

// Transact implements bunstore.Transactor.
func (t *transactor) Transact(ctx context.Context, f func(bunstore.Run) error) error {
	connection, err := t.write.DB.Conn(ctx)
	if err != nil {
		return err
	}
	err = connection.Raw(func(raw any) error { return t.on(context.WithoutCancel(ctx), raw, f) })
	if closing := connection.Close(); err == nil && closing != nil && !errors.Is(closing, driver.ErrBadConn) {
		err = closing
	}
	return err
}

func (t *transactor) on(ctx context.Context, raw any, f func(bunstore.Run) error) error {
	if t.owner != raw {
		t.owner, t.statements = raw, make(map[string]driver.Stmt)
	}
	if err := failpoint.Before("sqlite.begin.before", storage.ErrUnavailable); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	err := f(func(steps ...*bunstore.Step) error {
		for _, step := range steps {
			if err := failpoint.Before("sqlite.step.before", storage.ErrUnavailable); err != nil {
				return err
			}
			if err := failpoint.Over(t.step(ctx, step), "sqlite.step.after", storage.ErrUnavailable); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = failpoint.Before("sqlite.commit.before", storage.ErrUnavailable)
	}
	committing := err == nil
	if committing {
		_, err = t.exec(ctx, "COMMIT", nil)
	}
	if err == nil {
		return failpoint.Over(nil, "sqlite.commit.after", storage.ErrUnknown)
	}
	// Where the database has already rolled back it says so, and that is as good.
	_, _ = t.exec(ctx, "ROLLBACK", nil)
	if committing && unsure(err) {
		return fmt.Errorf("%w: %w", storage.ErrUnknown, translate(err))
	}
	return err
}

// step runs one step: inserts most rows at once first, everything else row by row.
func (t *transactor) step(ctx context.Context, step *bunstore.Step) error {
	texts := t.texts[step.Statement]
	if texts == nil {
		texts = spelled(step.Statement)
		t.texts[step.Statement] = texts
	}
	step.Changed = 0
	if step.Tells {
		return t.telling(ctx, texts[0], step)
	}
	values := step.Values
	for size := len(texts) - 1; size >= 0; size-- {
		for n := len(step.Types) << size; len(values) >= n; values = values[n:] {
			changed, err := t.exec(ctx, texts[size], values[:n])
			if err != nil {
				return err
			}
			step.Changed += changed
		}
	}
	return nil
}

// telling runs a step that tells, row by row.
func (t *transactor) telling(ctx context.Context, text string, step *bunstore.Step) error {
	width := len(step.Types)
	step.Found = make([]string, step.Rows())
	for i := range step.Found {
		row := step.Values[i*width : (i+1)*width]
		if step.Verb == bunstore.Look || step.Verb == bunstore.Lock {
			found, err := t.query(ctx, text, row)
			if err != nil {
				return err
			}
			step.Found[i] = found
			continue
		}
		changed, err := t.exec(ctx, text, row)
		if err != nil {
			return err
		}
		if step.Changed += changed; changed > 0 {
			step.Found[i] = hit
		}
	}
	return nil
}

// hit is what a row is told by that was inserted or changed.
const hit = "hit"

var errDriver = errors.New("the driver cannot prepare statements with a context")

func (t *transactor) prepared(ctx context.Context, text string) (driver.Stmt, error) {
	if ready := t.statements[text]; ready != nil {
		return ready, nil
	}
	connection, ok := t.owner.(driver.ConnPrepareContext)
	if !ok {
		return nil, errDriver
	}
	ready, err := connection.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60s: %w", text, err)
	}
	t.statements[text] = ready
	return ready, nil
}

func (t *transactor) bind(values []driver.Value) []driver.NamedValue {
	for len(t.arguments) < len(values) {
		t.arguments = append(t.arguments, driver.NamedValue{Ordinal: len(t.arguments) + 1})
	}
	for i, v := range values {
		t.arguments[i].Value = v
	}
	return t.arguments[:len(values)]
}

// exec runs a statement and tells how many rows it changed.
func (t *transactor) exec(ctx context.Context, text string, values []driver.Value) (int64, error) {
	ready, err := t.prepared(ctx, text)
	if err != nil {
		return 0, err
	}
	execer, ok := ready.(driver.StmtExecContext)
	if !ok {
		return 0, errDriver
	}
	result, err := execer.ExecContext(ctx, t.bind(values))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query reads one text, empty when there is no row.
func (t *transactor) query(ctx context.Context, text string, values []driver.Value) (string, error) {
	ready, err := t.prepared(ctx, text)
	if err != nil {
		return "", err
	}
	querier, ok := ready.(driver.StmtQueryContext)
	if !ok {
		return "", errDriver
	}
	rows, err := querier.QueryContext(ctx, t.bind(values))
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

// closeWait is how long a change under way may hold the writer's connection while the store closes.
const closeWait = 5 * time.Second

// Close implements bunstore.Transactor. The pool drops a connection that was interrupted, and its statements are gone with it: to touch them
// would crash the process.
func (t *transactor) Close() error {
	if t.owner == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait) //nolint:forbidigo // the end has a time of its own
	defer cancel()
	defer func() { t.owner, t.statements = nil, nil }()
	connection, err := t.write.DB.Conn(ctx)
	if err != nil {
		return nil // without a connection there is nothing to close
	}
	err = connection.Raw(func(raw any) error {
		var errs []error
		for _, s := range t.statements {
			if t.owner == raw {
				errs = append(errs, s.Close())
			}
		}
		return errors.Join(errs...)
	})
	return errors.Join(err, connection.Close())
}
