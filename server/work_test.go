package server_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func TestATaskFromOpeningToReopening(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api, group := t.Context(), flowdeskv1.NewTaskServiceClient(f.conn), f.group("买家群")
	request := &flowdeskv1.CreateTrackTaskRequest{RequestId: "r-1", TrackTask: &flowdeskv1.TrackTask{GroupId: "sessions/" + group, Title: "核对订单", TargetName: "张三"}}
	created, err := api.CreateTrackTask(ctx, request)
	require.NoError(t, err)
	again, err := api.CreateTrackTask(ctx, request)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(created, again, protocmp.Transform()), "a repeated request gets the first answer")
	listed, err := api.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Session: group, Open: true})
	require.NoError(t, err)
	require.Len(t, listed.GetTrackTasks(), 1)
	request.TrackTask.Title = "something else"
	_, err = api.CreateTrackTask(ctx, request)
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED)
	_, err = api.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: "nobody", Title: "x"}})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
	_, err = api.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)

	name := created.GetTrackTask().GetName()
	changed := f.ok(http.MethodPatch, "/v1/"+name, `{"title":"核对两个订单","priority":"PRIORITY_HIGH"}`)
	require.Equal(t, "核对两个订单", changed["title"])
	require.Equal(t, "张三", changed["targetName"])
	_, err = api.CompleteTrackTask(ctx, &flowdeskv1.CompleteTrackTaskRequest{Name: name, Etag: created.GetTrackTask().GetEtag()})
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
	f.person("wang")
	claimed, err := api.ClaimTrackTask(ctx, &flowdeskv1.ClaimTrackTaskRequest{Name: name, Assignee: "people/wang"})
	require.NoError(t, err)
	require.Equal(t, "wang", claimed.GetTrackTask().GetAssignee())
	done, err := api.CompleteTrackTask(ctx, &flowdeskv1.CompleteTrackTaskRequest{Name: name, Reason: "done"})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_COMPLETED, done.GetTrackTask().GetState())
	_, err = api.CompleteTrackTask(ctx, &flowdeskv1.CompleteTrackTaskRequest{Name: name})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	open, err := api.ReopenTrackTask(ctx, &flowdeskv1.ReopenTrackTaskRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.TaskState_TASK_STATE_PENDING, open.GetTrackTask().GetState())
	_, err = api.DeleteTrackTask(ctx, &flowdeskv1.DeleteTrackTaskRequest{Name: name})
	require.NoError(t, err)
	_, err = api.GetTrackTask(ctx, &flowdeskv1.GetTrackTaskRequest{Name: name})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
}

func TestAWatchMissesNothingAfterItsList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api, group := flowdeskv1.NewTaskServiceClient(f.conn), f.group("买家群")
	listed, err := api.ListTrackTasks(t.Context(), &flowdeskv1.ListTrackTasksRequest{})
	require.NoError(t, err)
	for _, title := range []string{"one", "two"} {
		_, err = api.CreateTrackTask(t.Context(), &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{GroupId: group, Title: title}})
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := api.WatchTrackTasks(ctx, &flowdeskv1.WatchTrackTasksRequest{ResumeToken: listed.GetResumeToken(), Session: "sessions/" + group})
	require.NoError(t, err)
	first, err := stream.Recv()
	require.NoError(t, err)
	require.NotNil(t, first.GetHeartbeat(), "a watch begins with a sign of life")
	one, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, "one", one.GetTrackTask().GetTitle())

	events := f.events("/v1/trackTasks:watch", one.GetResumeToken())
	require.Contains(t, <-events, `"heartbeat"`)
	require.Contains(t, <-events, `"title":"two"`, "a browser goes on where it was cut off")

	close(f.stop)
	two, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, "two", two.GetTrackTask().GetTitle())
	_, err = stream.Recv()
	refused(t, err, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN)

	expired, err := api.WatchTrackTasks(t.Context(), &flowdeskv1.WatchTrackTasksRequest{ResumeToken: "earlier.1"})
	require.NoError(t, err)
	_, err = expired.Recv()
	refused(t, err, codes.OutOfRange, flowdeskv1.ErrorReason_ERROR_REASON_RESUME_TOKEN_EXPIRED)
}

// events gives the data of server-sent events, one by one, as a browser's EventSource would that was cut off after an event.
func (f *fixture) events(path, lastEvent string) <-chan string {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.url+path, nil)
	require.NoError(f.t, err)
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Last-Event-ID", lastEvent)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(f.t, err)
	require.Equal(f.t, "text/event-stream", answer.Header.Get("Content-Type"))
	f.t.Cleanup(func() { _ = answer.Body.Close() })
	events := make(chan string, 16)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- data
			}
		}
	}()
	return events
}

func TestACommandOfAPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api, group := t.Context(), flowdeskv1.NewQueueServiceClient(f.conn), f.group("买家群")
	_, err := api.EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: group, Text: "hi", Attempts: 3}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	_, err = api.EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: group}})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	enqueue := func(text string) string {
		c, err := api.EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: "sessions/" + group, Text: text}})
		require.NoError(t, err)
		require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_QUEUED, c.GetCommand().GetState())
		return c.GetCommand().GetName()
	}
	name := enqueue("您好")
	cancelled, err := api.CancelCommand(ctx, &flowdeskv1.CancelCommandRequest{Name: name, Reason: "not needed"})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, cancelled.GetCommand().GetState())
	_, err = api.CancelCommand(ctx, &flowdeskv1.CancelCommandRequest{Name: name})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)

	doubtful := enqueue("在吗")
	_, err = f.store.Commit(ctx, &storage.Batch{Deliveries: []*storage.Delivery{{
		Command: strings.TrimPrefix(doubtful, "commands/"), From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_QUEUED}, FromAttempts: -1,
		State: flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, Attempts: 1, Attempt: &flowdeskv1.CommandAttempt{Number: 1},
	}}})
	require.NoError(t, err)
	settled, err := api.UpdateCommandState(ctx, &flowdeskv1.UpdateCommandStateRequest{
		Name: doubtful, State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, Reason: "it stands in the group",
	})
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, settled.GetCommand().GetState())
	require.Equal(t, "person", settled.GetCommand().GetAttemptLog()[0].GetProof())
	_, err = api.UpdateCommandState(ctx, &flowdeskv1.UpdateCommandStateRequest{Name: doubtful, State: flowdeskv1.CommandState_COMMAND_STATE_FAILED, Reason: "no"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	_, err = api.CheckCommandResult(ctx, &flowdeskv1.CheckCommandResultRequest{Name: doubtful})
	refused(t, err, codes.Unimplemented, flowdeskv1.ErrorReason_ERROR_REASON_NOT_OFFERED)
	said, err := flowdeskv1.NewSessionServiceClient(f.conn).ListMessages(ctx, &flowdeskv1.ListMessagesRequest{Parent: "sessions/-"})
	require.NoError(t, err)
	require.Equal(t, "在吗", said.GetMessages()[0].GetText(), "what was said is a message of the session")
	why := f.ok(http.MethodGet, "/v1/"+said.GetMessages()[0].GetName()+":why", "")
	require.Equal(t, "DERIVATION_OUTCOME_SAID", why["outcome"])
}

func TestAConversationIsTakenOverAndHandedBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, api, group := t.Context(), flowdeskv1.NewSessionServiceClient(f.conn), f.group("买家群")
	_, err := api.TakeOverSession(ctx, &flowdeskv1.TakeOverSessionRequest{Name: "sessions/nobody", Person: "wang"})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
	f.say(group, "你好")
	f.person("wang")
	held, err := api.TakeOverSession(ctx, &flowdeskv1.TakeOverSessionRequest{Name: "sessions/" + group, Person: "people/wang"})
	require.NoError(t, err)
	require.True(t, held.GetSession().GetHeld())
	require.Equal(t, "wang", held.GetSession().GetInterventions()[0].GetPerson())
	free, err := api.HandBackSession(ctx, &flowdeskv1.HandBackSessionRequest{Name: "sessions/" + group})
	require.NoError(t, err)
	require.False(t, free.GetSession().GetHeld())
	closed, err := api.ResolveSession(ctx, &flowdeskv1.ResolveSessionRequest{Name: "sessions/" + group})
	require.NoError(t, err)
	require.True(t, closed.GetSession().GetResolved())
}

func TestHeartbeatsAreTimely(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, open := range []func() (interface{ GetHeartbeat() *flowdeskv1.Heartbeat }, error){
		func() (interface{ GetHeartbeat() *flowdeskv1.Heartbeat }, error) {
			s, err := flowdeskv1.NewInstanceServiceClient(f.conn).WatchInstances(ctx, &flowdeskv1.WatchInstancesRequest{})
			require.NoError(t, err)
			return s.Recv()
		},
		func() (interface{ GetHeartbeat() *flowdeskv1.Heartbeat }, error) {
			s, err := flowdeskv1.NewAlertServiceClient(f.conn).WatchAlerts(ctx, &flowdeskv1.WatchAlertsRequest{})
			require.NoError(t, err)
			return s.Recv()
		},
		func() (interface{ GetHeartbeat() *flowdeskv1.Heartbeat }, error) {
			s, err := flowdeskv1.NewQueueServiceClient(f.conn).WatchCommands(ctx, &flowdeskv1.WatchCommandsRequest{})
			require.NoError(t, err)
			return s.Recv()
		},
		func() (interface{ GetHeartbeat() *flowdeskv1.Heartbeat }, error) {
			s, err := flowdeskv1.NewSessionServiceClient(f.conn).WatchMessages(ctx, &flowdeskv1.WatchMessagesRequest{})
			require.NoError(t, err)
			return s.Recv()
		},
	} {
		report, err := open()
		require.NoError(t, err)
		require.NotNil(t, report.GetHeartbeat())
	}
}
