package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

const origin = "https://console.example"

// newClosed is the API that asks everybody who they are.
func newClosed(t *testing.T) *fixture {
	t.Helper()
	return newFixture(t, func(deps *server.Deps, face *server.HTTPDeps) {
		deps.Guard = access.NewGuard(deps.Store, slog.New(slog.DiscardHandler), morning)
		deps.Closed, deps.Reflection = true, true
		face.Guard, face.Closed, face.Origins = deps.Guard, true, []string{origin}
		face.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("figures")) })
	})
}

// key makes an API key past the API, and gives what a machine sends.
func (f *fixture) key(role flowdeskv1.AccessRole, groups, methods []string) string {
	f.t.Helper()
	token, id := access.NewToken(), access.NewKeyID()
	require.NoError(f.t, f.store.CreateKey(f.t.Context(), &storage.KeyRecord{Digest: access.Digest(token), Key: &flowdeskv1.ApiKey{
		Name: "apiKeys/" + id, Title: role.String(), Role: role, Groups: groups, Methods: methods, ExpireTime: timestamppb.New(morning().Add(time.Hour)),
	}}))
	return access.KeyText(id, token)
}

// as is a context whose requests bear a key.
func (f *fixture) as(key string) context.Context {
	return metadata.AppendToOutgoingContext(f.t.Context(), "authorization", "Bearer "+key)
}

func (f *fixture) admin() context.Context {
	f.t.Helper()
	return f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil))
}

// call calls a method with an empty request and gives the code of its answer.
func (f *fixture) call(ctx context.Context, method string) codes.Code {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	stream, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	require.NoError(f.t, err)
	require.NoError(f.t, stream.SendMsg(&emptypb.Empty{}))
	require.NoError(f.t, stream.CloseSend())
	return status.Code(stream.RecvMsg(&emptypb.Empty{}))
}

// What the table says is what the server does: every method, with every role and with none, over a real connection.
func TestEveryMethodIsGuardedAsTheTableSays(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	refusals := []codes.Code{codes.Unauthenticated, codes.PermissionDenied}
	for method := range access.Rules() {
		if !strings.HasPrefix(method, "/flowdesk.v1.") {
			continue
		}
		for _, ctx := range []context.Context{f.t.Context(), f.as("flowdesk_nobody_" + access.NewToken()), f.as("nonsense")} {
			if code := f.call(ctx, method); !access.Rules()[method].Public {
				require.Equal(t, codes.Unauthenticated, code, "%s without credentials", method)
			} else {
				require.NotContains(t, refusals, code, method)
			}
		}
	}
	for value := range flowdeskv1.AccessRole_name {
		role := flowdeskv1.AccessRole(value)
		ctx := f.as(f.key(role, nil, nil))
		for method, rule := range access.Rules() {
			if !strings.HasPrefix(method, "/flowdesk.v1.") {
				continue
			}
			if code := f.call(ctx, method); rule.Public || rule.Any || slices.Contains(rule.Roles, role) {
				require.NotContains(t, refusals, code, "%s as %s", method, role)
			} else {
				require.Equal(t, codes.PermissionDenied, code, "%s as %s", method, role)
			}
		}
	}
	require.Equal(t, codes.Unauthenticated, f.call(t.Context(), "/flowdesk.v1.FlowService/DropEverything"))
	require.Equal(t, codes.PermissionDenied, f.call(f.admin(), "/flowdesk.v1.FlowService/DropEverything"), "what is not in the table is refused")
	require.Equal(t, codes.Unauthenticated, f.call(t.Context(), "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"))
	require.NotContains(t, refusals, f.call(t.Context(), "/grpc.health.v1.Health/Check"))
}

// Every method that the server has stands in the table, those of libraries too.
func TestTheServerHasNoMethodOutsideOfTheTable(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	require.NotNil(t, f.server)
	for name, service := range f.server.GetServiceInfo() {
		for _, m := range service.Methods {
			require.Contains(t, access.Rules(), "/"+name+"/"+m.Name)
		}
	}
}

