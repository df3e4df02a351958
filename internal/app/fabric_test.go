package app_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/redistest"
)

// face asks the HTTP face of a product.
func face(t *testing.T, a *app.App, path string) (int, string) {
	t.Helper()
	answer := httptest.NewRecorder()
	a.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil))
	return answer.Code, answer.Body.String()
}

// figure gives the line of a metric.
func figure(t *testing.T, a *app.App, name string) string {
	t.Helper()
	_, text := face(t, a, "/metrics")
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// awaitReady waits for what /readyz says with status 200.
func awaitReady(t *testing.T, a *app.App, says string) {
	t.Helper()
	last := ""
	require.Eventually(t, func() bool {
		code, text := face(t, a, "/readyz")
		last = text
		return code == http.StatusOK && strings.HasPrefix(text, says)
	}, 20*time.Second, 20*time.Millisecond, "want %q", says)
	require.NotContains(t, last, "127.0.0.1", "no address")
}

func TestRedisIsOnlyAHelp(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	log := &bytes.Buffer{}
	url := strings.Replace(server.URL(), "redis://", "redis://:open-sesame@", 1)
	a, err := app.New(t.Context(), app.Options{
		DataDir: t.TempDir(), BaseURI: "http://desk", Redis: url, Log: slog.New(slog.NewJSONHandler(log, nil)),
	})
	require.NoError(t, err, "the product starts without its Redis")
	awaitReady(t, a, "ready, degraded: redis is not connected (nobody listens at its address)")
	require.Equal(t, `flowdesk_fabric_connected{kind="redis"} 0`, figure(t, a, "flowdesk_fabric_connected"))

	server.Run("--requirepass", "something else")
	awaitReady(t, a, "ready, degraded: redis is not connected (it does not take the user and password)")
	server.Kill()
	server.Run("--requirepass", "open-sesame")
	awaitReady(t, a, "ready\n")
	require.Equal(t, `flowdesk_fabric_connected{kind="redis"} 1`, figure(t, a, "flowdesk_fabric_connected"))
	require.NotEmpty(t, figure(t, a, "flowdesk_redis_round_trip_seconds "))
	server.Freeze()
	awaitReady(t, a, "ready, degraded: ")
	server.Thaw()
	awaitReady(t, a, "ready\n")
	require.NotEqual(t, "flowdesk_redis_connections_lost_total 0", figure(t, a, "flowdesk_redis_connections_lost_total"))
	require.NoError(t, a.Close())
	require.NotContains(t, log.String(), "open-sesame")
	require.Contains(t, log.String(), "redis is away")
}

func TestAWrongRedisSettingStopsTheStartAndShowsNoSecret(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"localhost:6379", "redis://", "http://:secret@x", "redis://:secret@x:port", "redis://:secret@x/one", "redis://:se%zzcret@x", "redis://:secret@x?a=b"} {
		_, err := app.New(t.Context(), app.Options{DataDir: t.TempDir(), Redis: address, Log: slog.New(slog.DiscardHandler)})
		require.ErrorContains(t, err, "no address of Redis", address)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestNothingOfRedisIsLeftBehind(t *testing.T) { //nolint:paralleltest // it counts goroutines
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr())
	ignore := goleak.IgnoreCurrent()
	for _, swallowed := range []bool{false, true} {
		a, err := app.New(t.Context(), app.Options{DataDir: t.TempDir(), Redis: proxy.URL(), Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		awaitReady(t, a, "ready\n")
		if swallowed {
			proxy.Swallow()
		}
		require.NoError(t, a.Close())
	}
	proxy.Heal()
	require.Eventually(t, func() bool {
		return goleak.Find(ignore, goleak.IgnoreAnyFunction("github.com/flowdesk/flowdesk/internal/redistest.(*Proxy).pass")) == nil
	},
		10*time.Second, 50*time.Millisecond)
}
