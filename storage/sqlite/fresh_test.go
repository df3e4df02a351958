package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// However many files a process makes, each begins with the same schema and nothing in it, and one that exists keeps what it holds.
func TestEveryNewFileIsTheSame(t *testing.T) {
	t.Parallel()
	var first []string
	for range 4 {
		path := filepath.Join(t.TempDir(), "store.db")
		for _, reads := range []int{0, 1} {
			s, err := sqlite.Open(t.Context(), path)
			require.NoError(t, err)
			record, err := s.LoadSession(t.Context(), "g1")
			require.NoError(t, err)
			require.EqualValues(t, reads, record.Version)
			result, err := s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{{
				Session: "g1", Expect: record.Version, Event: "e" + string(rune('0'+reads)), Data: []byte("turn"), Snapshot: []byte("head"),
			}}})
			require.NoError(t, err)
			require.Empty(t, result.LostTurns)
			require.NoError(t, s.Close())
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		db, err := sqlite.OpenDB(t.Context(), path)
		require.NoError(t, err)
		var schema []string
		require.NoError(t, db.NewRaw("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1").Scan(t.Context(), &schema))
		var mode string
		require.NoError(t, db.NewRaw("PRAGMA journal_mode").Scan(t.Context(), &mode))
		require.Equal(t, "wal", mode)
		require.NoError(t, db.Close())
		if first == nil {
			first = schema
		}
		require.Equal(t, first, schema)
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
		require.NoError(t, err)
		require.Empty(t, left)
	}
}
