package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowdesk/flowdesk/storage"
)

// Codes of PostgreSQL that mean something to us.
const (
	codeUniqueViolation    = "23505"
	codeSerialization      = "40001"
	codeDeadlock           = "40P01"
	codeQueryCanceled      = "57014"
	codeReadOnly           = "25006"
	codeLockNotAvailable   = "55P03"
	codeTransactionFailed  = "25P02"
	codeCannotConnectNow   = "57P03"
	codeTooManyConnections = "53300"
)

// translate turns the driver's errors into the store's. No error of the driver's own type leaves.
func translate(err error) error {
	if errors.Is(err, ErrInUse) {
		return err
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		var network net.Error
		var connecting *pgconn.ConnectError
		if errors.As(err, &network) || errors.As(err, &connecting) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
			errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
			pgconn.SafeToRetry(err) {
			return fmt.Errorf("%w: %s", storage.ErrUnavailable, err.Error())
		}
		return err
	}
	switch server.Code {
	case codeUniqueViolation:
		return fmt.Errorf("%w: %s", storage.ErrExists, server.Message)
	case codeQueryCanceled:
		return fmt.Errorf("%w: %s", context.Canceled, server.Message)
	case codeSerialization, codeDeadlock, codeReadOnly, codeLockNotAvailable, codeTransactionFailed:
		return fmt.Errorf("%w: %s", storage.ErrUnavailable, server.Message)
	}
	switch server.Code[:2] {
	case "08", "53", "57", "58", "XX": // connection, resources, operator's intervention, system
		return fmt.Errorf("%w: %s", storage.ErrUnavailable, server.Message)
	default:
		return fmt.Errorf("%s (SQLSTATE %s)", server.Message, server.Code)
	}
}

// repeatable tells of a transaction that came to nothing because of others', and may succeed when it is repeated.
func repeatable(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (server.Code == codeSerialization || server.Code == codeDeadlock)
}
