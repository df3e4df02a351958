package cli_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/cli"
)

// stranger is a server that answers every method as a test wants, and remembers who asked.
type stranger struct {
	network network
	answer  func(method string, stream grpc.ServerStream) error

	mu    sync.Mutex
	asked []metadata.MD
}

func newStranger(t *testing.T, answer func(method string, stream grpc.ServerStream) error) *stranger {
	t.Helper()
	s := &stranger{answer: answer}
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		md, _ := metadata.FromIncomingContext(stream.Context())
		s.mu.Lock()
		s.asked = append(s.asked, md)
		s.mu.Unlock()
		method, _ := grpc.MethodFromServerStream(stream)
		return s.answer(method, stream)
	}))
	listener := s.network.listen(grpcAddress)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return s
}

// run runs a command line against the stranger.
func (s *stranger) run(t *testing.T, env map[string]string, args ...string) (out, err string, code int) {
	t.Helper()
	return s.runUntil(t, "no such text", env, args...)
}

// runUntil runs a command line, and interrupts it when it has printed a text.
func (s *stranger) runUntil(t *testing.T, enough string, env map[string]string, args ...string) (out, err string, code int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var e bytes.Buffer
	o := &lookout{enough: enough, seen: cancel}
	home := t.TempDir()
	code = cli.Main(ctx, &cli.Commands{}, args, cli.System{
		In: strings.NewReader(""), Out: o, Err: &e, Now: time.Now, Dial: s.network.dial, ConfigDir: home,
		Getenv: func(name string) string {
			if name == "FLOWDESK_SERVER" {
				return grpcAddress
			}
			return env[name]
		},
		RequestID: func() string { return "r" },
	})
	return o.printed.String(), e.String(), code
}

// lookout keeps what is printed, and tells when it holds a text.
type lookout struct {
	printed strings.Builder
	enough  string
	seen    func()
}

// Write implements io.Writer.
func (l *lookout) Write(p []byte) (int, error) {
	n, err := l.printed.Write(p)
	if strings.Contains(l.printed.String(), l.enough) {
		l.seen()
	}
	return n, err
}

func TestTheTokenIsSent(t *testing.T) {
	t.Parallel()
	s := newStranger(t, func(_ string, stream grpc.ServerStream) error { return stream.SendMsg(&flowdeskv1.ListFlowsResponse{}) })
	_, said, code := s.run(t, map[string]string{"FLOWDESK_TOKEN": "tok", "LANG": "zh_CN.UTF-8"}, "flow", "list")
	require.Zero(t, code, said)
	require.Len(t, s.asked, 1)
	require.Equal(t, []string{"Bearer tok"}, s.asked[0].Get("authorization"))
	require.Equal(t, []string{"zh"}, s.asked[0].Get("accept-language"))
	require.Equal(t, []string{"r"}, s.asked[0].Get("x-request-id"))
	require.NotContains(t, said, "tok")

	_, said, code = s.run(t, nil, "flow", "list")
	require.Zero(t, code, said)
	require.Empty(t, s.asked[1].Get("authorization"))
}

func TestEveryCodeHasItsExit(t *testing.T) {
	t.Parallel()
	for code, want := range map[codes.Code]int{
		codes.Canceled: cli.ExitFailed, codes.Unknown: cli.ExitFailed, codes.InvalidArgument: cli.ExitInvalid,
		codes.DeadlineExceeded: cli.ExitUnavailable, codes.NotFound: cli.ExitNotFound, codes.AlreadyExists: cli.ExitConflict,
		codes.PermissionDenied: cli.ExitForbidden, codes.ResourceExhausted: cli.ExitUnavailable, codes.FailedPrecondition: cli.ExitConflict,
		codes.Aborted: cli.ExitConflict, codes.OutOfRange: cli.ExitInvalid, codes.Unimplemented: cli.ExitFailed, codes.Internal: cli.ExitFailed,
		codes.Unavailable: cli.ExitUnavailable, codes.DataLoss: cli.ExitFailed, codes.Unauthenticated: cli.ExitForbidden,
	} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			s := newStranger(t, func(string, grpc.ServerStream) error { return status.Error(code, "so it is") })
			_, said, got := s.run(t, nil, "flow", "get", "x")
			require.Equal(t, want, got, said)
			if code != codes.DeadlineExceeded { // it has words of its own
				require.Contains(t, said, "so it is")
			}
		})
	}
}

