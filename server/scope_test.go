package server_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/storage"
)

// tells is a flow that does something of every kind in its group, and tells another group of it.
const tells = `{"title":"Tells","nodes":[{"id":"start","triggerManual":{}},
	{"id":"raise","raiseAlert":{"level":"ALERT_LEVEL_ERROR","text":"%[1]s 告警"}},{"id":"task","createTask":{"title":"%[1]s 任务"}},
	{"id":"across","notify":{"text":"%[1]s 跨群","targets":[{"session":"%[2]s"}]}},{"id":"own","notify":{"text":"%[1]s 本群","targets":[{"session":"%[3]s"}]}},
	{"id":"wait","wait":{"duration":"3600s"}},{"id":"done","analysisTrigger":{}}],
	"edges":[{"from":"start","to":"raise"},{"from":"raise","to":"task"},{"from":"task","to":"across"},{"from":"across","to":"own"},{"from":"own","to":"wait"},{"from":"wait","to":"done"}]}`

// belongings are the names of what a group has, by collection.
type belongings struct {
	group  string
	names  map[string]string // by collection
	across string            // the command by which its flow says something in the other group
	mark   string            // stands in every text of the group
}

// hears is a flow that stores what is said.
const hears = `{"title":"Hears","nodes":[{"id":"start","triggerWebhook":{}},{"id":"receive","messageReceive":{}},{"id":"done","analysisTrigger":{}}],
		"edges":[{"from":"start","to":"receive"},{"from":"receive","to":"done"},{"from":"receive","port":"duplicate","to":"done"}]}`

// twoGroups are groups with one thing of every kind, each of which said something in the other.
func (f *fixture) twoGroups(key string) (own, other *belongings) {
	f.t.Helper()
	admin := f.as(key)
	f.publish(admin, "hears", hears)
	directory := flowdeskv1.NewDirectoryServiceClient(f.conn)
	of := make(map[string]*belongings)
	for _, mark := range []string{"ours", "canary"} {
		made, err := directory.CreateGroup(admin, &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{
			Title: mark + "群", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Aliases: []*flowdeskv1.GroupAlias{{Robot: "day", Title: mark + "群"}},
		}})
		require.NoError(f.t, err)
		of[mark] = &belongings{group: made.GetGroup().GetId(), mark: mark, names: map[string]string{"groups": made.GetGroup().GetName(), "sessions": "sessions/" + made.GetGroup().GetId()}}
	}
	own, other = of["ours"], of["canary"]
	for _, pair := range [][2]*belongings{{own, other}, {other, own}} {
		b := pair[0]
		b.names["messages"] = "messages/" + f.say(b.group, b.mark+" 在吗").GetEvent().GetId()
		noted, err := flowdeskv1.NewSessionServiceClient(f.conn).CreateSessionNote(admin, &flowdeskv1.CreateSessionNoteRequest{
			Parent: b.names["sessions"], SessionNote: &flowdeskv1.SessionNote{Text: b.mark + " 备注"},
		})
		require.NoError(f.t, err)
		b.names["notes"] = noted.GetSessionNote().GetName()
		f.publish(admin, b.mark, fmt.Sprintf(tells, b.mark, pair[1].group, b.group))
		started, err := flowdeskv1.NewInstanceServiceClient(f.conn).StartInstance(admin, &flowdeskv1.StartInstanceRequest{Flow: "flows/" + b.mark, Session: b.names["sessions"], Text: b.mark})
		require.NoError(f.t, err)
		b.names["instances"] = started.GetInstance().GetName()
		alerts, _, err := f.store.ListAlerts(f.t.Context(), storage.AlertFilter{Session: b.group}, storage.Page{})
		require.NoError(f.t, err)
		b.names["alerts"] = "alerts/" + alerts[0].GetId()
		tasks, _, err := f.store.ListTasks(f.t.Context(), storage.TaskFilter{Group: b.group}, storage.Page{})
		require.NoError(f.t, err)
		b.names["trackTasks"] = "trackTasks/" + tasks[0].GetId()
		commands, _, err := f.store.ListCommands(f.t.Context(), storage.CommandFilter{Session: b.group}, storage.Page{})
		require.NoError(f.t, err)
		require.Len(f.t, commands, 2)
		for _, c := range commands {
			if c.GetTargetSession() == b.group {
				b.names["commands"] = "commands/" + c.GetId()
				continue
			}
			b.across = "commands/" + c.GetId()
		}
	}
	return own, other
}

