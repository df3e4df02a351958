package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/nodes"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// fixture is the API before a real runner and a real store, by gRPC and by REST. Nothing leaves it: there is no outbox.
type fixture struct {
	t      testing.TB
	store  storage.Store
	runner *runner.Runner
	conn   *grpc.ClientConn
	url    string
	stop   chan struct{}
	server *grpc.Server
	web    *http.Server

	handler http.Handler
	forget  *atomic.Bool // while true, answers by request id are not stored, as when the process ends before that
	poison  *atomic.Bool // while true, turns of messages that begin with 毒 panic
}

// forgetful is a store that can fail to remember answers.
type forgetful struct {
	storage.Store

	forget atomic.Bool
}

func (s *forgetful) PutRequest(ctx context.Context, method, id string, answer []byte, at time.Time) error {
	if s.forget.Load() {
		return storage.ErrUnavailable
	}
	return s.Store.PutRequest(ctx, method, id, answer, at)
}

// morning is a time of the day shift.
func morning() time.Time { return time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC).Add(time.Since(began)) }

var began = time.Now()

func newFixture(tb testing.TB, change ...func(*server.Deps, *server.HTTPDeps)) *fixture {
	tb.Helper()
	validator, err := protovalidate.New()
	require.NoError(tb, err)
	file, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "flowdesk.db"))
	require.NoError(tb, err)
	store := &forgetful{Store: file}
	catalog := nodes.Builtin()
	catalog.Validate = func(m proto.Message) []engine.Violation {
		if err := validator.Validate(m); err != nil {
			return []engine.Violation{{Message: err.Error()}}
		}
		return nil
	}
	poison, handle := &atomic.Bool{}, catalog.Rules.Handle
	catalog.Rules.Handle = func(run *engine.Run) {
		if poison.Load() && strings.HasPrefix(run.Event().GetMessage().GetText(), "毒") {
			panic("poisoned")
		}
		handle(run)
	}
	log := slog.New(slog.DiscardHandler)
	run := runner.New(catalog, store, runner.Options{Now: morning, Log: log, Fill: desk.FillSettings, Writer: "test"})
	require.NoError(tb, run.Start(tb.Context()))
	stop := make(chan struct{})
	deps := server.Deps{
		Store: store, Runner: run, Log: log, ReadFlow: flowfile.ParseToPlace, RobotsChanged: func([]*storage.RobotRecord) {}, BaseURI: "https://desk.example",
		Understand: func(env *engine.Env, text, _ string) *flowdeskv1.Understanding { return nodes.Understand(env, text) }, Stopping: stop,
	}
	face := server.HTTPDeps{Ready: store.Ping, Metrics: http.NotFoundHandler(), Callbacks: &server.Callbacks{Runner: run, Log: log}}
	for _, f := range change {
		f(&deps, &face)
	}
	g, err := server.New(deps)
	require.NoError(tb, err)
	web, unpipe, err := server.NewHTTP(tb.Context(), g, face)
	require.NoError(tb, err)
	front := httptest.NewServer(web.Handler)
	pipe := bufconn.Listen(1 << 20)
	go func() { _ = g.Serve(pipe) }()
	conn, err := grpc.NewClient("passthrough:///desk", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))
	require.NoError(tb, err)
	f := &fixture{t: tb, store: store, runner: run, conn: conn, url: front.URL, stop: stop, handler: web.Handler, poison: poison, forget: &store.forget, server: g, web: web}
	tb.Cleanup(func() {
		_ = conn.Close()
		front.CloseClientConnections()
		front.Close()
		unpipe()
		g.Stop()
		run.Close()
		require.NoError(tb, store.Close())
	})
	return f
}

// group opens a group and gives its id.
func (f *fixture) group(title string) string {
	f.t.Helper()
	g, err := flowdeskv1.NewDirectoryServiceClient(f.conn).CreateGroup(f.t.Context(), &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{
		Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Aliases: []*flowdeskv1.GroupAlias{{Robot: "day", Title: title}},
	}})
	require.NoError(f.t, err)
	return g.GetGroup().GetId()
}

// person puts somebody into the directory.
func (f *fixture) person(id string) {
	f.t.Helper()
	require.NoError(f.t, f.store.PutPerson(f.t.Context(), &flowdeskv1.Person{Id: id, Title: id, Role: flowdeskv1.Role_ROLE_AFTER_SALES}, ""))
	require.NoError(f.t, f.runner.Reload(f.t.Context()))
}

// say lets a user say something in a group.
func (f *fixture) say(group, text string) *flowdeskv1.Turn {
	f.t.Helper()
	turn, err := f.runner.Submit(f.t.Context(), &flowdeskv1.Event{Session: group, Source: "worktool", Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
		Robot: "day", SenderName: "张三", Text: text, RawText: text, ContentType: 1, RoomType: 1, GroupName: "买家群",
	}}})
	require.NoError(f.t, err)
	return turn
}

// rest sends a request with a JSON body, or none, and gives status, headers and body of the answer.
func (f *fixture) rest(method, path, body string, headers ...string) (int, http.Header, []byte) {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, bytes.NewReader([]byte(body)))
	require.NoError(f.t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(f.t, err)
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	require.NoError(f.t, err)
	return answer.StatusCode, answer.Header, data
}

// ok sends a request that must succeed and reads the answer.
func (f *fixture) ok(method, path, body string) map[string]any {
	f.t.Helper()
	code, _, data := f.rest(method, path, body)
	require.Equal(f.t, http.StatusOK, code, "%s %s: %s", method, path, data)
	var answer map[string]any
	require.NoError(f.t, json.Unmarshal(data, &answer))
	return answer
}

// refused checks code and reason of an error.
func refused(t *testing.T, err error, code codes.Code, reason flowdeskv1.ErrorReason) {
	t.Helper()
	s := status.Convert(err)
	require.Equal(t, code, s.Code(), s.Message())
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			require.Equal(t, reason.String(), info.GetReason())
			return
		}
	}
	t.Fatalf("no ErrorInfo in %v", s)
}

// manualFlow starts by hand and ends at once.
const manualFlow = `{"title":"By hand","nodes":[{"id":"start","triggerManual":{}},{"id":"done","analysisTrigger":{}}],"edges":[{"from":"start","to":"done"}]}`

func definition(t *testing.T, file string) *flowdeskv1.FlowDefinition {
	t.Helper()
	def, err := flowfile.Read([]byte(file))
	require.NoError(t, err)
	return def
}