func TestEveryDetailIsTold(t *testing.T) {
	t.Parallel()
	refused := func(code codes.Code, details ...protoadapt.MessageV1) *stranger {
		return newStranger(t, func(string, grpc.ServerStream) error {
			s, err := status.New(code, "refused").WithDetails(details...)
			require.NoError(t, err)
			return s.Err()
		})
	}
	info := func(reason flowdeskv1.ErrorReason, data map[string]string) *errdetails.ErrorInfo {
		return &errdetails.ErrorInfo{Reason: reason.String(), Domain: "flowdesk", Metadata: data}
	}
	for name, test := range map[string]struct {
		stranger *stranger
		says     []string
		exit     int
	}{
		"fields": {
			refused(codes.InvalidArgument, info(flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD, nil),
				&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "flow.title", Description: "too long"}, {Field: "a", Description: "b"}}}),
			[]string{"field: flow.title: too long", "field: a: b", "remedy: correct the fields", "INVALID_ARGUMENT INVALID_FIELD (docs/cli.md#invalid_field)"},
			cli.ExitInvalid,
		},
		"findings": {refused(codes.FailedPrecondition, info(flowdeskv1.ErrorReason_ERROR_REASON_BREAKS_FLOWS, nil),
			&flowdeskv1.FlowDiagnostics{Flows: []*flowdeskv1.FlowFindings{{Flow: "flows/x", Diagnostics: []*flowdeskv1.Diagnostic{{
				Code: "FD1", Severity: flowdeskv1.Severity_SEVERITY_ERROR, Node: "n", Field: "f", Message: "wrong", Remedy: "right",
			}}}}}), []string{"flows/x: error: n.f: wrong (FD1); remedy: right"}, cli.ExitInvalid},
		"rate": {
			refused(codes.ResourceExhausted, info(flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED, nil),
				&errdetails.RetryInfo{RetryDelay: durationpb.New(3 * time.Second)},
				&errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{{Subject: "key", Description: "60 a minute"}}}),
			[]string{"try again in: 3s", "limit: key 60 a minute"},
			cli.ExitUnavailable,
		},
		"merged": {
			refused(codes.FailedPrecondition, info(flowdeskv1.ErrorReason_ERROR_REASON_MERGED, map[string]string{"group": "groups/b"})),
			[]string{"group: groups/b", "use the group named above"},
			cli.ExitConflict,
		},
		"our fault": {
			refused(codes.Internal, info(flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL, nil), &errdetails.RequestInfo{RequestId: "server-7"}),
			[]string{"request: server-7", "server's log"},
			cli.ExitFailed,
		},
		"the rest": {
			refused(codes.FailedPrecondition,
				&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Subject: "flows/x", Description: "is live"}}},
				&errdetails.ResourceInfo{ResourceName: "flows/x", Description: "held"}, &errdetails.LocalizedMessage{Message: "say it so"},
				&errdetails.Help{Links: []*errdetails.Help_Link{{Description: "more", Url: "https://example.com"}}}),
			[]string{"condition: flows/x is live", "resource: flows/x held", "message: say it so", "see: more https://example.com"},
			cli.ExitConflict,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, said, code := test.stranger.run(t, nil, "flow", "publish", "x")
			require.Equal(t, test.exit, code)
			for _, text := range test.says {
				require.Contains(t, said, text)
			}
		})
	}
}

// TestAWatchGoesOnWhereItWasCutOff lets the connection of a watch break after its first report.
func TestAWatchGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	var tokens []string
	s := newStranger(t, func(_ string, stream grpc.ServerStream) error {
		request := &flowdeskv1.WatchAlertsRequest{}
		if err := stream.RecvMsg(request); err != nil {
			return err
		}
		tokens = append(tokens, request.GetResumeToken())
		report := func(text, token string) error {
			return stream.SendMsg(&flowdeskv1.WatchAlertsResponse{
				ResumeToken: token, Report: &flowdeskv1.WatchAlertsResponse_Alert{Alert: &flowdeskv1.Alert{Name: "alerts/" + text}},
			})
		}
		if len(tokens) == 1 {
			if err := report("first", "after-first"); err != nil {
				return err
			}
			return status.Error(codes.Unavailable, "gone")
		}
		if err := report("second", "after-second"); err != nil {
			return err
		}
		<-stream.Context().Done()
		return stream.Context().Err()
	})
	out, said, code := s.runUntil(t, "second", nil, "alert", "watch", "-o", "name", "--timeout", "20s")
	require.Equal(t, cli.ExitInterrupted, code, said)
	require.Contains(t, said, "connection lost, trying again")
	require.Contains(t, said, "connected again")
	require.Equal(t, []string{"", "after-first"}, tokens)
	require.Equal(t, "alerts/first\nalerts/second\n", out)
}

