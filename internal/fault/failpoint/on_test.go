//go:build faults

package failpoint

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

//nolint:paralleltest // failpoints are the process's
func TestAFailpointStrikesOnItsPasses(t *testing.T) {
	const name Name = "runner.commit.before"
	for action, want := range map[string]string{
		"error": "xxxxxx", "error@1": "x.....", "error@3": "..x...", "error@2-4": ".xxx..", "error@5-": "....xx", "off": "......",
		"error%0:7": "......", "error@2-%1:7": ".xxxxx",
	} {
		t.Run(action, func(t *testing.T) {
			t.Cleanup(Clear)
			require.NoError(t, Set(name, action))
			var got strings.Builder
			for range 6 {
				if err := Hit(name); err != nil {
					require.ErrorIs(t, err, ErrInjected)
					got.WriteByte('x')
				} else {
					got.WriteByte('.')
				}
			}
			require.Equal(t, want, got.String())
		})
	}
}

//nolint:paralleltest // failpoints are the process's
func TestAShareIsRepeatable(t *testing.T) {
	t.Cleanup(Clear)
	pattern := func(action string) (out string) {
		require.NoError(t, Set("runner.commit.before", action))
		for range 200 {
			out += map[bool]string{true: "x", false: "."}[Hit("runner.commit.before") != nil]
		}
		return out
	}
	first := pattern("error%0.3:9")
	require.Equal(t, first, pattern("error%0.3:9"))
	require.NotEqual(t, first, pattern("error%0.3:10"))
	require.InDelta(t, 60, strings.Count(first, "x"), 30)
}

//nolint:paralleltest // failpoints are the process's
func TestActionsThatAreNone(t *testing.T) {
	for _, action := range []string{"", "fail", "error@0", "error@x", "error@3-2", "sleep", "sleep()", "sleep(-1s)", "sleep(5)", "error%2", "error%x", "error%0.5:y"} {
		require.Error(t, Set("runner.commit.before", action), "%q", action)
	}
	require.ErrorContains(t, Set("no.such.point", "panic"), "no.such.point")
	require.ErrorContains(t, SetAll("runner.commit.before=error; nowhere=panic"), "nowhere")
	Clear()
}

//nolint:paralleltest // failpoints are the process's
func TestPanicAndSleep(t *testing.T) {
	t.Cleanup(Clear)
	require.NoError(t, SetAll(" runner.turn.before = panic@2 ;runner.turn.after=sleep(20ms)"))
	require.NoError(t, Hit("runner.turn.before"))
	require.PanicsWithValue(t, "failpoint runner.turn.before", func() { _ = Hit("runner.turn.before") })
	began := time.Now()
	require.NoError(t, Hit("runner.turn.after"))
	require.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)
}

//nolint:paralleltest // failpoints are the process's
func TestControlOverLoopbackAlone(t *testing.T) {
	t.Cleanup(Clear)
	server := httptest.NewServer(Handler())
	t.Cleanup(server.Close)
	do := func(method, path, body string) int {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	require.Equal(t, http.StatusOK, do(http.MethodPut, "/outbox.send.after", "error@1"))
	require.Error(t, Hit("outbox.send.after"))
	require.NoError(t, Hit("outbox.send.after"))
	require.Equal(t, http.StatusBadRequest, do(http.MethodPut, "/outbox.send.after", "explode"))
	require.Equal(t, http.StatusOK, do(http.MethodPut, "/outbox.send.after", "error"))
	require.Equal(t, http.StatusOK, do(http.MethodDelete, "/", ""))
	require.NoError(t, Hit("outbox.send.after"))
	require.GreaterOrEqual(t, Passes()["outbox.send.after"], int64(3))
	for _, address := range []string{"0.0.0.0:0", "192.0.2.1:80", "example.com:80", ":0"} {
		_, err := listen(address)
		require.Error(t, err, address)
	}
}
