package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// What is no backup of ours, such as a name that was mistyped, would else be taken for an empty database, and the server would start on it.
func TestOnlyABackupIsRestored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("empty"), nil, 0o600))
	require.NoError(t, os.WriteFile(at("text"), []byte("not a database, but longer than the head of one, so that it is looked into: "+string(make([]byte, 200))), 0o600))
	other, err := sql.Open("sqlite", "file:"+at("other"))
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "CREATE TABLE things (id INTEGER)")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	newer := backupWith(t, at("newer"), "INSERT INTO bun_migrations (name, group_id, migrated_at) VALUES ('99990101000000', 99, CURRENT_TIMESTAMP)")
	for from, want := range map[string]string{
		at("missing"): "no such file", at("empty"): "nothing of Flowdesk", at("text"): "no whole database", at("other"): "nothing of Flowdesk",
		dir: "is a directory", newer: "newer",
	} {
		to := filepath.Join(dir, "data", "flowdesk.db")
		require.ErrorContains(t, sqlite.Restore(t.Context(), from, to, asItIs), want, from)
		require.NoDirExists(t, filepath.Dir(to), from)
	}
	require.NoFileExists(t, at("missing"))
	good := backupWith(t, at("good"), "SELECT 1")
	require.NoError(t, sqlite.Restore(t.Context(), good, filepath.Join(dir, "data", "flowdesk.db"), asItIs), "into a directory that is not there yet, as on a new machine")
}

func asItIs(string) error { return nil }

// A server that finds a restored database before it is marked says again what left after the backup was taken.
func TestADatabaseIsRestoredOnceItIsMarked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, to := backupWith(t, filepath.Join(dir, "good"), "SELECT 1"), filepath.Join(dir, "data", "flowdesk.db")
	mark := func(part string) error {
		require.NoFileExists(t, to)
		store, err := sqlite.Open(t.Context(), part)
		require.NoError(t, err)
		marked, err := store.MarkRestored(t.Context(), time.Now(), true)
		require.NoError(t, err)
		require.Zero(t, marked.Since, "nothing was done in it yet")
		return store.Close()
	}
	broken := errors.New("cut off")
	require.ErrorIs(t, sqlite.Restore(t.Context(), good, to, func(part string) error { return errors.Join(mark(part), broken) }), broken)
	left, err := os.ReadDir(filepath.Dir(to))
	require.NoError(t, err)
	require.Empty(t, left, "nothing is left for a server to find")
	require.NoError(t, os.WriteFile(to+".part", nil, 0o600))
	require.ErrorContains(t, sqlite.Restore(t.Context(), good, to, mark), "remove it when none is")
	require.NoError(t, os.Remove(to+".part"))
	require.NoError(t, sqlite.Restore(t.Context(), good, to, mark))
	left, err = os.ReadDir(filepath.Dir(to))
	require.NoError(t, err)
	require.Len(t, left, 1)
	store, err := sqlite.Open(t.Context(), to)
	require.NoError(t, err)
	restored, err := store.RestoredUntil(t.Context())
	require.NoError(t, err)
	require.False(t, restored.IsZero(), "the mark is in the file")
	require.NoError(t, store.Close())
}

// backupWith is a backup in which something was done.
func backupWith(t *testing.T, name, statement string) string {
	t.Helper()
	store, err := sqlite.Open(t.Context(), name+".db")
	require.NoError(t, err)
	require.NoError(t, store.Close())
	require.NoError(t, sqlite.Backup(t.Context(), name+".db", name))
	db, err := sql.Open("sqlite", "file:"+name)
	require.NoError(t, err)
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return name
}