func TestPathsAreGuarded(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := "Bearer " + f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil)
	scraper := "Bearer " + f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, []string{"/metrics"})
	viewer := "Bearer " + f.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, nil, nil)
	for _, c := range []struct {
		path, key string
		want      int
	}{
		{"/healthz", "", 200},
		{"/readyz", "", 200},
		{"/setup", "", 200},
		{"/setup.js", "", 200},
		{"/metrics", "", 401},
		{"/metrics", viewer, 403},
		{"/metrics", scraper, 200},
		{"/metrics", admin, 200},
		{"/debug/pprof/", "", 401},
		{"/debug/pprof/heap", viewer, 403},
		{"/debug/pprof/heap", scraper, 403},
		{"/debug/pprof/heap", admin, 200},
		{"/openapi.json", "", 401},
		{"/openapi.json", viewer, 200},
		{"/v1/flows", "", 401},
		{"/v1/flows", viewer, 200},
		{"/v1/flows", scraper, 403},
		{"/v1/users", viewer, 403},
		{"/v1/users", admin, 200},
		{"/webhooks/worktool/day/guess/message", "", 404},
		{"/webhooks/elsewhere", "", 404},
	} {
		code, header, body := f.rest(http.MethodGet, c.path, "", "Authorization", c.key)
		require.Equal(t, c.want, code, "%s %.20s", c.path, c.key)
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), c.path)
		if strings.HasPrefix(c.path, "/webhooks/") {
			require.Empty(t, body, "a robot would speak it")
			continue
		}
		require.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'", c.path)
	}
}

// browser is a person's browser at a page of an origin.
type browser struct {
	*fixture

	client *http.Client
	header http.Header
}

func (f *fixture) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(f.t, err)
	return &browser{f, &http.Client{Jar: jar}, http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

func (b *browser) do(method, path string, body any) (int, map[string]any, http.Header) {
	b.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(b.t, err)
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, bytes.NewReader(data))
	require.NoError(b.t, err)
	request.Header = b.header.Clone()
	request.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(request)
	require.NoError(b.t, err)
	defer func() { _ = answer.Body.Close() }()
	told, err := io.ReadAll(answer.Body)
	require.NoError(b.t, err)
	var values map[string]any
	_ = json.Unmarshal(told, &values)
	return answer.StatusCode, values, answer.Header
}

// owner creates the owner by a link, as on the first day.
func (b *browser) owner() {
	b.t.Helper()
	token := access.NewToken()
	require.NoError(b.t, b.store.PutInvitation(b.t.Context(), access.Digest(token), morning().Add(time.Hour)))
	code, _, header := b.do(http.MethodPost, "/v1/access:createOwner", map[string]any{"token": token, "userId": "boss", "title": "老板", "password": "correct horse"})
	require.Equal(b.t, 200, code)
	cookie := header.Get("Set-Cookie")
	for _, part := range []string{"flowdesk_session=", "HttpOnly", "SameSite=Strict", "Path=/"} {
		require.Contains(b.t, cookie, part)
	}
	again, _, _ := b.do(http.MethodPost, "/v1/access:createOwner", map[string]any{"token": token, "userId": "thief", "password": "correct horse"})
	require.Equal(b.t, 400, again, "the link works once")
}

