package sqlite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Two servers on one file would each send the same commands and run the same timers.
func TestAFileHasOneServer(t *testing.T) {
	t.Parallel()
	file, link := filepath.Join(t.TempDir(), "store.db"), filepath.Join(t.TempDir(), "other.db")
	sole := sqlite.Options{Sole: true}
	first, err := sqlite.OpenWith(t.Context(), file, sole)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(file, link))
	for _, name := range []string{file, link} {
		_, err = sqlite.OpenWith(t.Context(), name, sole)
		require.ErrorIs(t, err, sqlite.ErrInUse, name)
		require.NotErrorIs(t, err, storage.ErrUnavailable, "nobody waits for it")
	}
	require.NoError(t, first.Ping(t.Context()))
	looking, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err, "others may look")
	require.NoError(t, looking.Close())
	_, err = sqlite.OpenWith(t.Context(), file, sole)
	require.ErrorIs(t, err, sqlite.ErrInUse, "that takes the lock from nobody")

	copied := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, sqlite.Backup(t.Context(), file, copied), "a backup takes no notice")
	other, err := sqlite.OpenWith(t.Context(), copied, sole)
	require.NoError(t, err)
	require.NoError(t, other.Close())

	require.NoError(t, first.Close())
	again, err := sqlite.OpenWith(t.Context(), file, sole)
	require.NoError(t, err, "it is free at once")
	require.NoError(t, again.Close())
	info, err := os.Stat(file + ".lock")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// holdVariable names the file that the test's own program holds in a process of its own.
const holdVariable = "FLOWDESK_TEST_HOLD"

// A server that was killed leaves a lock file, and no lock.
func TestTheLockOfADeadServerIsFree(t *testing.T) {
	t.Parallel()
	if file := os.Getenv(holdVariable); file != "" {
		_, err := sqlite.OpenWith(t.Context(), file, sqlite.Options{Sole: true})
		require.NoError(t, err)
		_, err = os.Stdout.WriteString("held\n")
		require.NoError(t, err)
		select {}
	}
	file := filepath.Join(t.TempDir(), "store.db")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestTheLockOfADeadServerIsFree$")
	command.Env = append(os.Environ(), holdVariable+"="+file)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	said := make([]byte, len("held\n"))
	_, err = out.Read(said)
	require.NoError(t, err)
	require.Equal(t, "held\n", string(said))
	_, err = sqlite.OpenWith(t.Context(), file, sqlite.Options{Sole: true})
	require.ErrorIs(t, err, sqlite.ErrInUse)
	require.NoError(t, command.Process.Kill())
	require.Error(t, command.Wait())
	store, err := sqlite.OpenWith(t.Context(), file, sqlite.Options{Sole: true})
	require.NoError(t, err)
	require.NoError(t, store.Close())
}
