package app_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Whatever begins ends: after Close, and after a start that fails. It does not run beside other tests, whose goroutines would look like leaks.
func TestTheProductLeavesNothingBehind(t *testing.T) { //nolint:paralleltest // it counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	options := app.Options{DataDir: t.TempDir(), BaseURI: "http://desk", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	a, err := app.New(t.Context(), options)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	require.NoError(t, a.Close(), "once more changes nothing")

	store, err := sqlite.Open(t.Context(), filepath.Join(options.DataDir, "flowdesk.db"))
	require.NoError(t, err)
	broken := &flowdeskv1.FlowDefinition{Title: "no nodes"}
	require.NoError(t, store.CreateFlow(t.Context(), &flowdeskv1.Flow{Id: "broken", Definition: broken}))
	_, err = store.PublishVersion(t.Context(), &flowdeskv1.FlowVersion{Flow: "broken", Definition: broken}, true)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	_, err = app.New(t.Context(), options)
	require.ErrorContains(t, err, "no longer compiles")
}