func TestTheFirstDayOfAPersonAtABrowser(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	b := f.browser()
	code, _, _ := b.do(http.MethodGet, "/v1/access:whoAmI", nil)
	require.Equal(t, 401, code)
	b.owner()
	_, who, _ := b.do(http.MethodGet, "/v1/access:whoAmI", nil)
	require.Equal(t, "users/boss", who["name"])
	require.Contains(t, who["methods"], "AccessService.CreateUser")

	code, _, _ = b.do(http.MethodPost, "/v1/users", map[string]any{"userId": "wang", "password": "short", "user": map[string]any{"role": "ACCESS_ROLE_ATTENDANT"}})
	require.Equal(t, 400, code)
	code, user, _ := b.do(http.MethodPost, "/v1/users", map[string]any{"userId": "wang", "password": "staple battery", "user": map[string]any{"title": "王", "role": "ACCESS_ROLE_ATTENDANT"}})
	require.Equal(t, 200, code)
	require.NotContains(t, user, "password")

	other := f.browser()
	code, _, _ = other.do(http.MethodPost, "/v1/access:signIn", map[string]any{"userId": "wang", "password": "wrong battery"})
	require.Equal(t, 401, code)
	code, _, _ = other.do(http.MethodPost, "/v1/access:signIn", map[string]any{"userId": "wang", "password": "staple battery"})
	require.Equal(t, 200, code)
	code, _, _ = other.do(http.MethodGet, "/v1/users", nil)
	require.Equal(t, 403, code)
	code, _, _ = other.do(http.MethodPost, "/v1/access:changePassword", map[string]any{"oldPassword": "staple battery", "newPassword": "another battery"})
	require.Equal(t, 200, code)
	code, _, _ = other.do(http.MethodGet, "/v1/access:whoAmI", nil)
	require.Equal(t, 200, code, "the session in which it was changed goes on")

	code, _, _ = b.do(http.MethodPatch, "/v1/users/wang", map[string]any{"disabled": true})
	require.Equal(t, 200, code)
	code, _, _ = other.do(http.MethodGet, "/v1/access:whoAmI", nil)
	require.Equal(t, 401, code, "who is disabled is out at once")
	code, refusal, _ := b.do(http.MethodPatch, "/v1/users/boss", map[string]any{"role": "ACCESS_ROLE_VIEWER"})
	require.Equal(t, 400, code, "the last admin stays one")
	require.Contains(t, fmt.Sprint(refusal), "make somebody else an admin first")

	code, _, header := b.do(http.MethodPost, "/v1/access:signOut", map[string]any{})
	require.Equal(t, 200, code)
	require.Contains(t, header.Get("Set-Cookie"), "Max-Age=0")
	code, _, _ = b.do(http.MethodGet, "/v1/access:whoAmI", nil)
	require.Equal(t, 401, code)
}

// The session works over gRPC-Web and Connect too, and the cookie of SignIn comes through.
func TestTheCookieComesThroughConnect(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	f.browser().owner()
	b := f.browser()
	b.header.Set("Connect-Protocol-Version", "1")
	code, _, header := b.do(http.MethodPost, "/flowdesk.v1.AccessService/SignIn", map[string]any{"userId": "boss", "password": "correct horse"})
	require.Equal(t, 200, code)
	require.Contains(t, header.Get("Set-Cookie"), "HttpOnly")
	code, who, _ := b.do(http.MethodPost, "/flowdesk.v1.AccessService/WhoAmI", map[string]any{})
	require.Equal(t, 200, code)
	require.Equal(t, "users/boss", who["name"])
}

// A page elsewhere cannot have a signed-in person's browser change anything, whatever it sends and wherever it asks.
func TestOtherPagesCannotActForAPerson(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	b := f.browser()
	b.owner()
	for name, header := range map[string]http.Header{
		"cross-site": {"Sec-Fetch-Site": {"cross-site"}}, "same-site": {"Sec-Fetch-Site": {"same-site"}}, "origin alone": {"Origin": {"https://evil.example"}},
		"null origin": {"Origin": {"null"}}, "both": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
	} {
		b.header = header
		for _, path := range []string{"/v1/access:signOut", "/v1/flows", "/flowdesk.v1.AccessService/SignOut", "/flowdesk.v1.FlowService/CreateFlow"} {
			code, _, answered := b.do(http.MethodPost, path, map[string]any{})
			require.Equal(t, 403, code, "%s %s", name, path)
			require.Empty(t, answered.Get("Access-Control-Allow-Origin"), name)
		}
	}
	b.header = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {origin}}
	code, _, header := b.do(http.MethodPost, "/v1/access:signOut", map[string]any{})
	require.Equal(t, 200, code, "an origin that is allowed")
	require.Equal(t, origin, header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", header.Get("Access-Control-Allow-Credentials"))
	for asked, want := range map[string]string{origin: origin, "https://evil.example": "", "https://console.example.evil.example": ""} {
		b.header = http.Header{"Origin": {asked}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"content-type"}}
		_, _, header := b.do(http.MethodOptions, "/v1/flows", nil)
		require.Equal(t, want, header.Get("Access-Control-Allow-Origin"), asked)
	}
}

