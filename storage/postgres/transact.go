package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
)

// Limits of a commit.
const (
	commitLimit = 30 * time.Second // one that takes longer has lost its server
	commitTries = 3                // of a transaction that surely came to nothing
	// prepareWithin bounds the making of the connection, with the wait for an earlier server's lock.
	prepareWithin = 2 * soleWait
)

// transactor runs the transactions of commits on a connection of its own: each call of Run is one round trip, however many steps it has, and
// a step is one prepared statement with an array for each column.
type transactor struct {
	config *pgconn.Config
	shared bool // other servers commit to the database too

	conn    *pgconn.PgConn
	names   map[*bunstore.Statement]string // of the statements prepared on conn
	encoder encoder
	formats []int16
}

// The statements around a commit.
const (
	beginName, commitName, rollbackName = "begin", "commit", "rollback"
	// numberName asks for the transaction's number: by it a later connection finds out what became of it.
	numberName = "number"
)

var around = [...][2]string{
	{beginName, "BEGIN"},
	{commitName, "COMMIT"},
	{rollbackName, "ROLLBACK"},
	{numberName, "SELECT pg_current_xact_id()::text"},
}

// Transact implements bunstore.Transactor.
func (t *transactor) Transact(ctx context.Context, f func(bunstore.Run) error) error {
	for try := 1; ; try++ {
		if err := t.connect(ctx); err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
		err := (&transaction{transactor: t, ctx: limited}).run(f) //nolint:contextcheck // it holds the context
		late := limited.Err() != nil
		cancel()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, storage.ErrUnknown):
			return err
		case late:
			return fmt.Errorf("%w: not done within %s: %s", storage.ErrUnavailable, commitLimit, err.Error())
		case try == commitTries || !t.conn.IsClosed() && !repeatable(err):
			return err
		}
	}
}

// connect sees to it that there is a connection with the statements that every transaction needs. A server that falls silent in the middle of it is
// away: every commit would wait for it.
func (t *transactor) connect(ctx context.Context) error {
	if t.conn != nil && !t.conn.IsClosed() {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, prepareWithin)
	defer cancel()
	err := t.make(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: no connection for commits within %s: %s", storage.ErrUnavailable, prepareWithin, err.Error())
	}
	return err
}

func (t *transactor) make(ctx context.Context) error {
	if err := failpoint.Before("postgres.connect.before", storage.ErrUnavailable); err != nil {
		return err
	}
	conn, err := pgconn.ConnectConfig(ctx, t.config)
	if err != nil {
		return err
	}
	if err := t.hold(ctx, conn); err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	for _, s := range around {
		if _, err := conn.Prepare(ctx, s[0], s[1], nil); err != nil {
			return errors.Join(err, conn.Close(ctx))
		}
	}
	t.conn, t.names = conn, make(map[*bunstore.Statement]string)
	return nil
}

// Close implements bunstore.Transactor.
func (t *transactor) Close() error {
	if t.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) //nolint:forbidigo // the end has a time of its own
	defer cancel()
	_ = t.conn.Close(ctx) // a server that is gone is no trouble any more
	return nil
}

// name gives the name under which a statement is prepared.
func (t *transactor) name(ctx context.Context, s *bunstore.Statement) (string, error) {
	if name := t.names[s]; name != "" {
		return name, nil
	}
	oids := make([]uint32, len(s.Types))
	for i, typ := range s.Types {
		oids[i] = wires[typ].array
	}
	name := "s" + strconv.Itoa(len(t.names)+1)
	text := spelled(s)
	if _, err := t.conn.Prepare(ctx, name, text, oids); err != nil {
		return "", fmt.Errorf("prepare %.80s: %w", text, err)
	}
	t.names[s] = name
	for len(t.formats) < len(s.Types) {
		t.formats = append(t.formats, 1)
	}
	return name, nil
}

// transaction is one transaction. It begins with its first steps.
type transaction struct {
	*transactor
	ctx    context.Context //nolint:containedctx // lives as long as the transaction
	begun  bool
	number string
}

