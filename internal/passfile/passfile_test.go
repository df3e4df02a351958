package passfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePasswordOfAFile(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	for _, c := range []struct{ name, address, password, want string }{
		{"PostgreSQL", "postgres://desk@db/flowdesk?sslmode=disable", "s3cret\n", "postgres://desk:s3cret@db/flowdesk?sslmode=disable"},
		{"Redis has no user", "redis://cache:6379/0", "s3cret", "redis://:s3cret@cache:6379/0"},
		{"what URLs use otherwise", "redis://desk@cache/1", "a@b:/?#%", "redis://desk:a%40b%3A%2F%3F%23%25@cache/1"},
		{"the file wins", "postgres://desk:old@db/flowdesk", "new\r\n", "postgres://desk:new@db/flowdesk"},
	} {
		got, err := Into(c.address, write(c.password))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	got, err := Into("sqlite:file", "")
	require.NoError(t, err)
	require.Equal(t, "sqlite:file", got)
	_, err = Into("sqlite:secret.db", write("x"))
	require.ErrorIs(t, err, ErrNoURL)
	_, err = Into("redis://h", write("\n"))
	require.ErrorContains(t, err, "is empty")
	_, err = Into("redis://h", filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
