package server_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
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
	"google.golang.org/protobuf/types/known/emptypb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// logged is a log that is read by tests.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// of are the lines about a request.
func (l *logged) of(t *testing.T, id string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(l.String()) {
		values := make(map[string]any)
		require.NoError(t, json.Unmarshal([]byte(line), &values))
		if values["request"] == id {
			found = append(found, values)
		}
	}
	return found
}

// newLogged is the API that asks everybody who they are, with its log.
func newLogged(t *testing.T, change ...func(*server.Deps, *server.HTTPDeps)) (*fixture, *logged) {
	t.Helper()
	said := &logged{}
	log := slog.New(slog.NewJSONHandler(said, nil))
	return newFixture(t, append(change, func(deps *server.Deps, face *server.HTTPDeps) {
		deps.Guard = access.NewGuard(deps.Store, log, morning)
		deps.Closed, deps.Log, face.Log = true, log, log
		face.Guard, face.Closed, face.Callbacks.Log = deps.Guard, true, log
	})...), said
}

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

func requestInfo(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RequestInfo); ok {
			return info.GetRequestId()
		}
	}
	return ""
}

// Every method's refusal, single and streamed, bears the id that its header and its line in the log bear.
func TestEveryErrorBearsTheIDOfItsRequest(t *testing.T) {
	t.Parallel()
	f, said := newLogged(t)
	viewer := f.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, []string{"nowhere"}, nil)
	for method, rule := range access.Rules() {
		if !strings.HasPrefix(method, "/flowdesk.v1.") || rule.Public || rule.Any {
			continue
		}
		for _, ctx := range []struct {
			key  string
			code codes.Code
		}{{"", codes.Unauthenticated}, {viewer, codes.PermissionDenied}} {
			if ctx.key != "" && rule.Filtered() {
				continue
			}
			asked := f.as(ctx.key)
			if strings.HasSuffix(method, "Service/GetRobot") { // one of them with an id of its own
				asked = metadata.AppendToOutgoingContext(asked, "x-request-id", "mine-"+ctx.code.String())
			}
			stream, err := f.conn.NewStream(asked, &grpc.StreamDesc{ServerStreams: true}, method)
			require.NoError(t, err)
			require.NoError(t, stream.SendMsg(&emptypb.Empty{}))
			require.NoError(t, stream.CloseSend())
			err = stream.RecvMsg(&emptypb.Empty{})
			if status.Code(err) != ctx.code { // it is about nobody's data, or its request lacks something before
				require.Contains(t, []codes.Code{codes.OK, codes.InvalidArgument, codes.NotFound, codes.Unimplemented}, status.Code(err), "%s: %v", method, err)
				if err == nil {
					continue
				}
			}
			id := requestInfo(err)
			require.NotEmpty(t, id, "%s: %v", method, err)
			header, _ := stream.Header()
			require.Equal(t, []string{id}, header.Get("x-request-id"), method)
			lines := said.of(t, id)
			require.Len(t, lines, 1, "%s: one line tells of it", method)
			require.Equal(t, method, lines[0]["method"])
			if strings.HasSuffix(method, "Service/GetRobot") {
				require.Equal(t, "mine-"+ctx.code.String(), id)
			}
			if ctx.key != "" {
				require.Contains(t, lines[0]["caller"], "apiKeys/", method)
			}
		}
	}
}

