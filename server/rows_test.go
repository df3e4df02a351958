package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// within bounds what a test waits for.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestWatchesOfGroupsAndPeopleTellWhatChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	directory := flowdeskv1.NewDirectoryServiceClient(f.conn)
	made, err := directory.CreateGroup(t.Context(), &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{Title: "华东", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP}})
	require.NoError(t, err)
	_, err = directory.CreateGroup(t.Context(), &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{Title: "华北", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP}})
	require.NoError(t, err)
	listed, err := directory.ListGroups(t.Context(), &flowdeskv1.ListGroupsRequest{})
	require.NoError(t, err)
	watch, err := directory.WatchGroups(within(t), &flowdeskv1.WatchGroupsRequest{ResumeToken: listed.GetResumeToken()})
	require.NoError(t, err)
	first, err := watch.Recv()
	require.NoError(t, err)
	require.NotNil(t, first.GetHeartbeat())

	group := made.GetGroup()
	group.Title = "华东客户群"
	_, err = directory.UpdateGroup(t.Context(), &flowdeskv1.UpdateGroupRequest{Group: group})
	require.NoError(t, err)
	report, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, "华东客户群", report.GetGroup().GetTitle(), "the group that changed, and only that")
	require.Equal(t, group.GetName(), report.GetGroup().GetName())

	// What changed since a token is not guessed at: one lists again.
	stale, err := directory.WatchGroups(within(t), &flowdeskv1.WatchGroupsRequest{ResumeToken: listed.GetResumeToken()})
	require.NoError(t, err)
	_, err = stale.Recv()
	refused(t, err, codes.OutOfRange, flowdeskv1.ErrorReason_ERROR_REASON_RESUME_TOKEN_EXPIRED)
	again, err := directory.WatchGroups(within(t), &flowdeskv1.WatchGroupsRequest{ResumeToken: report.GetResumeToken()})
	require.NoError(t, err)
	_, err = again.Recv()
	require.NoError(t, err)

	people, err := directory.WatchPeople(within(t), &flowdeskv1.WatchPeopleRequest{})
	require.NoError(t, err)
	_, err = people.Recv()
	require.NoError(t, err)
	person, err := directory.CreatePerson(t.Context(), &flowdeskv1.CreatePersonRequest{Person: &flowdeskv1.Person{Title: "小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES}})
	require.NoError(t, err)
	came, err := people.Recv()
	require.NoError(t, err)
	require.Equal(t, "小王", came.GetPerson().GetTitle())
	_, err = directory.DeletePerson(t.Context(), &flowdeskv1.DeletePersonRequest{Name: person.GetPerson().GetName()})
	require.NoError(t, err)
	went, err := people.Recv()
	require.NoError(t, err)
	require.Equal(t, person.GetPerson().GetName(), went.GetDeleted())
}

func TestWatchesOfRobotsAndSessionsTellWhatChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	robots := flowdeskv1.NewRobotServiceClient(f.conn)
	made, err := robots.CreateRobot(t.Context(), &flowdeskv1.CreateRobotRequest{Id: "day", Robot: &flowdeskv1.Robot{
		Title: "白班", RobotId: "secret-robot-id", BaseUri: "https://platform.example", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY},
	}})
	require.NoError(t, err)
	watch, err := robots.WatchRobots(within(t), &flowdeskv1.WatchRobotsRequest{})
	require.NoError(t, err)
	_, err = watch.Recv() // a heartbeat
	require.NoError(t, err)
	begin, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, "白班", begin.GetRobot().GetTitle(), "it begins with how the robots stand")
	require.Nil(t, begin.GetRobot().GetWebhookUris())
	require.NotContains(t, begin.String(), "secret-robot-id")
	_, err = robots.PauseRobot(t.Context(), &flowdeskv1.PauseRobotRequest{Name: made.GetRobot().GetName(), Reason: "换手机"})
	require.NoError(t, err)
	paused, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, flowdeskv1.RobotState_ROBOT_STATE_PAUSED, paused.GetRobot().GetState())
	require.Equal(t, "换手机", paused.GetRobot().GetReason())

	sessions := flowdeskv1.NewSessionServiceClient(f.conn)
	stream, err := sessions.WatchSessions(within(t), &flowdeskv1.WatchSessionsRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	f.say("g1", "在吗")
	for {
		report, err := stream.Recv()
		require.NoError(t, err)
		if report.GetSession().GetId() == "g1" {
			require.Equal(t, "sessions/g1", report.GetSession().GetName())
			require.Positive(t, report.GetSession().GetVersion())
			break
		}
	}
}
