package server_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// Work for somebody whom nobody knows is refused by the name of its field, wherever a person can be named.
func TestNobodyIsResponsibleWhomNobodyKnows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, group := t.Context(), f.group("买家群")
	f.say(group, "你好")
	f.person("wang")
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	opened, err := tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: "核对"}})
	require.NoError(t, err)
	task := opened.GetTrackTask().GetName()
	for _, c := range []struct {
		field string
		call  func(person string) error
	}{
		{"track_task.assignee", func(person string) error {
			_, err := tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: "核对", Assignee: person}})
			return err
		}},
		{"track_task.assignee", func(person string) error {
			_, err := tasks.UpdateTrackTask(ctx, &flowdeskv1.UpdateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{Name: task, Assignee: person}})
			return err
		}},
		{"assignee", func(person string) error {
			_, err := tasks.ClaimTrackTask(ctx, &flowdeskv1.ClaimTrackTaskRequest{Name: task, Assignee: person})
			return err
		}},
		{"assignee", func(person string) error {
			_, err := tasks.ReassignTrackTask(ctx, &flowdeskv1.ReassignTrackTaskRequest{Name: task, Assignee: person})
			return err
		}},
		{"assignee", func(person string) error {
			_, err := flowdeskv1.NewAlertServiceClient(f.conn).AssignAlert(ctx, &flowdeskv1.AssignAlertRequest{Name: "alerts/none", Assignee: person})
			if status.Code(err) == codes.NotFound { // the person was taken
				return nil
			}
			return err
		}},
		{"person", func(person string) error {
			_, err := flowdeskv1.NewSessionServiceClient(f.conn).TakeOverSession(ctx, &flowdeskv1.TakeOverSessionRequest{Name: "sessions/" + group, Person: person})
			return err
		}},
	} {
		for _, person := range []string{"nobody", "people/nobody", "people/", "users/wang"} {
			err := c.call(person)
			refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
			require.Equal(t, c.field, violated(t, err), person)
		}
		require.NoError(t, c.call("people/wang"))
	}
	code, _, body := f.rest(http.MethodPost, "/v1/"+task+":reassign", `{"assignee":"nobody"}`, "Accept-Language", "zh-CN")
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, string(body), "没有名为 nobody 的人员，请从人员列表中选择，或先添加人员")
}

// violated is the field that a refusal is about.
func violated(t *testing.T, err error) string {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			return bad.GetFieldViolations()[0].GetField()
		}
	}
	t.Fatalf("no field violation in %v", err)
	return ""
}

// Who signs in is the person of the directory that the account names, or the account itself: what is claimed is found again as one's own.
func TestOnesOwnTasksAreFoundAgain(t *testing.T) {
	t.Parallel()
	for account, entry := range map[string]string{"li": "", "zhao": "people/wang"} {
		t.Run(account, func(t *testing.T) {
			t.Parallel()
			f := newClosed(t)
			group := "买家群"
			require.NoError(t, f.store.PutGroup(t.Context(), &flowdeskv1.Group{Id: group, Title: group, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP}, ""))
			f.person("wang")
			require.NoError(t, f.store.CreateUser(t.Context(), &storage.UserRecord{User: &flowdeskv1.User{
				Name: "users/" + account, Role: flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, Person: entry,
			}}))
			ctx := f.signedIn(account)
			tasks := flowdeskv1.NewTaskServiceClient(f.conn)
			opened, err := tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: "核对"}})
			require.NoError(t, err)
			claimed, err := tasks.ClaimTrackTask(ctx, &flowdeskv1.ClaimTrackTaskRequest{Name: opened.GetTrackTask().GetName()})
			require.NoError(t, err)
			want := account
			if entry != "" {
				want = "wang"
			}
			require.Equal(t, want, claimed.GetTrackTask().GetAssignee())
			mine, err := tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Mine: true})
			require.NoError(t, err)
			require.Len(t, mine.GetTrackTasks(), 1)
			counted, err := tasks.CountTrackTasks(ctx, &flowdeskv1.CountTrackTasksRequest{Mine: true})
			require.NoError(t, err)
			total := int64(0)
			for _, c := range counted.GetCounts() {
				total += c.GetCount()
			}
			require.EqualValues(t, 1, total)

			given, err := tasks.ReassignTrackTask(f.admin(), &flowdeskv1.ReassignTrackTaskRequest{Name: opened.GetTrackTask().GetName(), Assignee: "users/" + account})
			require.NoError(t, err, "an account may be named by others, too")
			require.Equal(t, want, given.GetTrackTask().GetAssignee())
		})
	}
}

// An account is somebody of the directory, or nobody.
func TestAnAccountNamesAnEntryThatIsThere(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	f.person("wang")
	ctx, api := f.admin(), flowdeskv1.NewAccessServiceClient(f.conn)
	account := &flowdeskv1.User{Title: "王", Role: flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, Person: "people/nobody"}
	_, err := api.CreateUser(ctx, &flowdeskv1.CreateUserRequest{UserId: "wang", Password: "long enough a password", User: account})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	require.Equal(t, "user.person", violated(t, err))
	account.Person = "wang"
	made, err := api.CreateUser(ctx, &flowdeskv1.CreateUserRequest{UserId: "wang", Password: "long enough a password", User: account})
	require.NoError(t, err)
	require.Equal(t, "people/wang", made.GetUser().GetPerson())
	_, err = api.UpdateUser(ctx, &flowdeskv1.UpdateUserRequest{User: &flowdeskv1.User{Name: "users/wang", Person: "people/nobody"}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
}

// signedIn is a context whose requests bear the session of an account, past the password.
func (f *fixture) signedIn(account string) context.Context {
	f.t.Helper()
	token := access.NewToken()
	require.NoError(f.t, f.store.PutSignIn(f.t.Context(), &storage.SignIn{Digest: access.Digest(token), User: account, ExpireTime: morning().Add(time.Hour)}))
	return metadata.AppendToOutgoingContext(f.t.Context(), "cookie", "flowdesk_session="+token)
}
