package httpcall_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const key = "sk-canary-0123456789"

func local(t *testing.T, change func(*httpcall.Config)) *httpcall.Performer {
	t.Helper()
	cfg := httpcall.Config{
		Hosts: []string{"127.0.0.1:*"}, PlainHTTP: true,
		Guard: dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	}
	if change != nil {
		change(&cfg)
	}
	p, err := httpcall.New(cfg)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAnAnswer(t *testing.T) {
	t.Parallel()
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("X-Request-Id", "r1")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, `{"method":%q,"body":%q,"key":%q,"idem":%q,"query":%q}`, r.Method, body, r.Header.Get("X-Key"), r.Header.Get("Idempotency-Key"), r.URL.RawQuery)
	})
	got, err := local(t, nil).Do(t.Context(), httpcall.Call{
		Method: http.MethodPost, URL: at + "/orders?no=A1#x", Body: []byte("你好"), IdempotencyKey: "k1",
		Secrets: []httpcall.SecretHeader{{Name: "X-Key", Value: secret.New(key)}},
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, got.Status, "a bad status is an answer")
	asJSON, ok := got.JSON()
	require.True(t, ok)
	require.JSONEq(t, `{"method":"POST","body":"你好","key":"`+key+`","idem":"k1","query":"no=A1"}`, string(asJSON))
	require.Contains(t, got.Headers, httpcall.Header{Name: "X-Request-Id", Value: "r1"})
	for _, h := range got.Headers {
		require.NotEqual(t, "Set-Cookie", h.Name)
	}
}

func TestRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	at := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	for name, call := range map[string]httpcall.Call{
		"method":          {Method: "TRACE", URL: at},
		"lower case":      {Method: "get", URL: at},
		"connect":         {Method: "CONNECT", URL: at},
		"body of a GET":   {URL: at, Body: []byte("x")},
		"long body":       {Method: "POST", URL: at, Body: make([]byte, 2<<20)},
		"long address":    {URL: at + "/" + strings.Repeat("a", 10<<10)},
		"host header":     {URL: at, Headers: []httpcall.Header{{Name: "hOsT", Value: "x"}}},
		"length header":   {URL: at, Headers: []httpcall.Header{{Name: "Content-Length", Value: "0"}}},
		"framing":         {URL: at, Headers: []httpcall.Header{{Name: "transfer-encoding", Value: "chunked"}}},
		"proxy header":    {URL: at, Headers: []httpcall.Header{{Name: "Proxy-Authorization", Value: "x"}}},
		"forwarded":       {URL: at, Headers: []httpcall.Header{{Name: "x-forwarded-for", Value: "127.0.0.1"}}},
		"metadata":        {URL: at, Headers: []httpcall.Header{{Name: "Metadata-Flavor", Value: "Google"}}},
		"metadata token":  {URL: at, Headers: []httpcall.Header{{Name: "X-aws-ec2-metadata-token", Value: "x"}}},
		"header line":     {URL: at, Headers: []httpcall.Header{{Name: "X-A", Value: "x\r\nHost: y"}}},
		"header name":     {URL: at, Headers: []httpcall.Header{{Name: "X A", Value: "x"}}},
		"secret line":     {URL: at, Secrets: []httpcall.SecretHeader{{Name: "X-A", Value: secret.New(key + "\n")}}},
		"many headers":    {URL: at, Headers: make([]httpcall.Header, 100)},
		"long headers":    {URL: at, Headers: []httpcall.Header{{Name: "X-A", Value: strings.Repeat("a", 32<<10)}}},
		"host not listed": {URL: "https://other.example/"},
		"key in address":  {URL: "https://other.example/?key=" + key},
		"unreadable":      {URL: "http://[" + key},
	} {
		_, err := local(t, nil).Do(t.Context(), call)
		var failed *httpcall.Error
		require.ErrorAs(t, err, &failed, name)
		require.ErrorIs(t, err, httpcall.ErrRefused, name)
		require.Equal(t, httpcall.NotSent, failed.Outcome, name)
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), key, name)
	}
	require.Zero(t, asked.Load())
	_, err := httpcall.New(httpcall.Config{Methods: []string{"CONNECT"}})
	require.Error(t, err)
	closed, err := httpcall.New(httpcall.Config{})
	require.NoError(t, err)
	_, err = closed.Do(t.Context(), httpcall.Call{URL: "https://example.com"})
	require.ErrorIs(t, err, httpcall.ErrRefused, "without a list nothing is called")
}

