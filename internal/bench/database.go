package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// schema is a fresh schema in a PostgreSQL database, so that a scenario begins with nothing and the database keeps what it had.
type schema struct {
	base, name string
	url        string // of the schema
}

func newSchema(ctx context.Context, base, scenario string) (*schema, error) {
	s := &schema{base: base, name: "bench_" + scenario + "_" + strings.ToLower(rand.Text()[:8])}
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("database: %w", errors.Unwrap(err)) // the whole error shows the password
	}
	query := u.Query()
	query.Set("search_path", s.name)
	u.RawQuery = query.Encode()
	s.url = u.String()
	return s, s.execute(ctx, "CREATE SCHEMA "+s.name)
}

func (s *schema) drop(ctx context.Context) error {
	return s.execute(context.WithoutCancel(ctx), "DROP SCHEMA "+s.name+" CASCADE")
}

func (s *schema) execute(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", s.base)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// durability says what the database promises of a commit.
func durability(ctx context.Context, base string) (string, error) {
	db, err := sql.Open("pgx", base)
	if err != nil {
		return "", err
	}
	var version, fsync, commit string
	err = db.QueryRowContext(ctx, "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')").
		Scan(&version, &fsync, &commit)
	return fmt.Sprintf("PostgreSQL %s, fsync %s, synchronous_commit %s", version, fsync, commit), errors.Join(err, db.Close())
}