func (tx *transaction) run(f func(bunstore.Run) error) error {
	if err := f(tx.steps); err != nil {
		if tx.begun && !tx.conn.IsClosed() {
			_ = tx.simple(rollbackName)
		}
		return err
	}
	if !tx.begun {
		return nil
	}
	if err := failpoint.Before("postgres.commit.before", storage.ErrUnavailable); err != nil {
		_ = tx.simple(rollbackName)
		return err
	}
	err := tx.simple(commitName)
	if err == nil || !tx.conn.IsClosed() {
		return failpoint.Over(err, "postgres.commit.after", storage.ErrUnknown) // the server said what became of it
	}
	return tx.resolve(err)
}

// simple runs a statement without values.
func (tx *transaction) simple(name string) error {
	pipeline := tx.conn.StartPipeline(tx.ctx)
	pipeline.SendQueryPrepared(name, nil, nil, nil)
	if err := pipeline.Sync(); err != nil {
		return errors.Join(err, pipeline.Close())
	}
	_, err := read(pipeline, nil)
	return errors.Join(err, pipeline.Close())
}

// steps sends all steps and then reads what they did.
func (tx *transaction) steps(steps ...*bunstore.Step) error {
	if err := failpoint.Before("postgres.steps.before", storage.ErrUnavailable); err != nil {
		return err
	}
	names := make([]string, len(steps))
	for i, step := range steps {
		var err error
		if names[i], err = tx.name(tx.ctx, step.Statement); err != nil {
			return err
		}
	}
	pipeline := tx.conn.StartPipeline(tx.ctx)
	beginning := !tx.begun
	if tx.begun = true; beginning {
		pipeline.SendQueryPrepared(beginName, nil, nil, nil)
		pipeline.SendQueryPrepared(numberName, nil, nil, nil)
	}
	for i, step := range steps {
		params, err := tx.encoder.columns(step)
		if err != nil {
			return errors.Join(err, pipeline.Close())
		}
		pipeline.SendQueryPrepared(names[i], params, tx.formats[:len(params)], nil)
	}
	err := pipeline.Sync()
	if err == nil && beginning {
		if _, err = read(pipeline, nil); err == nil {
			_, err = read(pipeline, func(values [][]byte) { tx.number = string(values[0]) })
		}
	}
	for _, step := range steps {
		if err != nil {
			break
		}
		err = take(pipeline, step)
	}
	return failpoint.Over(errors.Join(err, pipeline.Close()), "postgres.steps.after", storage.ErrUnavailable)
}

// take reads what a step did.
func take(pipeline *pgconn.Pipeline, step *bunstore.Step) (err error) {
	if !step.Tells {
		step.Changed, err = read(pipeline, nil)
		return err
	}
	step.Found = make([]string, step.Rows())
	if step.Verb == bunstore.Insert {
		rows := make(map[string]int, len(step.Found))
		for i := range step.Found {
			key, _ := step.Values[i*len(step.Types)].(string)
			rows[key] = i
		}
		step.Changed, err = read(pipeline, func(values [][]byte) { step.Found[rows[string(values[0])]] = hit })
		return err
	}
	step.Changed, err = read(pipeline, func(values [][]byte) {
		row, err := strconv.Atoi(string(values[0]))
		if err != nil || row < 1 || row > len(step.Found) {
			return
		}
		step.Found[row-1] = hit
		if len(values) > 1 {
			step.Found[row-1] = string(values[1])
		}
	})
	return err
}

// hit is what a row is told by that was inserted or changed.
const hit = "hit"

// read reads the next result of a pipeline, and tells how many rows the statement touched.
func read(pipeline *pgconn.Pipeline, row func(values [][]byte)) (int64, error) {
	results, err := pipeline.GetResults()
	if err != nil {
		return 0, err
	}
	reader, ok := results.(*pgconn.ResultReader)
	if !ok {
		return 0, fmt.Errorf("%w: unexpected answer %T", storage.ErrUnavailable, results)
	}
	for reader.NextRow() {
		if row != nil {
			row(reader.Values())
		}
	}
	tag, err := reader.Close()
	return tag.RowsAffected(), err
}
