package access_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
)

var update = flag.Bool("update", false, "write the golden files anew")

// methods are all methods of our services by their full names.
func methods() map[string]protoreflect.MethodDescriptor {
	all := make(map[string]protoreflect.MethodDescriptor)
	protoregistry.GlobalFiles.RangeFilesByPackage("flowdesk.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				m := service.Methods().Get(j)
				all["/"+string(service.FullName())+"/"+string(m.Name())] = m
			}
		}
		return true
	})
	return all
}

func TestEveryMethodStandsInTheTable(t *testing.T) {
	t.Parallel()
	all := methods()
	require.NotEmpty(t, all)
	for method := range all {
		rule, known := access.Rules()[method]
		require.True(t, known, "%s has no row in table.go: say who may call it", method)
		require.Equal(t, 1, count(rule.Public)+count(rule.Any)+count(len(rule.Roles) > 0), "%s says in one way who may call it", method)
		require.Len(t, rule.Roles, len(unique(rule.Roles)), "%s names a role twice", method)
	}
	for method := range access.Rules() {
		if strings.HasPrefix(method, "/flowdesk.") {
			require.Contains(t, all, method, "the table has a row for a method that does not exist")
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func unique(roles []flowdeskv1.AccessRole) map[flowdeskv1.AccessRole]bool {
	set := make(map[flowdeskv1.AccessRole]bool)
	for _, r := range roles {
		set[r] = true
	}
	return set
}

// roles in the order of the matrix.
var roles = []flowdeskv1.AccessRole{
	flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, flowdeskv1.AccessRole_ACCESS_ROLE_EDITOR,
	flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, flowdeskv1.AccessRole_ACCESS_ROLE_ROBOT, flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE,
}

func roleName(r flowdeskv1.AccessRole) string {
	return strings.ToLower(strings.TrimPrefix(r.String(), "ACCESS_ROLE_"))
}

// The whole matrix stands in a file, so that a change of it is seen in review: with -update it is written anew.
func TestTheMatrixIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	fmt.Fprintf(&got, "%-58s", "method")
	for _, r := range roles {
		fmt.Fprintf(&got, " %-9s", roleName(r))
	}
	fmt.Fprintf(&got, " %-6s %s\n", "nobody", "with groups   recorded")
	all := methods()
	for _, method := range slices.Sorted(maps.Keys(access.Rules())) {
		rule := access.Rules()[method]
		fmt.Fprintf(&got, "%-58s", access.ShortMethod(method))
		mark := func(allowed bool) string { return map[bool]string{true: "yes", false: "-"}[allowed] }
		for _, r := range roles {
			fmt.Fprintf(&got, " %-9s", mark((&access.Caller{Role: r}).May(method)))
		}
		limited := "refused"
		if m := all[method]; (&access.Caller{Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, Groups: []string{"g"}}).May(method) {
			limited = "unlimited"
			if m != nil {
				if _, ok := rule.Named(dynamicpb.NewMessage(m.Input())); !ok {
					limited = "its own"
				}
			}
			if rule.Filtered() {
				limited = "filtered"
			}
		}
		fmt.Fprintf(&got, " %-6s %-13s %s\n", mark(rule.Public), limited, mark(rule.Recorded()))
	}
	const golden = "testdata/matrix.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "the matrix changed; if that is meant, run with -update and commit it")
}

func TestNothingIsAllowedByDefault(t *testing.T) {
	t.Parallel()
	nobody := &access.Caller{}
	admin := &access.Caller{Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN}
	for method, rule := range access.Rules() {
		require.Equal(t, rule.Public || rule.Any, nobody.May(method), method)
		require.True(t, admin.May(method), "an admin may do everything: %s", method)
	}
	require.False(t, admin.May("/flowdesk.v1.FlowService/DropEverything"))
}

// What changes something is not for viewers, and is recorded.
func TestWhatWritesIsRecorded(t *testing.T) {
	t.Parallel()
	reads := []string{"Get", "List", "Watch", "Why", "Trace", "Compare", "Validate", "TestRun", "Understand", "WhoAmI", "CheckRobotHealth", "SignIn", "SignOut", "RunTestCase", "Count", "Query", "Export", "Preview", "VisitFlow"}
	for method := range methods() {
		_, name, _ := strings.Cut(access.ShortMethod(method), ".")
		reading := slices.ContainsFunc(reads, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		reading = reading || strings.Contains(name, "Simulat") // nothing of them stays
		require.Equal(t, !reading, access.Rules()[method].Change, "%s: a method that changes something is recorded, one that reads is not", method)
		// How somebody wants a list to look and what they have read is nobody else's business, and a record for every column and message would bury
		// those of the work.
		require.Equal(t, name == "PutListLook" || strings.HasPrefix(name, "MarkSession"), access.Rules()[method].Own, method)
		viewer := &access.Caller{Role: flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER}
		if rule := access.Rules()[method]; rule.Change && !rule.Own && !rule.Public && !rule.Any {
			require.False(t, viewer.May(method), "a viewer changes nothing that others see: %s", method)
		}
	}
}

// A row that names a field that is not there would let a caller with groups through.
func TestScopesNameFieldsThatExist(t *testing.T) {
	t.Parallel()
	for method, m := range methods() {
		for _, path := range access.Rules()[method].Fields() {
			at := m.Input()
			parts := strings.Split(path, ".")
			for i, part := range parts {
				field := at.Fields().ByName(protoreflect.Name(part))
				require.NotNil(t, field, "%s: the request has no field %s", method, path)
				if i < len(parts)-1 {
					at = field.Message()
				} else {
					require.Equal(t, protoreflect.StringKind, field.Kind(), "%s: %s", method, path)
				}
			}
		}
	}
}

// An answer that is filtered holds nothing whose groups the filter cannot tell.
func TestFilteredAnswersHoldWhatTheFilterKnows(t *testing.T) {
	t.Parallel()
	for method, m := range methods() {
		if !access.Rules()[method].Filtered() {
			continue
		}
		known := 0
		for i := range m.Output().Fields().Len() {
			field := m.Output().Fields().Get(i)
			if field.Kind() != protoreflect.MessageKind || field.Message().Name() == "Heartbeat" {
				continue
			}
			kind, err := protoregistry.GlobalTypes.FindMessageByName(field.Message().FullName())
			require.NoError(t, err)
			require.Len(t, access.GroupsOf(kind.New().Interface()), 1, "%s: the filter does not know %s", method, field.Message().Name())
			known++
		}
		require.NotZero(t, known, method)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	c := &access.Caller{Groups: []string{"a", "b"}}
	list := &flowdeskv1.ListTrackTasksResponse{TrackTasks: []*flowdeskv1.TrackTask{{Id: "1", GroupId: "a"}, {Id: "2", GroupId: "x"}, {Id: "3", GroupId: "b"}, {Id: "4"}}}
	require.True(t, c.Filter(list))
	require.Len(t, list.GetTrackTasks(), 2, "what belongs to no group is not for somebody who has groups")
	across := &flowdeskv1.Command{Session: "a", TargetSession: "x"}
	for want, report := range map[bool][]proto.Message{
		true: {
			&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_TrackTask{TrackTask: &flowdeskv1.TrackTask{GroupId: "a"}}},
			&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_Heartbeat{Heartbeat: &flowdeskv1.Heartbeat{}}, ResumeToken: "t"},
		},
		false: {
			&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_TrackTask{TrackTask: &flowdeskv1.TrackTask{GroupId: "x"}}},
			&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_Deleted{Deleted: "trackTasks/9"}},
			&flowdeskv1.WatchCommandsResponse{Report: &flowdeskv1.WatchCommandsResponse_Command{Command: across}},
		},
	} {
		for _, r := range report {
			require.Equal(t, want, c.Filter(r), "%v", r)
		}
	}
	all := &flowdeskv1.ListTrackTasksResponse{TrackTasks: []*flowdeskv1.TrackTask{{GroupId: "x"}}}
	require.True(t, (&access.Caller{}).Filter(all))
	require.Len(t, all.GetTrackTasks(), 1)
}

func TestScopesOfKeys(t *testing.T) {
	t.Parallel()
	key := &access.Caller{Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, Methods: []string{"TaskService.*", "FlowService.GetFlow", "/metrics"}}
	for method, want := range map[string]bool{
		flowdeskv1.TaskService_ListTrackTasks_FullMethodName: true, flowdeskv1.FlowService_GetFlow_FullMethodName: true, access.MetricsPath: true,
		flowdeskv1.FlowService_GetFlowVersion_FullMethodName: false, flowdeskv1.AccessService_CreateUser_FullMethodName: false, access.PprofPath: false,
		flowdeskv1.AccessService_SignIn_FullMethodName: true,
	} {
		require.Equal(t, want, key.May(method), method)
	}
	grouped := &access.Caller{Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, Groups: []string{"g"}}
	require.False(t, grouped.May(flowdeskv1.SettingsService_UpdateSettings_FullMethodName), "it is about the whole organisation")
	require.True(t, grouped.May(flowdeskv1.TaskService_ListTrackTasks_FullMethodName))
}
