package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowdesk/flowdesk/storage"
)

// ErrInUse is a database that another server commits to, which does not share it or with which this one does not.
var ErrInUse = errors.New("another flowdesk server uses this database, and one of the two wants it for itself (flowdesk dev does)")

// Each server holds a lock on the connection of its commits: one that shares the database a lock that others can have too, another one a lock of
// its own. Whoever has lost that connection commits nothing more until the lock is his again, and that of a process which died is free at once.
const (
	soleLock  = `SELECT pg_try_advisory_lock(hashtextextended('flowdesk server ' || current_schema(), 0))::text`
	shareLock = `SELECT pg_try_advisory_lock_shared(hashtextextended('flowdesk server ' || current_schema(), 0))::text`
	soleWait  = 5 * time.Second // for a server that is just ending
	solePause = 100 * time.Millisecond
	// endOwn ends what is left of this server's earlier connections: behind a broken network they live on and hold the lock.
	endOwn = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()`
)

// hold takes the lock on a new connection.
func (t *transactor) hold(ctx context.Context, conn *pgconn.PgConn) error {
	name := []byte(t.config.RuntimeParams["application_name"])
	lock := soleLock
	if t.shared {
		lock = shareLock
	}
	for deadline := time.Now().Add(soleWait); ; {
		taken, err := one(ctx, conn, lock)
		if err != nil || taken == "true" {
			return err
		}
		if _, err := one(ctx, conn, endOwn, name); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %w", storage.ErrUnavailable, ErrInUse)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(solePause):
		}
	}
}

// one runs a query that gives one text.
func one(ctx context.Context, conn *pgconn.PgConn, query string, values ...[]byte) (string, error) {
	result := conn.ExecParams(ctx, query, values, nil, nil, nil).Read()
	if result.Err != nil || len(result.Rows) == 0 {
		return "", result.Err
	}
	return string(result.Rows[0][0]), nil
}
