package app_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

func TestAnSQLiteFileHasOneServer(t *testing.T) {
	t.Parallel()
	options := app.Options{DataDir: t.TempDir(), BaseURI: "http://desk", Log: slog.New(slog.DiscardHandler)}
	a, err := app.New(t.Context(), options)
	require.NoError(t, err)
	_, err = app.New(t.Context(), options)
	require.ErrorIs(t, err, sqlite.ErrInUse)
	require.NoError(t, a.Close())
}