// TestListsAreJoinedFromTheirPages lets a list come in three pages.
func TestListsAreJoinedFromTheirPages(t *testing.T) {
	t.Parallel()
	s := newStranger(t, func(_ string, stream grpc.ServerStream) error {
		request := &flowdeskv1.ListFlowsRequest{}
		if err := stream.RecvMsg(request); err != nil {
			return err
		}
		next := map[string]string{"": "2", "2": "3", "3": ""}[request.GetPageToken()]
		return stream.SendMsg(&flowdeskv1.ListFlowsResponse{Flows: []*flowdeskv1.Flow{{Name: "flows/" + request.GetPageToken() + "x"}}, NextPageToken: next})
	})
	out, said, code := s.run(t, nil, "flow", "list", "--limit", "0", "-o", "json")
	require.Zero(t, code, said)
	require.JSONEq(t, `{"flows":[{"name":"flows/x"},{"name":"flows/2x"},{"name":"flows/3x"}]}`, out)
	out, said, code = s.run(t, nil, "flow", "list", "--limit", "2", "-o", "name")
	require.Zero(t, code)
	require.Equal(t, "flows/x\nflows/2x\n", out)
	require.Contains(t, said, "there is more")
}

// TestCompletion asks for what may come next, as a shell does.
func TestCompletion(t *testing.T) { //nolint:paralleltest // the library reads the environment of the process
	s := newStranger(t, func(_ string, stream grpc.ServerStream) error {
		return stream.SendMsg(&flowdeskv1.ListFlowsResponse{Flows: []*flowdeskv1.Flow{{Name: "flows/unified"}, {Name: "flows/welcome"}}})
	})
	for line, want := range map[string][]string{
		"flowdesk fl":        {"flow"},
		"flowdesk flow ro":   {"rollback"},
		"flowdesk flow get ": {"unified", "welcome"},
		"flowdesk flow get --server 127.0.0.1:9090 ": {"unified", "welcome"},
		"flowdesk flow list -o ":                     {"json", "jsonl", "name", "table", "yaml"},
		"flowdesk api TextService.":                  {"TextService.Understand"},
		"flowdesk run list --status f":               {"failed"},
		"flowdesk task create demo x --priority ":    {"low", "medium", "high"},
	} {
		t.Setenv("COMP_LINE", line)
		out, said, code := s.run(t, map[string]string{"COMP_LINE": line})
		require.Zero(t, code, said)
		got := strings.Fields(out)
		for _, w := range want {
			require.Contains(t, got, w, line)
		}
		require.Len(t, got, len(want), line)
		require.Empty(t, said)
	}
	t.Setenv("COMP_LINE", "")
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out, _, code := s.run(t, nil, "completion", shell)
		require.Zero(t, code)
		require.Contains(t, out, "complete")
		require.Contains(t, out, "flowdesk")
	}
}

// TestProfilesAreForTheirOwnerOnly looks at the file that may hold tokens.
func TestProfilesAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sub", "profiles.yaml")
	s := &stranger{}
	_, said, code := s.run(t, map[string]string{"FLOWDESK_CONFIG": file}, "profile", "set", "a", "--server", "x:1")
	require.Zero(t, code, said)
	requireMode(t, file, 0o600)
	requireMode(t, filepath.Dir(file), 0o700)
}

func requireMode(t *testing.T, file string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, want, info.Mode().Perm())
}

// TestServersOfTheOtherKind speaks TLS with who does not, and the other way round.
func TestServersOfTheOtherKind(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	plain := grpc.NewServer()
	go func() { _ = plain.Serve(listener) }()
	t.Cleanup(plain.Stop)
	sealed := httptest.NewUnstartedServer(http.NotFoundHandler())
	sealed.EnableHTTP2, sealed.Config.ErrorLog = true, log.New(io.Discard, "", 0)
	sealed.StartTLS()
	t.Cleanup(sealed.Close)
	for _, c := range []struct{ name, address, remedy string }{
		{"https to a plain one", "https://" + listener.Addr().String(), "leave https:// away"},
		{"a certificate of nobody", "https://" + sealed.Listener.Addr().String(), "SSL_CERT_FILE"},
		{"no https to one that speaks it", sealed.Listener.Addr().String(), "write https:// in front"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			code := cli.Main(t.Context(), &cli.Commands{}, []string{"flow", "list", "--server", c.address}, cli.System{
				In: strings.NewReader(""), Out: io.Discard, Err: &said, Now: time.Now, ConfigDir: t.TempDir(),
				Getenv: func(string) string { return "" }, RequestID: func() string { return "r" },
			})
			require.Equal(t, cli.ExitUnavailable, code, said.String())
			require.Contains(t, said.String(), c.remedy)
		})
	}
}