func TestOutcomeOfAnEffectfulCall(t *testing.T) {
	t.Parallel()
	unused, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + unused.Addr().String()
	require.NoError(t, unused.Close())

	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for name, c := range map[string]struct {
		at     string
		answer func(net.Conn)
		want   httpcall.Outcome
	}{
		"nobody listens":   {at: nobody, want: httpcall.NotSent},
		"closed at once":   {answer: func(net.Conn) {}, want: httpcall.Unknown},
		"closed after":     {answer: func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }, want: httpcall.Unknown},
		"not HTTP":         {answer: answer("SSH-2.0-OpenSSH " + key + "\r\n\r\n"), want: httpcall.Unknown},
		"half a status":    {answer: answer("HTTP/1.1 20"), want: httpcall.Unknown},
		"half the headers": {answer: answer("HTTP/1.1 200 OK\r\nA: b\r\n"), want: httpcall.Unknown},
		"bad header":       {answer: answer("HTTP/1.1 200 OK\r\n" + key + "\r\n\r\n"), want: httpcall.Unknown},
		"endless headers":  {answer: answer("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: bbbbbbbbbbbbbbbbbbbbbbbb\r\n", 10_000)), want: httpcall.Unknown},
		"never answers":    {answer: func(net.Conn) { <-hang }, want: httpcall.Unknown},
		"no body":          {answer: answer("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"), want: httpcall.Answered},
		"cut body":         {answer: answer("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"), want: httpcall.Answered},
		"body never ends": {answer: func(c net.Conn) {
			answer("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")(c)
			<-hang
		}, want: httpcall.Answered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, connections := c.at, new(atomic.Int64)
			if c.answer != nil {
				at = raw(t, connections, c.answer)
			}
			p := local(t, func(cfg *httpcall.Config) { cfg.Timeout = 300 * time.Millisecond })
			got, err := p.Do(t.Context(), httpcall.Call{Method: "POST", URL: at + "/?key=" + key, Body: []byte(`{}`), IdempotencyKey: "k"})
			if c.want == httpcall.Answered {
				require.NoError(t, err)
				require.Equal(t, http.StatusCreated, got.Status)
			} else {
				var failed *httpcall.Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, c.want, failed.Outcome, "%v", err)
				require.NotErrorIs(t, err, httpcall.ErrRefused)
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, failed.Err), key)
			}
			require.LessOrEqual(t, connections.Load(), int64(1), "sent at most once")
		})
	}
}

// answer reads the request and writes text.
func answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, text)
	}
}

func raw(t *testing.T, connections *atomic.Int64, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() { defer c.Close(); handle(c) }()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestC7Bounds(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	require.NoError(t, z.Close())
	var hops atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(bytes.Repeat([]byte("啊"), 4<<10)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/exact", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, limit)) })
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	mux.HandleFunc("/members", func(w http.ResponseWriter, _ *http.Request) { // empty gzip members without an end
		w.Header().Set("Content-Encoding", "gzip")
		var empty bytes.Buffer
		_ = gzip.NewWriter(&empty).Close() // a buffer takes everything
		for {
			if _, err := w.Write(empty.Bytes()); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/brotli", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = w.Write([]byte("x"))
	})
	mux.HandleFunc("/gbk", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=GBK")
		_, _ = w.Write([]byte{0xc4, 0xe3, 0xba, 0xc3})
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a\xff\xfeb")) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("x"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		hops.Add(1)
		http.Redirect(w, r, "/redirect?again", http.StatusFound)
	})
	mux.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/gbk", http.StatusMovedPermanently) })
	at := serve(t, mux.ServeHTTP)
	p := local(t, func(c *httpcall.Config) { c.MaxBody, c.Timeout = limit, 500*time.Millisecond })

	do := func(path string) httpcall.Result {
		got, err := p.Do(t.Context(), httpcall.Call{URL: at + path})
		require.NoError(t, err, path)
		require.LessOrEqual(t, len(got.Body), limit, path)
		require.LessOrEqual(t, cap(got.Body), limit*3/2, path)
		return got
	}
	endless := do("/endless")
	require.Equal(t, httpcall.ProblemTooLong, endless.Problem)
	require.NotContains(t, endless.Text(), "\uFFFD", "cut between characters")
	require.Equal(t, httpcall.ProblemNone, do("/exact").Problem)
	require.Equal(t, httpcall.ProblemTooLong, do("/bomb").Problem)
	require.Equal(t, httpcall.ProblemCut, do("/members").Problem)
	require.Equal(t, httpcall.ProblemEncoding, do("/brotli").Problem)
	require.Equal(t, "你好", do("/gbk").Text())
	require.Equal(t, "a\uFFFDb", do("/broken").Text())
	require.Equal(t, httpcall.ProblemCut, do("/slow").Problem)
	require.Equal(t, 1, do("/once").Redirects)
	over := do("/redirect")
	require.Equal(t, httpcall.ProblemRedirects, over.Problem)
	require.Equal(t, int64(4), hops.Load(), "the first call and three redirects")
	_, ok := endless.JSON()
	require.False(t, ok)

	hops.Store(0)
	got, err := p.Do(t.Context(), httpcall.Call{Method: http.MethodPost, URL: at + "/redirect"})
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, got.Status)
	require.Equal(t, int64(1), hops.Load(), "a call with effects is not redirected")
}

func TestARedirectElsewhereCarriesNoKey(t *testing.T) {
	t.Parallel()
	var leaked atomic.Value
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request) { leaked.Store(fmt.Sprint(r.Header)) })
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	_, err := local(t, nil).Do(t.Context(), httpcall.Call{
		URL: at, Secrets: []httpcall.SecretHeader{{Name: "X-Key", Value: secret.New(key)}, {Name: "Authorization", Value: secret.New(key)}},
		Headers: []httpcall.Header{{Name: "Accept", Value: "text/plain"}, {Name: "X-Other", Value: key}},
	})
	require.NoError(t, err)
	require.Contains(t, leaked.Load(), "text/plain")
	require.NotContains(t, leaked.Load(), key)
}

func TestACancelledCallEndsAtOnce(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	_, err := local(t, nil).Do(ctx, httpcall.Call{URL: at})
	require.ErrorIs(t, err, context.Canceled)
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	port, seen := canaries(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, fmt.Sprintf("http://127.0.0.1:%d", port))
	}
	at := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := local(t, nil).Do(t.Context(), httpcall.Call{URL: at})
	require.NoError(t, err)
	require.Zero(t, seen.Load())
}