// Where nobody is asked who they are, a page whose own name resolves to this machine must reach nothing: its browser takes the answers for its own.
func TestOpenAccessIsForThisMachineAlone(t *testing.T) {
	t.Parallel()
	open, closed := newFixture(t), newClosed(t)
	ask := func(f *fixture, host, path string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+path, strings.NewReader("{}"))
		require.NoError(t, err)
		request.Host = host
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Connect-Protocol-Version", "1")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	const list = "/flowdesk.v1.FlowService/ListFlows"
	for _, host := range []string{"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.7:8080", "[::2]:80", "evil", "0.0.0.0:8080"} {
		require.Equal(t, http.StatusMisdirectedRequest, ask(open, host, list), host)
		require.Equal(t, http.StatusMisdirectedRequest, ask(open, host, "/v1/flows"), host)
	}
	for _, host := range []string{"localhost", "localhost:8080", "LOCALHOST:80", "desk.localhost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]", "localhost.:8080"} {
		require.Equal(t, http.StatusOK, ask(open, host, list), host)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, open.url+"/flows", nil)
	require.NoError(t, err)
	request.Host = "desk.example"
	request.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	said, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Contains(t, string(said), "请使用 localhost", "to a person's browser, in its language")
	require.Equal(t, http.StatusNotFound, ask(open, "tunnel.example", "/webhooks/worktool/day/guess/message"), "robots reach their callbacks by any name")
	require.Equal(t, http.StatusUnauthorized, ask(closed, "desk.example", list), "closed access has names of its own")
}

func TestAKeyThatIsRevokedEndsWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := f.admin()
	service := flowdeskv1.NewAccessServiceClient(f.conn)
	made, err := service.CreateApiKey(admin, &flowdeskv1.CreateApiKeyRequest{ApiKey: &flowdeskv1.ApiKey{Title: "工单系统", Role: flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE}})
	require.NoError(t, err)
	rotated, err := service.RotateApiKey(admin, &flowdeskv1.RotateApiKeyRequest{Name: made.GetApiKey().GetName(), Overlap: durationpb.New(time.Hour)})
	require.NoError(t, err)
	require.NotEqual(t, made.GetSecret(), rotated.GetSecret())
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	for _, key := range []string{made.GetSecret(), rotated.GetSecret()} {
		_, err := tasks.ListTrackTasks(f.as(key), &flowdeskv1.ListTrackTasksRequest{})
		require.NoError(t, err)
	}
	watch, err := tasks.WatchTrackTasks(f.as(made.GetSecret()), &flowdeskv1.WatchTrackTasksRequest{})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)

	// Past the API, as another replica does it: this process learns it from the database alone.
	stored, err := f.store.GetKey(t.Context(), strings.TrimPrefix(made.GetApiKey().GetName(), "apiKeys/"))
	require.NoError(t, err)
	stored.Key.RevokeTime = timestamppb.Now()
	require.NoError(t, f.store.UpdateKey(t.Context(), stored, stored.Key.GetEtag()))
	began := time.Now()
	for err == nil {
		_, err = watch.Recv()
	}
	require.Equal(t, codes.Unauthenticated, status.Code(err), "%v", err)
	require.Less(t, time.Since(began), 5*time.Second)
	for _, key := range []string{made.GetSecret(), rotated.GetSecret()} {
		require.Eventually(t, func() bool {
			_, err := tasks.ListTrackTasks(f.as(key), &flowdeskv1.ListTrackTasksRequest{})
			return status.Code(err) == codes.Unauthenticated
		}, 5*time.Second-time.Since(began), 50*time.Millisecond)
	}
	_, err = service.RotateApiKey(admin, &flowdeskv1.RotateApiKeyRequest{Name: made.GetApiKey().GetName()})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
}

