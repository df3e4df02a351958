// Package pgtest gives tests a schema of their own on a real PostgreSQL.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Variable names the URL of the database; internal/tools/with-services sets it.
const Variable = "PG_URL"

// URL gives the address of a fresh, empty schema that is dropped when the test ends. Commits in it wait for the server's disk, or for what
// the server takes for it. Without a database the test is skipped.
func URL(tb testing.TB) string {
	tb.Helper()
	base := os.Getenv(Variable)
	if base == "" {
		tb.Skipf("NOT TESTED ON POSTGRESQL: %s is not set; run internal/tools/with-services go test", Variable)
	}
	schema := "test_" + strings.ToLower(rand.Text()[:16])
	execute(tb, base, "CREATE SCHEMA "+schema)
	tb.Cleanup(func() { execute(tb, base, "DROP SCHEMA "+schema+" CASCADE") })
	return With(tb, base, map[string]string{"search_path": schema, "synchronous_commit": "on"})
}

// With gives a URL more settings.
func With(tb testing.TB, base string, settings map[string]string) string {
	tb.Helper()
	u, err := url.Parse(base)
	require.NoError(tb, err)
	query := u.Query()
	for name, value := range settings {
		query.Set(name, value)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func execute(tb testing.TB, base, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) //nolint:forbidigo // a clean-up outlives the test's context
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	require.NoError(tb, err)
	_, err = conn.Exec(ctx, statement)
	require.NoError(tb, err)
	require.NoError(tb, conn.Close(ctx))
}
