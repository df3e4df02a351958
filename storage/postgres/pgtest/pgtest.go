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
func URL(t testing.TB) string {
	t.Helper()
	base := os.Getenv(Variable)
	if base == "" {
		t.Skipf("NOT TESTED ON POSTGRESQL: %s is not set; run internal/tools/with-services go test", Variable)
	}
	schema := "test_" + strings.ToLower(rand.Text()[:16])
	execute(t, base, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, base, "DROP SCHEMA "+schema+" CASCADE") })
	return With(t, base, map[string]string{"search_path": schema, "synchronous_commit": "on"})
}

// With gives a URL more settings.
func With(t testing.TB, base string, settings map[string]string) string {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	query := u.Query()
	for name, value := range settings {
		query.Set(name, value)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func execute(t testing.TB, base, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) //nolint:forbidigo // a clean-up outlives the test's context
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))
}