// publish makes a flow run.
func (f *fixture) publish(admin context.Context, name, file string) {
	f.t.Helper()
	flows := flowdeskv1.NewFlowServiceClient(f.conn)
	read, err := flowfile.Read([]byte(file))
	require.NoError(f.t, err)
	_, err = flows.CreateFlow(admin, &flowdeskv1.CreateFlowRequest{FlowId: name, Flow: &flowdeskv1.Flow{Definition: read}})
	require.NoError(f.t, err)
	_, err = flows.PublishFlow(admin, &flowdeskv1.PublishFlowRequest{Name: "flows/" + name})
	require.NoError(f.t, err)
}

// collections are those of the resources whose names a request's field holds, by service for the field name.
var collections = map[string]string{
	"session": "sessions", "parent": "sessions", "target_session": "sessions", "group_id": "sessions", "message": "messages", "instance": "instances", "reply_to": "messages",
	"AlertService": "alerts", "DirectoryService": "groups", "InstanceService": "instances", "QueueService": "commands", "SessionService": "sessions", "TaskService": "trackTasks",
	"GetMessage": "messages", "WithdrawMessage": "messages", "WhyMessage": "messages",
	"GetSessionNote": "notes", "UpdateSessionNote": "notes", "DeleteSessionNote": "notes",
}

// naming fills a request: the fields that the table looks at with the names of one group, all others that name things with those of another.
func naming(m protoreflect.MessageDescriptor, method string, rule access.Rule, looked, others *belongings) *dynamicpb.Message {
	service, name, _ := strings.Cut(access.ShortMethod(method), ".")
	var fill func(request *dynamicpb.Message, path string)
	fill = func(request *dynamicpb.Message, path string) {
		for i := range request.Descriptor().Fields().Len() {
			field := request.Descriptor().Fields().Get(i)
			at := path + string(field.Name())
			switch {
			case field.IsList() || field.IsMap():
			case field.Kind() == protoreflect.MessageKind && slices.Contains([]protoreflect.Name{"command", "track_task", "session_note"}, field.Name()):
				inner := dynamicpb.NewMessage(field.Message())
				fill(inner, at+".")
				request.Set(field, protoreflect.ValueOfMessage(inner))
			case at == "until":
				data, err := proto.Marshal(timestamppb.New(morning().Add(time.Hour)))
				until := dynamicpb.NewMessage(field.Message())
				if err == nil && proto.Unmarshal(data, until) == nil && !rule.Filtered() {
					request.Set(field, protoreflect.ValueOfMessage(until))
				}
			case at == "state" && name == "UpdateCommandState":
				request.Set(field, protoreflect.ValueOfEnum(protoreflect.EnumNumber(flowdeskv1.CommandState_COMMAND_STATE_COMPLETED)))
			case field.Kind() == protoreflect.StringKind:
				from, collection := others, collections[string(field.Name())]
				if slices.Contains(rule.Fields(), at) {
					from = looked
				}
				if field.Name() == "name" {
					if collection = collections[name]; collection == "" {
						collection = collections[service]
					}
				}
				if path == "track_task." && (field.Name() == "assignee" || collection == "messages" || collection == "instances" || name == "CreateTrackTask" && field.Name() == "name") ||
					name == "CreateSessionNote" && field.Name() == "name" || path == "command." && field.Name() != "target_session" && field.Name() != "text" && field.Name() != "reply_to" {
					continue // what only the server sets
				}
				if from != nil && collection != "" {
					request.Set(field, protoreflect.ValueOfString(from.names[collection]))
				}
				if slices.Contains([]string{"text", "title", "reason", "assignee", "person"}, string(field.Name())) && !rule.Filtered() {
					request.Set(field, protoreflect.ValueOfString("x"))
				}
				if at == "flow" && looked != nil && name == "StartInstance" {
					request.Set(field, protoreflect.ValueOfString("flows/"+looked.mark))
				}
				if at == "signal" {
					request.Set(field, protoreflect.ValueOfString("go"))
				}
			}
		}
	}
	request := dynamicpb.NewMessage(m)
	fill(request, "")
	return request
}

