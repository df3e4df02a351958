package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func TestListsStandInTheOrderThatIsAskedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	group := f.group("买家群")
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	for _, hours := range []int{2, 3, 1} {
		_, err := tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{
			GroupId: group, Title: itoa(hours), Deadline: timestamppb.New(f.runner.Now().Add(time.Duration(hours) * time.Hour)),
		}})
		require.NoError(t, err)
	}
	for order, want := range map[flowdeskv1.TaskOrder]string{
		flowdeskv1.TaskOrder_TASK_ORDER_UNSPECIFIED: "132", flowdeskv1.TaskOrder_TASK_ORDER_NEWEST: "132",
		flowdeskv1.TaskOrder_TASK_ORDER_OLDEST: "231", flowdeskv1.TaskOrder_TASK_ORDER_DUE: "123", flowdeskv1.TaskOrder_TASK_ORDER_DUE_LATEST: "321",
	} {
		list, err := tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Order: order})
		require.NoError(t, err)
		got := ""
		for _, task := range list.GetTrackTasks() {
			got += task.GetTitle()
		}
		require.Equal(t, want, got, order)
	}
	_, err := tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{ByDeadline: true, Order: flowdeskv1.TaskOrder_TASK_ORDER_NEWEST})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)

	queue := flowdeskv1.NewQueueServiceClient(f.conn)
	for _, hours := range []int{2, 3, 1} {
		_, err := queue.EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{
			TargetSession: group, Text: itoa(hours), SendTime: timestamppb.New(f.runner.Now().Add(time.Duration(hours) * time.Hour)),
		}})
		require.NoError(t, err)
	}
	delayed := []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_DELAYED}
	for order, want := range map[flowdeskv1.CommandOrdering]string{
		flowdeskv1.CommandOrdering_COMMAND_ORDERING_NEWEST: "132", flowdeskv1.CommandOrdering_COMMAND_ORDERING_OLDEST: "231",
		flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE: "123", flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE_LATEST: "321",
	} {
		list, err := queue.ListCommands(ctx, &flowdeskv1.ListCommandsRequest{States: delayed, Order: order})
		require.NoError(t, err)
		got := ""
		for _, command := range list.GetCommands() {
			got += command.GetText()
		}
		require.Equal(t, want, got, order)
	}
	_, err = queue.ListCommands(ctx, &flowdeskv1.ListCommandsRequest{Order: flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE_LATEST})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)

	alerts := flowdeskv1.NewAlertServiceClient(f.conn)
	_, err = alerts.ListAlerts(ctx, &flowdeskv1.ListAlertsRequest{Open: true, Order: flowdeskv1.AlertOrder_ALERT_ORDER_GRAVEST})
	require.NoError(t, err)
	_, err = alerts.ListAlerts(ctx, &flowdeskv1.ListAlertsRequest{Order: flowdeskv1.AlertOrder_ALERT_ORDER_GRAVEST})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
}

func itoa(n int) string { return string(rune('0' + n)) }

