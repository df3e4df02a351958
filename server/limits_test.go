package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
)

// socket serves the HTTP face as it is configured, on a socket of its own.
func (f *fixture) socket() string {
	f.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f.t, err)
	go func() { _ = f.web.Serve(listener) }()
	f.t.Cleanup(func() { _ = f.web.Close() })
	return listener.Addr().String()
}

func TestHeadersAndBodiesAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := f.socket()
	send := func(request string) int {
		conn, err := net.Dial("tcp", at)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		go func() { _, _ = io.WriteString(conn, request) }()
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode
	}
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: "+strings.Repeat("x", 200<<10)+"\r\n\r\n"))
	require.Equal(t, http.StatusOK, send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	body := `{"text":"` + strings.Repeat("x", 9<<20) + `"}`
	for _, path := range []string{"/v1/text:understand", "/flowdesk.v1.TextService/Understand"} {
		code := send(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnect-Protocol-Version: 1\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body))
		require.GreaterOrEqual(t, code, http.StatusBadRequest, path)
	}

	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-long", strings.Repeat("x", 100<<10))
	_, err := flowdeskv1.NewFlowServiceClient(f.conn).ListFlows(ctx, &flowdeskv1.ListFlowsRequest{})
	require.Error(t, err)
	_, err = flowdeskv1.NewTextServiceClient(f.conn).Understand(t.Context(), &flowdeskv1.UnderstandRequest{Text: strings.Repeat("x", 9<<20)})
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
}

// A client that sends its headers drop by drop is cut off.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes five seconds")
	}
	conn, err := net.Dial("tcp", newFixture(t).socket())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	began := time.Now()
	_, err = io.Copy(io.Discard, conn)
	require.NoError(t, err, "the server closes the connection")
	require.Less(t, time.Since(began), 10*time.Second)
}

// A few kilobytes that unpack to a hundred megabytes are refused before they fill the memory.
func TestPackedRequestsAreBoundedUnpacked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	packed := func(size int) string {
		var body bytes.Buffer
		w := gzip.NewWriter(&body)
		_, err := io.WriteString(w, `{"text":"`)
		require.NoError(t, err)
		for range size / 1024 {
			_, err = io.WriteString(w, strings.Repeat(" ", 1024))
			require.NoError(t, err)
		}
		_, err = io.WriteString(w, `"}`)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return body.String()
	}
	send := func(path, body string, headers ...string) (int, string) {
		code, _, answer := f.rest(http.MethodPost, path, body, append([]string{"Content-Type", "application/json", "Content-Encoding", "gzip"}, headers...)...)
		return code, string(answer)
	}
	const connect = "/flowdesk.v1.TextService/Understand"
	code, said := send(connect, packed(1024), "Connect-Protocol-Version", "1")
	require.Equal(t, http.StatusOK, code, "a good one is taken: %s", said)
	bomb := packed(64 << 20)
	code, said = send(connect, bomb, "Connect-Protocol-Version", "1")
	require.GreaterOrEqual(t, code, http.StatusBadRequest)
	require.Contains(t, said, "the unpacked request is too large", "not one that the services refused, unpacked")
	code, _ = send("/v1/text:understand", bomb)
	require.Equal(t, http.StatusBadRequest, code, "REST unpacks nothing")
}