// everything is what is stored of a group, but for what the group's session itself is told of by others.
func (f *fixture) everything(b *belongings) map[string]proto.Message {
	f.t.Helper()
	all := make(map[string]proto.Message)
	ctx := f.t.Context()
	session, err := f.store.GetSession(ctx, b.group)
	require.NoError(f.t, err)
	all["session"] = session
	group, err := f.store.GetGroup(ctx, b.group)
	require.NoError(f.t, err)
	all["group"] = group
	alerts, _, err := f.store.ListAlerts(ctx, storage.AlertFilter{Session: b.group}, storage.Page{})
	require.NoError(f.t, err)
	all["alerts"] = &flowdeskv1.ListAlertsResponse{Alerts: alerts}
	tasks, _, err := f.store.ListTasks(ctx, storage.TaskFilter{Group: b.group}, storage.Page{})
	require.NoError(f.t, err)
	all["tasks"] = &flowdeskv1.ListTrackTasksResponse{TrackTasks: tasks}
	commands, _, err := f.store.ListCommands(ctx, storage.CommandFilter{Session: b.group}, storage.Page{})
	require.NoError(f.t, err)
	all["commands"] = &flowdeskv1.ListCommandsResponse{Commands: commands}
	instances, _, err := f.store.ListInstances(ctx, storage.InstanceFilter{Session: b.group}, storage.Page{})
	require.NoError(f.t, err)
	all["instances"] = &flowdeskv1.ListInstancesResponse{Instances: instances}
	messages, _, err := f.store.ListMessages(ctx, storage.MessageFilter{Session: b.group}, storage.Page{})
	require.NoError(f.t, err)
	all["messages"] = &flowdeskv1.ListMessagesResponse{Messages: messages}
	notes, _, err := f.store.ListSessionNotes(ctx, storage.SessionNoteFilter{Session: b.group}, storage.Page{})
	require.NoError(f.t, err)
	require.NotEmpty(f.t, notes)
	all["notes"] = &flowdeskv1.ListSessionNotesResponse{SessionNotes: notes}
	return all
}

// leaks are the words in an answer that only the other group has, its texts and the ids of its things, in tokens too.
func leaks(answer proto.Message, other *belongings) (found []string) {
	text := protojson.Format(answer)
	answer.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if strings.HasSuffix(string(field.Name()), "_token") {
			for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
				if raw, err := encoding.DecodeString(value.String()); err == nil {
					text += string(raw)
				}
			}
		}
		return true
	})
	for _, word := range append(slices.Collect(maps.Values(other.names)), other.mark, other.across) {
		if word = idOnly(word); strings.Contains(text, word) {
			found = append(found, word)
		}
	}
	return found
}

func idOnly(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// A key of one group can neither read nor change anything of another by any method: whether it names nothing, the other's things, or its own
// things together with the other's.
func TestAKeyOfOneGroupReachesNothingOfAnother(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	own, other := f.twoGroups(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil))
	key := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, []string{own.group}, nil))
	caller := &access.Caller{Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, Groups: []string{own.group}}
	before := f.everything(other)
	answered := make(map[string]bool)
	methods := slices.Sorted(maps.Keys(access.Rules()))
	slices.SortStableFunc(methods, func(a, b string) int { return strings.Compare(ends.FindString(a), ends.FindString(b)) }) // what ends things is last
	for _, method := range methods {
		rule := access.Rules()[method]
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")))
		if err != nil || rule.Public || !strings.HasPrefix(method, "/flowdesk.v1.") || strings.HasSuffix(method, "/SignOut") {
			continue
		}
		m, ok := found.(protoreflect.MethodDescriptor)
		require.True(t, ok, method)
		if !caller.May(method) {
			require.Equal(t, codes.PermissionDenied, f.call(key, method), "%s is about the whole organisation", method)
			continue
		}
		for _, way := range []struct {
			name           string
			looked, others *belongings
		}{{"nothing", nil, nil}, {"theirs", other, other}, {"ours, theirs beside", own, other}, {"ours", own, nil}} {
			name, request := way.name, naming(m.Input(), method, rule, way.looked, way.others)
			if m.IsStreamingServer() {
				if name == "theirs" && len(rule.Fields()) > 0 {
					require.Equal(t, codes.PermissionDenied, f.firstOf(key, method, m, request), "%s: %s", method, name)
				}
				continue // what it reports is looked at below
			}
			answer := dynamicpb.NewMessage(m.Output())
			err := f.conn.Invoke(key, method, request, answer)
			if err == nil {
				answered[method+" "+name] = true
				typed := typedAnswer(t, answer)
				require.Empty(t, leaks(typed, other), "%s: %s: %s", method, name, protojson.Format(typed))
				continue
			}
			if name == "theirs" && len(rule.Fields()) > 0 {
				require.Equal(t, codes.PermissionDenied, status.Code(err), "%s: %s: %v", method, name, err)
			}
			require.NotContains(t, err.Error(), other.mark, "%s: %s", method, name)
		}
		require.Empty(t, cmp.Diff(before, f.everything(other), protocmp.Transform()), "%s changed something of the other group", method)
	}
	for _, method := range []string{ // the test would be worth nothing were these refused for another reason
		flowdeskv1.SessionService_GetSession_FullMethodName, flowdeskv1.SessionService_WhyMessage_FullMethodName, flowdeskv1.InstanceService_WhyInstance_FullMethodName,
		flowdeskv1.QueueService_GetCommand_FullMethodName, flowdeskv1.TaskService_UpdateTrackTask_FullMethodName, flowdeskv1.AlertService_AcknowledgeAlert_FullMethodName,
		flowdeskv1.QueueService_EnqueueCommand_FullMethodName, flowdeskv1.TaskService_CreateTrackTask_FullMethodName, flowdeskv1.InstanceService_TraceInstance_FullMethodName,
		flowdeskv1.SessionService_CreateSessionNote_FullMethodName, flowdeskv1.SessionService_UpdateSessionNote_FullMethodName,
		flowdeskv1.SessionService_DeleteSessionNote_FullMethodName, flowdeskv1.SessionService_MarkSessionUnread_FullMethodName,
	} {
		require.True(t, answered[method+" ours"] || answered[method+" ours, theirs beside"], "%s must work for the own group: %v", method, answered)
	}
}