func TestAKeyReachesItsGroupsOnly(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := f.admin()
	directory, sessions := flowdeskv1.NewDirectoryServiceClient(f.conn), flowdeskv1.NewSessionServiceClient(f.conn)
	tasks, queue := flowdeskv1.NewTaskServiceClient(f.conn), flowdeskv1.NewQueueServiceClient(f.conn)
	groups := make(map[string]string)
	work := make(map[string]string)
	for _, title := range []string{"own", "other"} {
		made, err := directory.CreateGroup(admin, &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP}})
		require.NoError(t, err)
		groups[title] = made.GetGroup().GetId()
		f.say(groups[title], "在吗")
		task, err := tasks.CreateTrackTask(admin, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{
			Title: title, GroupId: groups[title], Deadline: timestamppb.New(time.Now().Add(time.Hour)),
		}})
		require.NoError(t, err)
		work[title] = task.GetTrackTask().GetName()
	}
	ctx := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE, []string{groups["own"]}, nil))
	denied := func(err error) {
		t.Helper()
		refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	}
	listed, err := tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{})
	require.NoError(t, err)
	require.Len(t, listed.GetTrackTasks(), 1)
	require.Equal(t, "own", listed.GetTrackTasks()[0].GetTitle())
	_, err = tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Session: "sessions/" + groups["other"]})
	denied(err)
	_, err = tasks.GetTrackTask(ctx, &flowdeskv1.GetTrackTaskRequest{Name: work["own"]})
	require.NoError(t, err)
	_, err = tasks.GetTrackTask(ctx, &flowdeskv1.GetTrackTaskRequest{Name: work["other"]})
	denied(err)
	_, err = tasks.CompleteTrackTask(ctx, &flowdeskv1.CompleteTrackTaskRequest{Name: work["other"]})
	denied(err)
	_, err = tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{Title: "x", GroupId: groups["other"]}})
	denied(err)
	met, err := sessions.ListSessions(ctx, &flowdeskv1.ListSessionsRequest{})
	require.NoError(t, err)
	require.Len(t, met.GetSessions(), 1)
	_, err = sessions.GetSession(ctx, &flowdeskv1.GetSessionRequest{Name: "sessions/" + groups["other"]})
	denied(err)
	_, err = sessions.ListMessages(ctx, &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + groups["other"]})
	denied(err)
	_, err = sessions.ListMessages(ctx, &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + groups["own"]})
	require.NoError(t, err)
	_, err = queue.EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: groups["other"], Text: "hi"}})
	denied(err)
	known, err := directory.ListGroups(ctx, &flowdeskv1.ListGroupsRequest{})
	require.NoError(t, err)
	require.Len(t, known.GetGroups(), 1)
	_, err = directory.ListPeople(ctx, &flowdeskv1.ListPeopleRequest{})
	denied(err)
	_, err = flowdeskv1.NewFlowServiceClient(f.conn).ListFlows(ctx, &flowdeskv1.ListFlowsRequest{})
	denied(err)

	watch, err := tasks.WatchTrackTasks(ctx, &flowdeskv1.WatchTrackTasksRequest{})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)
	for _, title := range []string{"other", "own"} {
		_, err = tasks.CompleteTrackTask(admin, &flowdeskv1.CompleteTrackTaskRequest{Name: work[title]})
		require.NoError(t, err)
	}
	report, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, work["own"], report.GetTrackTask().GetName(), "what happens elsewhere is passed over")
}

// Whoever knows a callback address can speak for the robot.
func TestOnlyAdminsSeeCallbackAddresses(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	robots := flowdeskv1.NewRobotServiceClient(f.conn)
	made, err := robots.CreateRobot(f.admin(), &flowdeskv1.CreateRobotRequest{Id: "day", Robot: &flowdeskv1.Robot{
		RobotId: "canary-robot-id", Key: "canary-key", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY},
	}})
	require.NoError(t, err)
	path := made.GetRobot().GetWebhookUris().GetMessage()
	secret := strings.Split(path, "/")[6]
	require.Greater(t, len(secret), 20, path)
	for role, want := range map[flowdeskv1.AccessRole]bool{
		flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN: true, flowdeskv1.AccessRole_ACCESS_ROLE_EDITOR: false, flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER: false,
		flowdeskv1.AccessRole_ACCESS_ROLE_ROBOT: false,
	} {
		got, err := robots.GetRobot(f.as(f.key(role, nil, nil)), &flowdeskv1.GetRobotRequest{Name: "robots/day"})
		require.NoError(t, err)
		require.Equal(t, want, strings.Contains(got.String(), secret), role)
		require.NotContains(t, got.String(), "canary")
	}
}

