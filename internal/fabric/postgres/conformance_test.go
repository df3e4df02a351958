package postgres_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/fabric/fabrictest"
	"github.com/flowdesk/flowdesk/internal/fabric/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	fabrictest.Run(t, func(t *testing.T) fabrictest.Group {
		t.Helper()
		called := "hints" + strings.ToLower(rand.Text()[:12])
		url := pgtest.With(t, pgtest.URL(t), map[string]string{"application_name": called})
		return fabrictest.Group{
			MaxMessage: postgres.MaxMessage,
			Join: func(t *testing.T, name string) fabric.Fabric {
				t.Helper()
				f, err := postgres.New(url, name, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				require.Eventually(t, func() bool { return f.Health().Connected }, 20*time.Second, time.Millisecond)
				return f
			},
			Cut: func(t *testing.T) {
				t.Helper()
				ctx := context.WithoutCancel(t.Context())
				conn, err := pgx.Connect(ctx, url)
				require.NoError(t, err)
				_, err = conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()", called)
				require.NoError(t, err)
				require.NoError(t, conn.Close(ctx))
			},
		}
	})
}

// Hints of one schema are not heard in another, and rubbish on the channel is heard by nobody.
func TestSchemasAreApart(t *testing.T) {
	t.Parallel()
	here, there := pgtest.URL(t), pgtest.URL(t)
	var heard fabrictest.Ear
	join := func(url, name string) *postgres.Fabric {
		f, err := postgres.New(url, name, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, f.Close(context.WithoutCancel(t.Context()))) })
		require.Eventually(t, func() bool { return f.Health().Connected }, 20*time.Second, time.Millisecond)
		return f
	}
	a, b, stranger := join(here, "a"), join(here, "b"), join(there, "a")
	b.Listen(fabric.Inbox, heard.Hear)
	stranger.SendTo("b", fabric.Inbox, []byte("elsewhere"))
	stranger.Send(fabric.Inbox, []byte("elsewhere"))
	require.Eventually(t, func() bool { return stranger.Health().Sent == 2 }, 10*time.Second, time.Millisecond)
	a.SendTo("b", fabric.Inbox, []byte("here"))
	require.Eventually(t, func() bool { return len(heard.Heard()) > 0 }, 10*time.Second, time.Millisecond)
	require.Equal(t, []string{"here"}, heard.Heard())
}
