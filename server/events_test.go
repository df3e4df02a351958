package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestAnUnmatchedMessageIsListedWithItsReason(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	f.say(group, "没有流程")
	answer, err := flowdeskv1.NewEventServiceClient(f.conn).ListUnmatchedEvents(t.Context(), &flowdeskv1.ListUnmatchedEventsRequest{})
	require.NoError(t, err)
	require.Len(t, answer.GetUnmatchedEvents(), 1)
	u := answer.GetUnmatchedEvents()[0]
	require.Equal(t, "没有流程", u.GetEvent().GetMessage().GetText())
	require.Equal(t, "sessions/"+group, u.GetSession())
	require.Equal(t, "no flow was active", u.GetReason().GetEn())
}

func TestAQuarantinedEventIsDrivenAgainOrDismissed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	events := flowdeskv1.NewEventServiceClient(f.conn)
	group := f.group("买家群")
	poison := func(text string) string {
		event := &flowdeskv1.Event{Session: group, Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
			Robot: "day", SenderName: "张三", Text: text, RawText: text, ContentType: 1, RoomType: 1, GroupName: "买家群",
		}}}
		_, err := f.runner.Submit(t.Context(), event)
		require.ErrorIs(t, err, runner.ErrQuarantined)
		return "quarantinedEvents/" + event.GetId()
	}
	f.poison.Store(true)
	first, second := poison("毒一"), poison("毒二")

	list, err := events.ListQuarantinedEvents(t.Context(), &flowdeskv1.ListQuarantinedEventsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetQuarantinedEvents(), 2)
	newest := list.GetQuarantinedEvents()[0]
	require.Equal(t, second, newest.GetName())
	require.Equal(t, "毒二", newest.GetEvent().GetMessage().GetText())
	require.Equal(t, int32(5), newest.GetTries())
	require.Contains(t, newest.GetReason(), "poisoned")

	again, err := events.RedriveQuarantinedEvent(t.Context(), &flowdeskv1.RedriveQuarantinedEventRequest{Name: first})
	require.NoError(t, err)
	require.Equal(t, first, again.GetQuarantinedEvent().GetName(), "it failed again and is still there")
	f.poison.Store(false)
	done := f.ok("POST", "/v1/"+first+":redrive", "{}")
	require.Equal(t, true, done["unmatched"], "there is no flow, but its turn was made")
	_, err = events.RedriveQuarantinedEvent(t.Context(), &flowdeskv1.RedriveQuarantinedEventRequest{Name: first})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
	turns, err := f.store.ListTurns(t.Context(), group, 0, 10)
	require.NoError(t, err)
	require.Len(t, turns, 1)
	pending, err := f.store.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Empty(t, pending)

	code, _, _ := f.rest("POST", "/v1/"+second+":dismiss", "{}")
	require.Equal(t, http.StatusBadRequest, code, "a dismissal needs a reason")
	dismissed := f.ok("POST", "/v1/"+second+":dismiss", `{"reason":"测试消息"}`)
	require.Equal(t, "测试消息", dismissed["dismissal"].(map[string]any)["reason"])
	_, err = events.DismissQuarantinedEvent(t.Context(), &flowdeskv1.DismissQuarantinedEventRequest{Name: second, Reason: "again"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	require.Empty(t, f.ok("GET", "/v1/quarantinedEvents", "")["quarantinedEvents"])
	require.Len(t, f.ok("GET", "/v1/quarantinedEvents?dismissed=true", "")["quarantinedEvents"], 1)
	f.ok("POST", "/v1/"+second+":redrive", "{}")
	require.Empty(t, f.ok("GET", "/v1/quarantinedEvents?dismissed=true", "")["quarantinedEvents"])
}