func TestErrorsOfEachFaceBearTheID(t *testing.T) {
	t.Parallel()
	f, said := newLogged(t)
	admin := "Bearer " + f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil)
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		code               int
	}{
		"a service":           {http.MethodGet, "/v1/flows/canary", "", nil, 404},
		"nobody":              {http.MethodGet, "/v1/flows", "", []string{"Authorization", ""}, 401},
		"a bad field":         {http.MethodPost, "/v1/text:understand", `{"text":"x","locale":"canary canary"}`, nil, 400},
		"no such path":        {http.MethodGet, "/v1/canary", "", nil, 404},
		"no JSON":             {http.MethodPost, "/v1/text:understand", "{canary", nil, 400},
		"no text":             {http.MethodGet, "/v1/flows?filter=%ff", "", nil, 400},
		"too large":           {http.MethodPost, "/v1/text:understand", `{"text":"` + strings.Repeat("x", 9<<20) + `"}`, nil, 413},
		"a watch":             {http.MethodGet, "/v1/alerts:watch?resume_token=canary", "", nil, 400},
		"a page elsewhere":    {http.MethodPost, "/v1/text:understand", `{}`, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a path that is not":  {http.MethodGet, "/canary", "", nil, 404},
		"a guarded path":      {http.MethodGet, "/metrics", "", []string{"Authorization", "Bearer canary"}, 401},
		"connect":             {http.MethodPost, "/flowdesk.v1.FlowService/GetFlow", `{"name":"flows/canary"}`, []string{"Connect-Protocol-Version", "1", "Content-Type", "application/json"}, 404},
		"connect, not signed": {http.MethodPost, "/flowdesk.v1.FlowService/GetFlow", `{"name":"flows/canary"}`, []string{"Connect-Protocol-Version", "1", "Content-Type", "application/json", "Authorization", ""}, 401},
	} {
		for _, given := range []struct{ id, trace, want string }{
			{"", "", ""},
			{"mine-" + strings.ReplaceAll(name, " ", "-"), "", "mine-" + strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")},
			{"not an id\t", "00-" + traceID + "-00f067aa0ba902b7-01", traceID},
			{"", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", ""},
		} {
			given.id = strings.ReplaceAll(given.id, ",", "")
			before := len(said.of(t, given.want))
			code, header, body := f.rest(c.method, c.path, c.body, append([]string{"Authorization", admin, "X-Request-Id", given.id, "Traceparent", given.trace}, c.headers...)...)
			require.Equal(t, c.code, code, "%s: %s", name, body)
			ids := header.Values("X-Request-Id")
			require.Len(t, ids, 1, name)
			if given.want == "" {
				require.Regexp(t, "^[0-9a-f]{32}$", ids[0], name)
				require.NotEqual(t, strings.Repeat("0", 32), ids[0])
			} else {
				require.Equal(t, given.want, ids[0], name)
			}
			if strings.HasPrefix(c.path, "/v1/") && name != "a page elsewhere" {
				require.Contains(t, string(body), `"requestId":"`+ids[0]+`"`, name)
			}
			require.Len(t, said.of(t, ids[0]), before+1, "%s: one line tells of it", name)
		}
	}
	code, header, _ := f.rest(http.MethodGet, "/v1/flows", "", "Authorization", admin)
	require.Equal(t, 200, code)
	require.Len(t, header.Values("X-Request-Id"), 1, "good answers bear it too")
	require.NotContains(t, said.String(), "canary", "what was sent is not repeated")
}

// deafReader understands no callback.
type deafReader struct{ server.Reader }

func (deafReader) Limit() int64 { return 100 }

// A robot speaks what an answer says: the id of a refused callback stands in the header alone.
func TestRefusedCallbacksBearTheIDInTheHeaderAlone(t *testing.T) {
	t.Parallel()
	var callbacks *server.Callbacks
	f, said := newLogged(t, func(_ *server.Deps, face *server.HTTPDeps) {
		callbacks = face.Callbacks
		callbacks.Reader = deafReader{}
	})
	made, err := flowdeskv1.NewRobotServiceClient(f.conn).CreateRobot(f.admin(), &flowdeskv1.CreateRobotRequest{
		Id: "day", Robot: &flowdeskv1.Robot{Title: "日", RobotId: "r", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}},
	})
	require.NoError(t, err)
	hook := strings.TrimSuffix(strings.TrimPrefix(made.GetRobot().GetWebhookUris().GetMessage(), "https://desk.example"), "/message")
	require.Contains(t, hook, "/webhooks/worktool/day/")
	records, err := f.store.ListRobots(t.Context())
	require.NoError(t, err)
	callbacks.SetRobots(records)
	code, header, body := f.rest(http.MethodPost, hook+"/canary", "canary")
	require.Equal(t, 404, code)
	require.Empty(t, body)
	lines := said.of(t, header.Get("X-Request-Id"))
	require.Len(t, lines, 1)
	require.Equal(t, "day", lines[0]["robot"])
	code, header, body = f.rest(http.MethodPost, strings.TrimSuffix(hook, hook[len(hook)-3:])+"abc/message", "x")
	require.Equal(t, 404, code)
	require.Empty(t, body)
	require.Empty(t, header.Get("X-Request-Id"), "who does not know the address is told nothing")
	require.NotContains(t, said.String(), "canary")
	require.NotContains(t, said.String(), hook)
}

// What a request leads to bears its id: the turn, the command, and the record of the change.
func TestTurnsCommandsAndRecordsBearTheIDOfTheirRequest(t *testing.T) {
	t.Parallel()
	f, _ := newLogged(t)
	f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil)
	f.say("g", "在吗")
	ctx := metadata.AppendToOutgoingContext(f.admin(), "traceparent", "00-"+traceID+"-00f067aa0ba902b7-01")
	made, err := flowdeskv1.NewQueueServiceClient(f.conn).EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{
		TargetSession: "g", Text: "您好",
	}})
	require.NoError(t, err)
	require.Equal(t, traceID, made.GetCommand().GetTrace())
	stored, err := f.store.GetCommand(t.Context(), made.GetCommand().GetId())
	require.NoError(t, err)
	require.Equal(t, traceID, stored.GetTrace())
	records, _, err := f.store.ListAudit(t.Context(), storage.AuditFilter{}, storage.Page{Size: 10})
	require.NoError(t, err)
	require.Equal(t, traceID, records[0].GetRequestId())
}

// A flood of refusals, such as of somebody who guesses passwords, does not fill the disk with lines: it is cut, and how many were cut is told.
func TestAFloodOfRefusalsIsCut(t *testing.T) {
	t.Parallel()
	f, said := newLogged(t)
	api := flowdeskv1.NewAccessServiceClient(f.conn)
	guess := func() {
		_, err := api.SignIn(t.Context(), &flowdeskv1.SignInRequest{UserId: "boss", Password: "a wrong password"})
		require.Error(t, err)
	}
	const guesses = 2500
	for range guesses {
		guess()
	}
	require.Equal(t, 5, strings.Count(said.String(), `"sign-in refused"`), "those that were tried; the others were only slowed down")
	require.Less(t, strings.Count(said.String(), "\n"), guesses*9/10)
	time.Sleep(100 * time.Millisecond) // until a line may be written again
	guess()
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	require.Regexp(t, `"untold":\d{2,}`, lines[len(lines)-1])
}
