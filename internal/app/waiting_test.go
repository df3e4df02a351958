package app_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// A database that goes away after it was opened, and before the server takes part, is waited for: also by a server that never knew a robot.
func TestAStartWaitsForADatabaseThatGoesAwayInTheMiddle(t *testing.T) {
	t.Parallel()
	pg := pgtest.NewServer(t)
	ring, err := sealed.Parse(sealed.NewKey())
	require.NoError(t, err)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	lender := app.NewLender(listener)
	defer func() { _ = lender.Close() }()
	grpcListener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	tries := 0
	a, err := app.NewPatient(t.Context(), app.Options{
		Database: pg.URL(), DataDir: t.TempDir(), BaseURI: "http://desk", Keys: ring, LookEvery: 100 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Postgres: postgres.Options{Migrate: true},
	}, func(ctx context.Context, a *app.App) error {
		if tries++; tries == 1 {
			pg.Freeze() // nothing is refused, and nothing answers
		}
		_, err := a.Guard.Empty(ctx)
		return err
	}, func() (net.Listener, net.Listener) {
		go func() {
			defer pg.Thaw()
			told, err := http.Get("http://" + listener.Addr().String() + "/readyz")
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = told.Body.Close() }()
			text, err := io.ReadAll(told.Body)
			if err != nil || told.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "the database does not answer") {
				t.Errorf("readiness: %d %s %v", told.StatusCode, text, err)
			}
		}()
		return lender.Lend(), grpcListener
	})
	require.NoError(t, err)
	require.Greater(t, tries, 1)
	require.NoError(t, a.Close())
}
