package server_test

import (
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
)

func TestARobotKeepsItsSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewRobotServiceClient(f.conn)
	_, err := api.CreateRobot(ctx, &flowdeskv1.CreateRobotRequest{Robot: &flowdeskv1.Robot{Title: "白班"}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	created := f.ok(http.MethodPost, "/v1/robots?id=day", `{"title":"白班","duties":["DUTY_DAY_REPLY"],"robotId":"worktool-1234567","key":"k-7654321"}`)
	require.Equal(t, "***567", created["robotId"])
	message, _ := created["webhookUris"].(map[string]any)["message"].(string)
	require.True(t, strings.HasPrefix(message, "https://desk.example/webhooks/worktool/day/"), message)
	require.GreaterOrEqual(t, len(message), len("https://desk.example/webhooks/worktool/day//message")+32, "its address cannot be guessed")

	f.ok(http.MethodPatch, "/v1/robots/day", `{"title":"白班小助手","robotId":"***567"}`)
	record, err := f.store.GetRobot(ctx, "day")
	require.NoError(t, err)
	require.Equal(t, "白班小助手", record.Robot.GetTitle())
	require.Equal(t, "worktool-1234567", record.Robot.GetRobotId(), "a masked secret that is sent back is no new one")
	require.Equal(t, "k-7654321", record.Robot.GetKey())

	paused, err := api.PauseRobot(ctx, &flowdeskv1.PauseRobotRequest{Name: "robots/day", Reason: "phone in repair"})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.RobotState_ROBOT_STATE_PAUSED, paused.GetRobot().GetState())
	_, err = api.ResumeRobot(ctx, &flowdeskv1.ResumeRobotRequest{Name: "robots/day", Etag: "old"})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
	sent, err := api.TestRobot(ctx, &flowdeskv1.TestRobotRequest{Name: "robots/day", Session: f.group("买家群")})
	require.NoError(t, err)
	require.Equal(t, "day", sent.GetCommand().GetRobot())
	health, err := api.CheckRobotHealth(ctx, &flowdeskv1.CheckRobotHealthRequest{Name: "robots/day"})
	require.NoError(t, err)
	require.NotEmpty(t, health.GetHealth().GetChecks())

	shown, err := api.GetRobot(ctx, &flowdeskv1.GetRobotRequest{Name: "robots/day"})
	require.NoError(t, err)
	require.EqualValues(t, 1, shown.GetRobot().GetGroups())
	require.NoError(t, f.store.PutGroup(ctx, &flowdeskv1.Group{Id: "other", Title: "别的群", Aliases: []*flowdeskv1.GroupAlias{{Robot: "night", Title: "别的群"}}}, ""))
	require.NoError(t, f.store.PutGroup(ctx, &flowdeskv1.Group{Id: "nameless", Title: "谁都认识的群"}, ""))
	require.NoError(t, f.store.PutGroup(ctx, &flowdeskv1.Group{Id: "chat", Title: "张三", Kind: flowdeskv1.SessionKind_SESSION_KIND_DIRECT}, ""))
	require.NoError(t, f.runner.Reload(ctx))
	shown, err = api.GetRobot(ctx, &flowdeskv1.GetRobotRequest{Name: "robots/day"})
	require.NoError(t, err)
	require.EqualValues(t, 2, shown.GetRobot().GetGroups(), "its own, and the one that every robot knows")

	_, err = api.CreateRobot(ctx, &flowdeskv1.CreateRobotRequest{Id: "night", Robot: &flowdeskv1.Robot{RobotId: "x", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_NIGHT_REPLY}}})
	require.NoError(t, err)
	first, err := api.ListRobots(ctx, &flowdeskv1.ListRobotsRequest{PageSize: 1})
	require.NoError(t, err)
	second, err := api.ListRobots(ctx, &flowdeskv1.ListRobotsRequest{PageSize: 1, PageToken: first.GetNextPageToken()})
	require.NoError(t, err)
	require.Empty(t, second.GetNextPageToken())
	require.NotEqual(t, first.GetRobots()[0].GetName(), second.GetRobots()[0].GetName())
	_, err = api.ListRobots(ctx, &flowdeskv1.ListRobotsRequest{PageToken: first.GetNextPageToken(), Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_NOTIFY}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_PAGE_TOKEN)
	_, err = api.DeleteRobot(ctx, &flowdeskv1.DeleteRobotRequest{Name: "robots/day"})
	require.NoError(t, err)
}