var ends = regexp.MustCompile("/(Delete|Cancel|Complete|Resolve|Withdraw|HandBack).*")

// typedAnswer is an answer as the message that it is.
func typedAnswer(t *testing.T, answer *dynamicpb.Message) proto.Message {
	t.Helper()
	data, err := proto.Marshal(answer)
	require.NoError(t, err)
	kind, err := protoregistry.GlobalTypes.FindMessageByName(answer.Descriptor().FullName())
	require.NoError(t, err)
	typed := kind.New().Interface()
	require.NoError(t, proto.Unmarshal(data, typed))
	return typed
}

// firstOf is how a stream begins.
func (f *fixture) firstOf(ctx context.Context, method string, m protoreflect.MethodDescriptor, request proto.Message) codes.Code {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	stream, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	require.NoError(f.t, err)
	require.NoError(f.t, stream.SendMsg(request))
	require.NoError(f.t, stream.CloseSend())
	return status.Code(stream.RecvMsg(dynamicpb.NewMessage(m.Output())))
}

// Why something was said tells of what a flow said in other groups only to who reaches them.
func TestWhyTellsNothingOfOtherGroups(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	own, other := f.twoGroups(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil))
	key := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, []string{own.group}, nil))
	sessions := flowdeskv1.NewSessionServiceClient(f.conn)
	whole, err := flowdeskv1.NewInstanceServiceClient(f.conn).WhyInstance(f.admin(), &flowdeskv1.WhyInstanceRequest{Name: own.names["instances"]})
	require.NoError(t, err)
	require.Len(t, whole.GetDerivation().GetCommands(), 2, "who reaches both is told all")
	instance, err := flowdeskv1.NewInstanceServiceClient(f.conn).WhyInstance(key, &flowdeskv1.WhyInstanceRequest{Name: own.names["instances"]})
	require.NoError(t, err)
	require.Len(t, instance.GetDerivation().GetCommands(), 1, "what our flow said in the other group stands there")
	require.Equal(t, own.group, instance.GetDerivation().GetCommands()[0].GetTargetSession())
	session, err := sessions.GetSession(key, &flowdeskv1.GetSessionRequest{Name: own.names["sessions"]})
	require.NoError(t, err)
	require.Len(t, session.GetSession().GetCommands(), 1)
	require.NotEqual(t, other.group, session.GetSession().GetCommands()[0].GetTargetSession())
}