func TestAFlowNamesItsLastEditorAndAPersonKeepsLooks(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	key := func() (name string, api flowdeskv1.FlowServiceClient, access flowdeskv1.AccessServiceClient, token string) {
		token = f.key(flowdeskv1.AccessRole_ACCESS_ROLE_EDITOR, nil, nil)
		access = flowdeskv1.NewAccessServiceClient(f.conn)
		who, err := access.WhoAmI(f.as(token), &flowdeskv1.WhoAmIRequest{})
		require.NoError(t, err)
		return who.GetName(), flowdeskv1.NewFlowServiceClient(f.conn), access, token
	}
	first, flows, access, firstKey := key()
	second, _, _, secondKey := key()
	require.NotEqual(t, first, second)
	created, err := flows.CreateFlow(f.as(firstKey), &flowdeskv1.CreateFlowRequest{FlowId: "hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	require.Equal(t, first, created.GetFlow().GetEditor())
	flow := created.GetFlow()
	flow.Labels = []string{"new"}
	_, err = flows.UpdateFlow(f.as(secondKey), &flowdeskv1.UpdateFlowRequest{Flow: flow})
	require.NoError(t, err)
	list, err := flows.ListFlows(f.as(firstKey), &flowdeskv1.ListFlowsRequest{})
	require.NoError(t, err)
	require.Equal(t, second, list.GetFlows()[0].GetEditor())

	look := &flowdeskv1.ListLook{List: "alerts", Hidden: []string{"category"}, Dense: true, Views: []*flowdeskv1.ListView{{Name: "急", Query: "level=4"}}}
	_, err = access.PutListLook(f.as(firstKey), &flowdeskv1.PutListLookRequest{ListLook: look})
	require.NoError(t, err)
	records, _, err := f.store.ListAudit(t.Context(), storage.AuditFilter{Method: "AccessService.PutListLook"}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, records, "a look is its owner's business")
	records, _, err = f.store.ListAudit(t.Context(), storage.AuditFilter{}, storage.Page{})
	require.NoError(t, err)
	require.NotEmpty(t, records, "what changes the work is recorded")
	mine, err := access.ListLooks(f.as(firstKey), &flowdeskv1.ListLooksRequest{})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]*flowdeskv1.ListLook{look}, mine.GetListLooks(), protocmp.Transform()))
	others, err := access.ListLooks(f.as(secondKey), &flowdeskv1.ListLooksRequest{})
	require.NoError(t, err)
	require.Empty(t, others.GetListLooks())
	_, err = access.PutListLook(f.as(firstKey), &flowdeskv1.PutListLookRequest{ListLook: &flowdeskv1.ListLook{List: "../../etc"}})
	require.Error(t, err)
	_, err = access.ListLooks(t.Context(), &flowdeskv1.ListLooksRequest{})
	refused(t, err, codes.Unauthenticated, flowdeskv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED)
}

func TestNamedListsStandInTheOrderThatIsAskedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	flows, directory := flowdeskv1.NewFlowServiceClient(f.conn), flowdeskv1.NewDirectoryServiceClient(f.conn)
	for _, title := range []string{"2", "3", "1"} {
		require.NoError(t, f.store.PutGroup(ctx, &flowdeskv1.Group{Id: "g" + title, Title: title}, ""))
		_, err := directory.CreatePerson(ctx, &flowdeskv1.CreatePersonRequest{PersonId: "p" + title, Person: &flowdeskv1.Person{
			Title: title, Role: flowdeskv1.Role_ROLE_OPERATOR,
		}})
		require.NoError(t, err)
		_, err = flows.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: "f" + title, Flow: &flowdeskv1.Flow{
			Definition: &flowdeskv1.FlowDefinition{Title: title}, Labels: []string{"mine"},
		}})
		require.NoError(t, err)
	}
	for order, want := range map[flowdeskv1.NameOrder]string{
		flowdeskv1.NameOrder_NAME_ORDER_FORWARD: "123", flowdeskv1.NameOrder_NAME_ORDER_BACKWARD: "321",
	} {
		groups, err := directory.ListGroups(ctx, &flowdeskv1.ListGroupsRequest{Order: order})
		require.NoError(t, err)
		got := ""
		for _, g := range groups.GetGroups() {
			got += g.GetTitle()
		}
		require.Equal(t, want, got, order)
		people, err := directory.ListPeople(ctx, &flowdeskv1.ListPeopleRequest{Order: order})
		require.NoError(t, err)
		got = ""
		for _, p := range people.GetPeople() {
			got += p.GetTitle()
		}
		require.Equal(t, want, got, order)
	}
	for order, want := range map[flowdeskv1.FlowOrder]string{
		flowdeskv1.FlowOrder_FLOW_ORDER_TITLE: "123", flowdeskv1.FlowOrder_FLOW_ORDER_TITLE_BACKWARD: "321",
	} {
		list, err := flows.ListFlows(ctx, &flowdeskv1.ListFlowsRequest{Label: "mine", Order: order})
		require.NoError(t, err)
		got := ""
		for _, flow := range list.GetFlows() {
			got += flow.GetTitle()
		}
		require.Equal(t, want, got, order)
	}
}
