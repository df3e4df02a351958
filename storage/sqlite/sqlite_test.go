package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
	"github.com/flowdesk/flowdesk/storage/storagetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "store.db")
	s, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	_, err = s.Writer().ExecContext(t.Context(), "INSERT INTO bun_migrations (name, group_id, migrated_at) VALUES ('29990101000000', 9, '2999-01-01')")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = sqlite.Open(t.Context(), file)
	require.ErrorContains(t, err, "use a newer flowdesk")
}