// What a robot heard at another server, or before this one started, is in the database: its callbacks do arrive.
func TestCallbacksAtAnotherServerCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(deps *server.Deps, face *server.HTTPDeps) { deps.Callbacks = face.Callbacks })
	api := flowdeskv1.NewRobotServiceClient(f.conn)
	for _, robot := range []string{"day", "night"} {
		_, err := api.CreateRobot(t.Context(), &flowdeskv1.CreateRobotRequest{Id: robot, Robot: &flowdeskv1.Robot{RobotId: robot, Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}}})
		require.NoError(t, err)
	}
	f.publish(t.Context(), "hears", hears)
	callbacks := func(robot string) *flowdeskv1.HealthCheck {
		health, err := api.CheckRobotHealth(t.Context(), &flowdeskv1.CheckRobotHealthRequest{Name: "robots/" + robot, LocalOnly: true})
		require.NoError(t, err)
		checks := health.GetHealth().GetChecks()
		require.Equal(t, "callbacks", checks[len(checks)-1].GetCheck())
		return checks[len(checks)-1]
	}
	require.False(t, callbacks("day").GetOk(), "nobody was heard anywhere")
	f.say("g", "在吗") // as another server stores it: not by an address of this one
	require.True(t, callbacks("day").GetOk())
	require.False(t, callbacks("night").GetOk(), "another robot heard it")
}

func TestPeopleAndPresence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewDirectoryServiceClient(f.conn)
	created := f.ok(http.MethodPost, "/v1/people?person_id=wang", `{"title":"王姐","role":"ROLE_AFTER_SALES","names":["售后-王姐"]}`)
	require.Equal(t, "people/wang", created["name"])
	changed := f.ok(http.MethodPatch, "/v1/people/wang", `{"management":true}`)
	require.Equal(t, true, changed["management"])
	require.Equal(t, "王姐", changed["title"])
	_, err := api.UpdatePerson(ctx, &flowdeskv1.UpdatePersonRequest{Person: &flowdeskv1.Person{Name: "people/wang", Etag: "old", Title: "x"}})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
	code, _, body := f.rest(http.MethodPatch, "/v1/people/wang?update_mask=title", `{}`)
	require.Equal(t, http.StatusBadRequest, code, "the result must be a valid person: %s", body)
	set, err := api.SetPresence(ctx, &flowdeskv1.SetPresenceRequest{Name: "people/wang", Presence: flowdeskv1.Presence_PRESENCE_BUSY})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.Presence_PRESENCE_BUSY, set.GetPerson().GetPresence())
}

func TestAMergedGroupsOpenWorkMovesAlong(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api := t.Context(), flowdeskv1.NewDirectoryServiceClient(f.conn)
	from, into := f.group("买家群"), f.group("买家群（新）")
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	task, err := tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: from, Title: "核对订单"}})
	require.NoError(t, err)
	_, err = api.MergeGroups(ctx, &flowdeskv1.MergeGroupsRequest{Name: "groups/" + into, Source: "groups/" + into})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	merged, err := api.MergeGroups(ctx, &flowdeskv1.MergeGroupsRequest{Name: "groups/" + into, Source: "groups/" + from})
	require.NoError(t, err)
	require.Len(t, merged.GetGroup().GetAliases(), 2)
	for group, turns := range map[string]int{from: 2, into: 1} { // the opening of the task, its going and its arrival
		made, err := f.store.ListTurns(ctx, group, 0, 10)
		require.NoError(t, err)
		require.Len(t, made, turns)
	}
	moved, err := tasks.GetTrackTask(ctx, &flowdeskv1.GetTrackTaskRequest{Name: task.GetTrackTask().GetName()})
	require.NoError(t, err)
	require.Equal(t, into, moved.GetTrackTask().GetGroupId())
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_PENDING, moved.GetTrackTask().GetState())
	_, err = tasks.CompleteTrackTask(ctx, &flowdeskv1.CompleteTrackTaskRequest{Name: moved.GetTrackTask().GetName()})
	require.NoError(t, err)
	_, err = api.UpdateGroup(ctx, &flowdeskv1.UpdateGroupRequest{Group: &flowdeskv1.Group{Name: "groups/" + from, Title: "x"}})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_MERGED)
}

func TestSettingsAreJudgedBeforeTheyCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	whole := f.ok(http.MethodGet, "/v1/settings", "")
	require.Equal(t, "Asia/Shanghai", whole["timeZone"])
	require.Empty(t, f.ok(http.MethodGet, "/v1/settings?stored_only=true", "")["timeZone"])
	for body, field := range map[string]string{
		`{"timeZone":"Mars/Olympus"}`: "settings.time_zone",
		`{"delayRules":[{"name":"day","window":{"start":"09:00","end":"21:00"},"immediate":true}]}`: "settings.delay_rules",
	} {
		code, _, answer := f.rest(http.MethodPatch, "/v1/settings", body)
		require.Equal(t, http.StatusBadRequest, code)
		require.Contains(t, string(answer), field)
	}
	changed := f.ok(http.MethodPatch, "/v1/settings", `{"busyTasks":5,"dayShift":{"start":"08:00","end":"20:00"}}`)
	require.InDelta(t, 5, changed["busyTasks"], 0)
	require.Equal(t, int32(5), f.runner.Env().GetSettings().GetBusyTasks())
	require.Equal(t, "08:00", f.runner.Env().GetSettings().GetDayShift().GetStart())
}

func TestWhyAMessageGotItsAnswer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, group := t.Context(), f.group("买家群")
	flowsAPI := flowdeskv1.NewFlowServiceClient(f.conn)
	_, err := flowsAPI.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "reply", Flow: &flowdeskv1.Flow{Definition: userReply(t)}})
	require.NoError(t, err)
	_, err = flowsAPI.PublishFlow(ctx, &flowdeskv1.PublishFlowRequest{Name: "flows/reply"})
	require.NoError(t, err)
	f.ok(http.MethodPost, "/v1/people?person_id=wang", `{"title":"王姐","role":"ROLE_AFTER_SALES"}`)
	turn := f.say(group, "请问怎么申请退款？")
	answer := f.ok(http.MethodGet, "/v1/messages/"+turn.GetEvent().GetId()+":why", "")
	require.NotEmpty(t, answer["path"])
	require.NotEmpty(t, answer["guards"])
	require.NotNil(t, answer["understanding"])
	require.Equal(t, "PRESENCE_OFFLINE", answer["staff"].([]any)[0].(map[string]any)["presence"])
	instances := f.ok(http.MethodGet, "/v1/instances?message=messages/"+turn.GetEvent().GetId(), "")["instances"].([]any)
	require.Len(t, instances, 1)
	name, _ := instances[0].(map[string]any)["name"].(string)
	trace := f.ok(http.MethodGet, "/v1/"+name+":trace?page_size=1", "")
	require.NotEmpty(t, trace["steps"])
	require.NotNil(t, f.ok(http.MethodGet, "/v1/"+name+":why", "")["summary"])
	require.Equal(t, "INTENT_HANDOFF", f.ok(http.MethodPost, "/v1/text:understand", `{"text":"转人工","locale":"zh"}`)["intent"])
}

func TestRESTErrorsAreStatuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cases := []struct {
		method, path, body, reason string
		code                       int
	}{
		{http.MethodGet, "/v1/flows/none", "", "ERROR_REASON_NOT_FOUND", http.StatusNotFound},
		{http.MethodGet, "/v1/nothing", "", "ERROR_REASON_NO_SUCH_METHOD", http.StatusNotFound},
		{http.MethodPut, "/v1/flows", "{}", "ERROR_REASON_NO_SUCH_METHOD", http.StatusMethodNotAllowed},
		{http.MethodPost, "/v1/text:understand", "{", "ERROR_REASON_INVALID_JSON", http.StatusBadRequest},
		{http.MethodPost, "/v1/text:understand", `{"txt":"x"}`, "ERROR_REASON_INVALID_JSON", http.StatusBadRequest},
		{http.MethodPost, "/v1/text:understand", `{"text":"` + strings.Repeat("x", 9<<20) + `"}`, "ERROR_REASON_TOO_LARGE", http.StatusRequestEntityTooLarge},
		{http.MethodPost, "/v1/text:understand", `{"text":"x","locale":"1"}`, "ERROR_REASON_INVALID_FIELD", http.StatusBadRequest},
		{http.MethodGet, "/v1/alerts?page_token=zzz", "", "ERROR_REASON_INVALID_PAGE_TOKEN", http.StatusBadRequest},
		{http.MethodGet, "/v1/alerts:watch?resume_token=zzz", "", "ERROR_REASON_INVALID_RESUME_TOKEN", http.StatusBadRequest},
	}
	for _, c := range cases {
		code, headers, body := f.rest(c.method, c.path, c.body, "X-Request-Id", "mine-1")
		require.Equal(t, c.code, code, "%s %s: %s", c.method, c.path, body)
		require.Contains(t, string(body), c.reason, "%s %s", c.method, c.path)
		require.Equal(t, "application/json", headers.Get("Content-Type"))
	}
	code, headers, _ := f.rest(http.MethodGet, "/v1/alerts", "", "X-Request-Id", "mine-1")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "mine-1", headers.Get("X-Request-Id"))
}

func TestHealthCatalogAndDescription(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json"} {
		code, _, _ := f.rest(http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, code, path)
	}
	health, err := healthv1.NewHealthClient(f.conn).Check(t.Context(), &healthv1.HealthCheckRequest{Service: "flowdesk.v1.FlowService"})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, health.GetStatus())
	types := f.ok(http.MethodGet, "/v1/nodeTypes", "")["nodeTypes"].([]any)
	require.GreaterOrEqual(t, len(types), 28)
	one := f.ok(http.MethodGet, "/v1/nodeTypes/DELAY_CONTROL", "")
	require.InDelta(t, 22, one["number"], 0)
	require.NotEmpty(t, one["fields"])
	schema, err := flowdeskv1.NewCatalogServiceClient(f.conn).GetSchema(t.Context(), &flowdeskv1.GetSchemaRequest{})
	require.NoError(t, err)
	set := &descriptorpb.FileDescriptorSet{}
	require.NoError(t, proto.Unmarshal(schema.GetFileDescriptorSet(), set))
	files, err := protodesc.NewFiles(set)
	require.NoError(t, err, "the set is complete, imports first")
	_, err = files.FindDescriptorByName("flowdesk.v1.FlowDefinition")
	require.NoError(t, err)
}

func TestBrowsersSpeakToTheSameServer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address := f.url + "/flowdesk.v1.TextService/Understand"
	for name, option := range map[string]connect.ClientOption{"gRPC-Web": connect.WithGRPCWeb(), "Connect": connect.WithProtoJSON()} {
		client := connect.NewClient[flowdeskv1.UnderstandRequest, flowdeskv1.UnderstandResponse](http.DefaultClient, address, option)
		answer, err := client.CallUnary(t.Context(), connect.NewRequest(&flowdeskv1.UnderstandRequest{Text: "转人工"}))
		require.NoError(t, err, name)
		require.True(t, answer.Msg.GetUnderstanding().GetHandoff(), name)
		_, err = client.CallUnary(t.Context(), connect.NewRequest(&flowdeskv1.UnderstandRequest{Locale: "1"}))
		require.Equal(t, connect.CodeInvalidArgument, connect.CodeOf(err), name)
	}
	watch := connect.NewClient[flowdeskv1.WatchAlertsRequest, flowdeskv1.WatchAlertsResponse](http.DefaultClient, f.url+"/flowdesk.v1.AlertService/WatchAlerts", connect.WithGRPCWeb())
	stream, err := watch.CallServerStream(t.Context(), connect.NewRequest(&flowdeskv1.WatchAlertsRequest{}))
	require.NoError(t, err)
	require.True(t, stream.Receive(), "%v", stream.Err())
	require.NotNil(t, stream.Msg().GetHeartbeat())
}
