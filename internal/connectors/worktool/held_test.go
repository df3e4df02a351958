package worktool_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
)

// A guard is asked when there is a connection already; what it forbids never reaches the platform whole, and surely was not accepted.
func TestAGuardDecidesAsTheRequestIsWritten(t *testing.T) {
	t.Parallel()
	var whole atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && len(body) > 0 {
			whole.Add(1)
		}
		_, _ = io.WriteString(w, `{"code":200,"message":"","data":"m1"}`)
	}))
	t.Cleanup(server.Close)
	client := worktool.New(worktool.Options{})
	account := robots.Account{BaseURI: server.URL, RobotID: "r1"}
	said := []robots.Command{robots.Text{Target: "华东客户群", Content: "好的"}}
	errLost := errors.New("the lease is over")
	for _, allowed := range []bool{true, false, true} {
		var connected atomic.Bool
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
		before := whole.Load()
		_, err := client.Send(guarded(ctx, t, &connected, allowed, errLost), account, said)
		if allowed {
			require.NoError(t, err)
			require.Equal(t, before+1, whole.Load())
			continue
		}
		require.ErrorIs(t, err, robots.ErrRefused)
		require.NotErrorIs(t, err, robots.ErrUnknown)
		require.ErrorIs(t, err, robots.ErrHeldBack)
		require.ErrorIs(t, err, errLost)
		require.Equal(t, before, whole.Load())
	}
}

func guarded(ctx context.Context, t *testing.T, connected *atomic.Bool, allowed bool, forbidden error) context.Context {
	t.Helper()
	return robots.WithGuard(ctx, func() error {
		if !connected.Load() {
			t.Error("it was asked before there was a connection")
		}
		if allowed {
			return nil
		}
		return forbidden
	})
}