// The pages of a list tell nothing of what else there is: neither by a token nor by there being one.
func TestPagesTellNothingOfOtherGroups(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	own, _ := f.twoGroups(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil))
	key := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE, []string{own.group}, nil))
	for name, list := range map[string]func(query string) (int, string, error){
		"sessions": func(query string) (int, string, error) {
			l, err := flowdeskv1.NewSessionServiceClient(f.conn).ListSessions(key, &flowdeskv1.ListSessionsRequest{PageSize: 1, Query: query})
			return len(l.GetSessions()), l.GetNextPageToken(), err
		},
		"sessions, unattended first": func(query string) (int, string, error) {
			l, err := flowdeskv1.NewSessionServiceClient(f.conn).ListSessions(key, &flowdeskv1.ListSessionsRequest{PageSize: 1, Query: query, Order: flowdeskv1.SessionOrder_SESSION_ORDER_UNATTENDED})
			return len(l.GetSessions()), l.GetNextPageToken(), err
		},
		"groups": func(query string) (int, string, error) {
			l, err := flowdeskv1.NewDirectoryServiceClient(f.conn).ListGroups(key, &flowdeskv1.ListGroupsRequest{PageSize: 1, Query: query})
			return len(l.GetGroups()), l.GetNextPageToken(), err
		},
		"alerts": func(string) (int, string, error) {
			l, err := flowdeskv1.NewAlertServiceClient(f.conn).ListAlerts(key, &flowdeskv1.ListAlertsRequest{PageSize: 1})
			return len(l.GetAlerts()), l.GetNextPageToken(), err
		},
		"tasks": func(string) (int, string, error) {
			l, err := flowdeskv1.NewTaskServiceClient(f.conn).ListTrackTasks(key, &flowdeskv1.ListTrackTasksRequest{PageSize: 1})
			return len(l.GetTrackTasks()), l.GetNextPageToken(), err
		},
		"instances": func(string) (int, string, error) {
			l, err := flowdeskv1.NewInstanceServiceClient(f.conn).ListInstances(key, &flowdeskv1.ListInstancesRequest{PageSize: 1, Flow: "flows/ours"})
			return len(l.GetInstances()), l.GetNextPageToken(), err
		},
		"commands": func(string) (int, string, error) {
			l, err := flowdeskv1.NewQueueServiceClient(f.conn).ListCommands(key, &flowdeskv1.ListCommandsRequest{PageSize: 1})
			return len(l.GetCommands()), l.GetNextPageToken(), err
		},
	} {
		rows, token, err := list("")
		require.NoError(t, err, name)
		require.Equal(t, 1, rows, "%s: the own one is on the first page", name)
		require.Empty(t, token, "%s: there is no more that the key reaches", name)
		if strings.HasPrefix(name, "sessions") || name == "groups" {
			rows, token, err = list("canary")
			require.NoError(t, err)
			require.Zero(t, rows)
			require.Empty(t, token)
		}
	}
}

// A watch of everything reports what happens in the own group, and nothing of another.
func TestWatchesReportNothingOfOtherGroups(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := f.admin()
	own, other := f.twoGroups(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, nil, nil))
	ctx, cancel := context.WithTimeout(f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, []string{own.group}, nil)), 50*time.Second)
	defer cancel()
	type watch struct {
		method string
		stream grpc.ClientStream
		answer protoreflect.MessageDescriptor
	}
	var watches []watch
	next := func(w watch) proto.Message {
		answer := dynamicpb.NewMessage(w.answer)
		require.NoError(t, w.stream.RecvMsg(answer), w.method)
		return typedAnswer(t, answer)
	}
	for method, rule := range access.Rules() {
		if _, name, _ := strings.Cut(access.ShortMethod(method), "."); !rule.Filtered() || !strings.HasPrefix(name, "Watch") {
			continue
		}
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")))
		require.NoError(t, err)
		m, ok := found.(protoreflect.MethodDescriptor)
		require.True(t, ok)
		stream, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
		require.NoError(t, err)
		require.NoError(t, stream.SendMsg(dynamicpb.NewMessage(m.Input())))
		require.NoError(t, stream.CloseSend())
		w := watch{method, stream, m.Output()}
		next(w) // it is there
		watches = append(watches, w)
	}
	require.Len(t, watches, 7)
	directory := flowdeskv1.NewDirectoryServiceClient(f.conn)
	for _, b := range []*belongings{other, own} { // the other first: once ours is reported, the other's would have been
		f.say(b.group, b.mark+" 还在吗")
		_, err := flowdeskv1.NewInstanceServiceClient(f.conn).StartInstance(admin, &flowdeskv1.StartInstanceRequest{Flow: "flows/" + b.mark, Session: b.names["sessions"], Text: b.mark})
		require.NoError(t, err)
		_, err = directory.UpdateGroup(admin, &flowdeskv1.UpdateGroupRequest{Group: &flowdeskv1.Group{Name: b.names["groups"], Title: b.mark + " 新"}})
		require.NoError(t, err)
	}
	for _, w := range watches {
		for reported := false; !reported; {
			report := next(w)
			require.Empty(t, leaks(report, other), "%s: %s", w.method, protojson.Format(report))
			reported = strings.Contains(protojson.Format(report), "ours")
			if strings.HasSuffix(w.method, "WatchInstances") { // an instance bears no text but its flow's name
				reported = strings.Contains(protojson.Format(report), "instances/")
			}
		}
	}
}
