package worktool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// TestJudge is the table that decides which sends may be repeated.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   error // nil for accepted
	}{
		{200, `{"code":0,"message":"success","data":"1"}`, nil},
		{200, `{"code":200,"message":"操作成功","data":"1"}`, nil},
		{200, `{"code":"200","data":1784417250785046528}`, nil},
		{200, `{"code":0,"message":"success"}`, robots.ErrUnknown},
		{200, `{"code":0,"data":null}`, robots.ErrUnknown},
		{200, `{"message":"success","data":"1"}`, robots.ErrUnknown},
		{200, `{"code":null,"data":"1"}`, robots.ErrUnknown},
		{200, `{"code":"ok","data":"1"}`, robots.ErrUnknown},
		{200, `{"code":{},"data":"1"}`, robots.ErrUnknown},
		{200, `{"code":0,"data":"1"`, robots.ErrUnknown},
		{200, `<html>gateway</html>`, robots.ErrUnknown},
		{200, ``, robots.ErrUnknown},
		{200, `{"code":500,"message":"系统异常"}`, robots.ErrUnknown},
		{200, `{"code":-1,"message":"系统异常"}`, robots.ErrUnknown},
		{200, `{"code":429,"message":"too many"}`, robots.ErrLimited},
		{200, `{"code":501011,"message":"机器人id错误"}`, robots.ErrAccount},
		{200, `{"code":501012}`, robots.ErrAccount},
		{200, `{"code":401}`, robots.ErrAccount},
		{200, `{"code":101011,"message":"数据格式错误"}`, robots.ErrRefused},
		{200, `{"code":400}`, robots.ErrRefused},
		{204, ``, robots.ErrUnknown},
		{301, ``, robots.ErrRefused},
		{302, ``, robots.ErrUnknown},
		{400, ``, robots.ErrRefused},
		{401, ``, robots.ErrAccount},
		{403, ``, robots.ErrAccount},
		{404, ``, robots.ErrRefused},
		{408, ``, robots.ErrUnknown},
		{413, ``, robots.ErrRefused},
		{429, ``, robots.ErrLimited},
		{429, `{"code":0,"data":"1"}`, robots.ErrLimited},
		{500, ``, robots.ErrUnknown},
		{502, `{"code":0,"data":"1"}`, robots.ErrUnknown},
		{503, ``, robots.ErrUnknown},
		{504, ``, robots.ErrUnknown},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.body), func(t *testing.T) {
			t.Parallel()
			err := sendTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.want)
			// Never both: a caller that asks for either must get one answer.
			require.NotEqual(t, errors.Is(err, robots.ErrRefused), errors.Is(err, robots.ErrUnknown))
		})
	}
}

func sendTo(t *testing.T, handler http.Handler) error {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	c := New(Options{HTTP: server.Client(), Timeout: 500 * time.Millisecond})
	_, err := c.Send(t.Context(), robots.Account{BaseURI: server.URL, RobotID: "canary-robot", Key: "canary-key"},
		[]robots.Command{robots.Text{Target: "群", Content: "你好"}})
	if err != nil {
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "canary")
	}
	return err
}

func TestRetryAfterIsReadAsSecondsAndAsDate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 1, 2, 3, 0, time.UTC)
	for written, want := range map[string]time.Duration{
		"7": 7 * time.Second, "-1": 0, "": 0, "soon": 0, "99999999999": 0, "100000": 24 * time.Hour,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
	} {
		res := &http.Response{Header: http.Header{"Retry-After": {written}, "Date": {now.Format(http.TimeFormat)}}}
		got := retryAfter(res)
		if written == "99999999999" {
			require.LessOrEqual(t, got, 24*time.Hour)
			continue
		}
		require.Equal(t, want, got, "%q", written)
	}
}

func TestASlowAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	err := sendTo(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	close(release)
	require.ErrorIs(t, err, robots.ErrUnknown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestAnEndlessAnswerIsCutAndUnknown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 12 {
			if _, err := io.WriteString(w, strings.Repeat(" ", 1<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := New(Options{HTTP: server.Client(), MaxAnswer: 1 << 16})
	_, err := c.Results(t.Context(), robots.Account{BaseURI: server.URL, RobotID: "worktool1"}, robots.Query{})
	require.ErrorIs(t, err, robots.ErrUnknown)
	require.ErrorContains(t, err, "over 65536 bytes")
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	_, err := New(Options{}).Send(ctx, robots.Account{BaseURI: server.URL, RobotID: "worktool1"},
		[]robots.Command{robots.ClearQueue{}})
	require.ErrorIs(t, err, robots.ErrRefused)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, called)
}

func TestSecretsOfThePlatformsOwnWordsAreHidden(t *testing.T) {
	t.Parallel()
	err := sendTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"code":400,"message":"机器人canary-robot不存在, key canary-key"}`)
	}))
	require.ErrorContains(t, err, "机器人[redacted]不存在")
}

func TestADroppedConnectionIsUnknown(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			_ = c.Close()
		}
	}()
	_, err = New(Options{}).Send(t.Context(), robots.Account{BaseURI: "http://" + listener.Addr().String(), RobotID: "canary"},
		[]robots.Command{robots.ClearQueue{}})
	require.ErrorIs(t, err, robots.ErrUnknown)
	require.NotContains(t, err.Error(), "canary")
}

// TestASendIsNeverRepeatedBelowUs holds invariant 5 against the HTTP transport, which repeats some requests by itself
// when a kept connection turns out to be closed.
func TestASendIsNeverRepeatedBelowUs(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			_, _ = io.WriteString(w, `{"code":0,"data":"1"}`)
			return
		}
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = connection.Close()
		}
	}))
	defer server.Close()
	c := New(Options{})
	account := robots.Account{BaseURI: server.URL, RobotID: "worktool1"}
	_, err := c.Send(t.Context(), account, []robots.Command{robots.ClearQueue{}})
	require.NoError(t, err)
	_, err = c.Send(t.Context(), account, []robots.Command{robots.ClearQueue{}})
	require.ErrorIs(t, err, robots.ErrUnknown)
	require.EqualValues(t, 2, requests.Load())
}