// What no service could read is the fault of who sent it, in each of the browsers' protocols: a server that says that it is not available, or
// that it failed, is asked again.
func TestWhatCannotBeReadIsTheSendersFault(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, err := io.WriteString(w, `{"text":"`+strings.Repeat(" ", 16<<20)+`"}`)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	envelope := func(flags byte, body string) string {
		return string(binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(body)))) + body
	}
	large := `{"text":"` + strings.Repeat("x", 9<<20) + `"}`
	const unary, stream = "/flowdesk.v1.TextService/Understand", "/flowdesk.v1.TaskService/WatchTrackTasks"
	for name, c := range map[string]struct {
		path, kind, body, header, value string
		code                            codes.Code
		reason                          string
	}{
		"no JSON":               {unary, "application/json", `{"text":`, "", "", codes.InvalidArgument, "INVALID_JSON"},
		"the wrong type":        {unary, "application/json", `{"text":1}`, "", "", codes.InvalidArgument, "INVALID_JSON"},
		"large":                 {unary, "application/json", large, "", "", codes.ResourceExhausted, "TOO_LARGE"},
		"large, unpacked":       {unary, "application/json", bomb.String(), "Content-Encoding", "gzip", codes.ResourceExhausted, "TOO_LARGE"},
		"not packed":            {unary, "application/json", `{"text":"x"}`, "Content-Encoding", "gzip", codes.InvalidArgument, ""},
		"stream, no JSON":       {stream, "application/connect+json", envelope(0, "{"), "", "", codes.InvalidArgument, "INVALID_JSON"},
		"stream, large":         {stream, "application/connect+json", envelope(0, large), "", "", codes.ResourceExhausted, "TOO_LARGE"},
		"stream, claimed large": {stream, "application/connect+proto", "\x00\xff\xff\xff\xff", "", "", codes.ResourceExhausted, "TOO_LARGE"},
		"web, no JSON":          {unary, "application/grpc-web+json", envelope(0, "{"), "", "", codes.InvalidArgument, "INVALID_JSON"},
		"web, claimed large":    {unary, "application/grpc-web+proto", "\x00\xff\xff\xff\xff", "", "", codes.ResourceExhausted, "TOO_LARGE"},
		"web, large, unpacked":  {unary, "application/grpc-web+json", envelope(1, bomb.String()), "Grpc-Encoding", "gzip", codes.ResourceExhausted, "TOO_LARGE"},
		"web stream, large":     {stream, "application/grpc-web+proto", envelope(0, large), "", "", codes.ResourceExhausted, "TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			headers := []string{"Content-Type", c.kind, "Connect-Protocol-Version", "1"}
			if c.header != "" {
				headers = append(headers, c.header, c.value)
			}
			code, header, body := f.rest(http.MethodPost, c.path, c.body, headers...)
			said := string(body)
			for _, name := range []string{"Grpc-Status", "Grpc-Status-Details-Bin"} {
				said += "\n" + strings.ToLower(name) + ": " + header.Get(name)
			}
			if strings.Contains(c.kind, "grpc") {
				require.Contains(t, said, fmt.Sprintf("grpc-status: %d", c.code))
			} else {
				require.Contains(t, said, `"code":"`+connect.Code(c.code).String()+`"`)
			}
			if c.kind == "application/json" {
				require.Equal(t, map[codes.Code]int{codes.InvalidArgument: 400, codes.ResourceExhausted: 429}[c.code], code)
			}
			for _, encoded := range regexp.MustCompile(`[A-Za-z0-9+/]{16,}`).FindAllString(said, -1) {
				if raw, err := base64.RawStdEncoding.DecodeString(encoded); err == nil {
					said += string(raw)
				}
			}
			if c.reason != "" {
				require.Contains(t, said, "ERROR_REASON_"+c.reason)
			}
		})
	}
}

// What a message says of its own length is not believed beyond what is taken.
func TestLengthsThatMessagesClaimAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, kind := range []string{"application/grpc-web+json", "application/grpc-web+proto", "application/grpc-web", "application/connect+json", "application/connect+proto"} {
		for _, path := range []string{"/flowdesk.v1.TextService/Understand", "/flowdesk.v1.TaskService/WatchTrackTasks"} {
			for _, prefix := range []string{"\x00\xff\xff\xff\x00", "\x01\x7f\xff\xff\xff", "\x00\x00\x80\x00\x01"} {
				began := time.Now()
				code, header, body := f.rest(http.MethodPost, path, prefix+"{}", "Content-Type", kind)
				refused := code >= http.StatusBadRequest || bytes.Contains(body, []byte("error")) || bytes.Contains(body, []byte("grpc-status: ")) || header.Get("Grpc-Status") != ""
				require.True(t, refused, "%s %s %q: %d %s", kind, path, prefix, code, body)
				require.NotContains(t, string(body), "grpc-status: 0", kind)
				require.Less(t, time.Since(began), 20*time.Second)
			}
		}
	}
}

func TestEnvelopesAreFollowedInWhateverPiecesTheyCome(t *testing.T) {
	t.Parallel()
	good := "\x00\x00\x00\x00\x03abc\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01x"
	for name, c := range map[string]struct {
		body string
		want string
		bad  bool
	}{
		"good": {good, good, false}, "cut off": {good[:7], good[:7], false}, "largest": {"\x00\x00\x80\x00\x00", "\x00\x00\x80\x00\x00", false},
		"too large": {"\x00\x00\x80\x00\x01", "\x00\x00\x80\x00", true}, "the third": {good + "\x00\xff\xff\xff\xff", good + "\x00\xff\xff\xff", true},
	} {
		read, err := io.ReadAll(server.Envelopes(io.NopCloser(iotest.OneByteReader(strings.NewReader(c.body)))))
		require.Equal(t, c.bad, err != nil, name)
		require.Equal(t, c.want, string(read), name)
	}
}
