package postgres

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What to do about a database on which a server does not start.
const (
	remedyAddress  = "start it, or correct host and port of the database"
	remedyAccount  = "correct user, password and name of the database"
	remedyStarting = "it is starting or stopping; try again in a moment"
	remedyCrowded  = "raise max_connections of the server, or end other clients"
	remedyFsync    = "set fsync = on in postgresql.conf and restart PostgreSQL"
	remedyCommit   = "run ALTER DATABASE … SET synchronous_commit = on"
	remedyClock    = "let NTP set both"
)

// Remedies are what sentences of Examine end in, behind a colon, for who says it in another language. The schema's say themselves what to run.
func Remedies() []string {
	return []string{remedyAddress, remedyAccount, remedyStarting, remedyCrowded, remedyFsync, remedyCommit, remedyClock}
}

// openError is a database that cannot be opened, in one sentence with what to do about it. The driver's own words are several lines.
type openError struct {
	sentence string
	cause    error
}

// Error implements error.
func (e *openError) Error() string { return e.sentence }

// Unwrap gives the cause.
func (e *openError) Unwrap() error { return e.cause }

// unopened says why a database could not be opened.
func unopened(config *pgx.ConnConfig, err error) error {
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return &openError{fmt.Sprintf("open database: PostgreSQL at %s refuses: %s (SQLSTATE %s): %s", address, refused.Message, refused.Code, remedyOf(refused.Code)), translate(err)}
	}
	return &openError{fmt.Sprintf("open database: PostgreSQL at %s does not answer: %s: %s", address, innermost(err), remedyAddress), translate(err)}
}

// remedyOf is what to do about a server that refuses a connection.
func remedyOf(code string) string {
	switch code {
	case codeCannotConnectNow:
		return remedyStarting
	case codeTooManyConnections:
		return remedyCrowded
	default:
		return remedyAccount
	}
}

// innermost is the error at the end of a chain, which says what happened and not to whom.
func innermost(err error) error {
	for {
		switch e := err.(type) { //nolint:errorlint // it goes down the chain itself
		case interface{ Unwrap() []error }:
			all := e.Unwrap()
			if len(all) == 0 {
				return err
			}
			err = all[len(all)-1]
		case interface{ Unwrap() error }:
			inner := e.Unwrap()
			if inner == nil {
				return err
			}
			err = inner
		default:
			return err
		}
	}
}