func TestEveryChangeIsRecorded(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	f.browser().owner()
	b := f.browser()
	code, _, _ := b.do(http.MethodPost, "/v1/access:signIn", map[string]any{"userId": "boss", "password": "correct horse"})
	require.Equal(t, 200, code)
	b.header.Set("X-Request-Id", "my-request")
	code, _, _ = b.do(http.MethodPost, "/v1/robots?id=day", map[string]any{"title": "旧名", "robotId": "canary-robot-id", "key": "canary-key", "duties": []string{"DUTY_DAY_REPLY"}})
	require.Equal(t, 200, code)
	code, _, _ = b.do(http.MethodPatch, "/v1/robots/day", map[string]any{"title": "新名"})
	require.Equal(t, 200, code)
	code, _, _ = b.do(http.MethodDelete, "/v1/robots/nobody", nil)
	require.Equal(t, 404, code)
	_, _, _ = b.do(http.MethodGet, "/v1/robots", nil)

	list := func(query string) []map[string]any {
		_, answer, _ := b.do(http.MethodGet, "/v1/auditRecords"+query, nil)
		var out []map[string]any
		for _, r := range answer["auditRecords"].([]any) {
			out = append(out, r.(map[string]any))
		}
		return out
	}
	all := list("")
	var told []string
	for _, r := range all {
		told = append(told, r["actor"].(string)+" "+r["method"].(string)+" "+r["resource"].(string)+" "+r["outcome"].(string))
		require.NotEmpty(t, r["time"])
		require.Equal(t, "127.0.0.1", r["address"], r["method"])
		data, err := json.Marshal(r)
		require.NoError(t, err)
		for _, secret := range []string{"canary", "correct horse"} {
			require.NotContains(t, string(data), secret)
		}
	}
	require.Equal(t, []string{
		"users/boss RobotService.DeleteRobot robots/nobody NotFound", "users/boss RobotService.UpdateRobot robots/day OK",
		"users/boss RobotService.CreateRobot robots/day OK", "users/boss AccessService.SignIn users/boss OK",
		"users/boss AccessService.CreateOwner  FailedPrecondition", "anonymous AccessService.CreateOwner users/boss OK",
	}, told)
	changed := all[1]
	require.Contains(t, changed["before"], "旧名")
	require.Contains(t, changed["after"], "新名")
	require.Equal(t, "my-request", changed["requestId"])
	require.Len(t, list("?resource=robots/day"), 2)
	require.Len(t, list("?method=AccessService.SignIn&actor=users/boss"), 1)
}

// Without its record a change is not made.
func TestNoChangeWithoutItsRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(deps *server.Deps, _ *server.HTTPDeps) { deps.Store = &noAudit{deps.Store} })
	_, err := flowdeskv1.NewDirectoryServiceClient(f.conn).CreateGroup(t.Context(), &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{Title: "x"}})
	refused(t, err, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_STORAGE_UNAVAILABLE)
	groups, _, err := f.store.ListGroups(t.Context(), storage.GroupFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, groups)
}

// noAudit is a store that cannot write records.
type noAudit struct{ storage.Store }

// BeginAudit implements storage.AuditStore.
func (*noAudit) BeginAudit(context.Context, *flowdeskv1.AuditRecord) error {
	return storage.ErrUnavailable
}

func TestOpenAccessSaysSo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	who, err := flowdeskv1.NewAccessServiceClient(f.conn).WhoAmI(t.Context(), &flowdeskv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.True(t, who.GetOpen())
	require.Equal(t, "api", who.GetName())
	require.Len(t, who.GetMethods(), len(slices.DeleteFunc(slices.Collect(maps.Values(access.Rules())), func(r access.Rule) bool { return r.Public })))
}

// What the process tells of itself is about all groups: a key of some of them has none of it.
func TestFiguresAndProfilesAreNotForSomeGroups(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	key := "Bearer " + f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, []string{"g"}, nil)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		code, _, _ := f.rest(http.MethodGet, path, "", "Authorization", key)
		require.Equal(t, http.StatusForbidden, code, path)
	}
	code, _, _ := f.rest(http.MethodGet, "/debug/pprof/cmdline", "", "Authorization", "Bearer "+f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil))
	require.Equal(t, http.StatusNotFound, code, "the command line may hold a password")
}
