package main

import (
	"cmp"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// startWithin is how long a server may take to refuse to start.
const startWithin = 5 * time.Second

// A server that cannot keep its promises does not start, and says why in one sentence.
func TestAnUnsafeStartIsRefusedAtOnceInOneSentence(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "flowdesk")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte(sealed.NewKey()+"\n"), 0o600))
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, taken.Close()) })

	server := pgtest.NewServer(t)
	unsynced := pgtest.NewServer(t, "fsync=off")
	unsure := pgtest.NewServer(t, "synchronous_commit=off")
	for name, c := range map[string]struct {
		database, http string
		dataDir        string
		noKey          bool
		want           string
	}{
		"the port is taken":             {http: taken.Addr().String(), want: "is in use: end what listens there"},
		"there is no key":               {noKey: true, want: "no key to seal secrets with"},
		"the schema lacks steps":        {database: server.URL(), want: "flowdesk migrate up"},
		"fsync is off":                  {database: unsynced.URL(), want: "fsync off"},
		"synchronous_commit is off":     {database: unsure.URL(), want: "synchronous_commit off"},
		"the database was never there":  {database: "postgres://flowdesk@127.0.0.1:1/flowdesk?sslmode=disable", want: "PostgreSQL at 127.0.0.1:1 does not answer: connection refused: start it"},
		"nobody is known by that name":  {database: strings.Replace(server.URL(), "/flowdesk?", "/nothing?", 1), want: `database "nothing" does not exist`},
		"the password is not for there": {database: strings.Replace(server.URL(), "flowdesk@", "nobody:canary@", 1), want: "correct user, password and name of the database"},
		"the data directory is a file":  {dataDir: key, want: "name one with --data-dir that this user may write"},
		"the database setting is wrong": {database: "mysql://x", want: "write sqlite:FILE or postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := []string{"serve", "--grpc", "127.0.0.1:0", "--data-dir", cmp.Or(c.dataDir, t.TempDir())}
			if c.http == "" {
				c.http = "127.0.0.1:0"
			}
			arguments = append(arguments, "--http", c.http)
			if !c.noKey {
				arguments = append(arguments, "--key-file", key)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			command := exec.CommandContext(ctx, binary, arguments...)
			if c.database != "" {
				command.Env = append(os.Environ(), "FLOWDESK_DATABASE="+c.database)
			}
			var said bytes.Buffer
			command.Stderr = &said
			began := time.Now()
			require.Error(t, command.Run())
			took := time.Since(began)
			lines := strings.Split(strings.TrimSpace(said.String()), "\n")
			require.Len(t, lines, 1, "one sentence")
			require.Contains(t, lines[0], c.want)
			require.NotContains(t, lines[0], "canary")
			require.Less(t, took, startWithin)
			t.Logf("%s after %s: %s", name, took.Round(time.Millisecond), lines[0])
		})
	}
}
