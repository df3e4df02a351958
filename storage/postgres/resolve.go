package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// How long, and how often, a new connection asks for a transaction whose COMMIT had no answer.
const (
	resolveLimit = 10 * time.Second
	resolvePause = 50 * time.Millisecond
)

// resolve waits until a transaction whose connection broke in COMMIT is over, and tells when it surely was not committed. It never tells that it was:
// a server that crashed gives the numbers again that had not reached its log, so "committed" may be another transaction's. Only what is stored can
// say that, and whoever gets storage.ErrUnknown looks there; what was under way has an end by then.
func (tx *transaction) resolve(broken error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), resolveLimit)
	defer cancel()
	for {
		status, err := tx.status(ctx)
		switch {
		case err == nil && status == "committed":
			return fmt.Errorf("%w: the connection broke in COMMIT: %s", storage.ErrUnknown, broken.Error())
		case err == nil && status == "aborted":
			return fmt.Errorf("%w: the server did not commit: %s", storage.ErrUnavailable, broken.Error())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: the connection broke in COMMIT: %s", storage.ErrUnknown, broken.Error())
		case <-time.After(resolvePause):
		}
	}
}

func (tx *transaction) status(ctx context.Context) (string, error) {
	if err := failpoint.Hit("postgres.resolve.before"); err != nil {
		return "", err
	}
	conn, err := pgconn.ConnectConfig(ctx, tx.config)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	status, err := one(ctx, conn, "SELECT pg_xact_status($1::xid8)", []byte(tx.number))
	return status, failpoint.Over(err, "postgres.resolve.after", storage.ErrUnavailable)
}
