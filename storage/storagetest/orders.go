package storagetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var orders = map[string]func(*testing.T, storage.Store){
	"lists: alerts, tasks and commands in every order": everyOrder,
	"flows: the last editor is kept":                   lastEditor,
	"lists: flows, groups and people in every order":   namedOrder,
	"flows: found by any text of the draft":            flowTexts,
	"looks: each person has their own":                 ownLooks,
	"lists: some groups alone":                         ofSomeGroups,
	"commands: counted by robot and state":             countedByRobot,
}

// leafed reads a list page by page, two rows each.
func leafed[M interface{ GetId() string }](t *testing.T, read func(storage.Page) ([]M, string, error)) (ids []string) {
	t.Helper()
	for page := (storage.Page{Size: 2}); ; {
		rows, next, err := read(page)
		require.NoError(t, err)
		for _, row := range rows {
			ids = append(ids, row.GetId())
		}
		if page.Token = next; next == "" {
			return ids
		}
	}
}

func everyOrder(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	levels := []flowdeskv1.AlertLevel{
		flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING,
		flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL,
	}
	var id []string
	for n, level := range levels {
		id = append(id, idAt(at.Add(time.Duration(n)*time.Minute), n))
		w.Alerts = append(w.Alerts, &flowdeskv1.Alert{Id: id[n], Session: "g1", Level: level, State: flowdeskv1.AlertState_ALERT_STATE_OPEN})
		due := at.Add(time.Duration((n*3)%5) * time.Hour) // 0 3 1 4 2
		w.Tasks = append(w.Tasks, &flowdeskv1.TrackTask{
			Id: id[n], GroupId: "g1", State: flowdeskv1.TaskState_TASK_STATE_PENDING, Deadline: timestamppb.New(due),
		})
		c := command(id[n])
		c.State, c.SendTime = flowdeskv1.CommandState_COMMAND_STATE_DELAYED, timestamppb.New(due)
		w.Commands = append(w.Commands, c)
	}
	commit(t, s, w)
	of := func(order ...int) (ids []string) {
		for _, n := range order {
			ids = append(ids, id[n])
		}
		return ids
	}
	alerts := func(filter storage.AlertFilter) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.Alert, string, error) { return s.ListAlerts(t.Context(), filter, p) })
	}
	open := []flowdeskv1.AlertState{flowdeskv1.AlertState_ALERT_STATE_OPEN}
	require.Equal(t, of(4, 3, 2, 1, 0), alerts(storage.AlertFilter{}))
	require.Equal(t, of(0, 1, 2, 3, 4), alerts(storage.AlertFilter{Reverse: true}))
	require.Equal(t, of(4, 1, 3, 2, 0), alerts(storage.AlertFilter{States: open, Gravest: true}))
	within := storage.AlertFilter{After: at.Add(time.Minute), Before: at.Add(4 * time.Minute)}
	require.Equal(t, of(3, 2, 1), alerts(within))
	within.Reverse = true
	require.Equal(t, of(1, 2, 3), alerts(within), "a range bounds every page of a list that begins with the oldest")

	tasks := func(filter storage.TaskFilter) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.TrackTask, string, error) {
			return s.ListTasks(t.Context(), filter, p)
		})
	}
	require.Equal(t, of(4, 3, 2, 1, 0), tasks(storage.TaskFilter{}))
	require.Equal(t, of(0, 1, 2, 3, 4), tasks(storage.TaskFilter{Reverse: true}))
	require.Equal(t, of(0, 2, 4, 1, 3), tasks(storage.TaskFilter{ByDeadline: true}))
	require.Equal(t, of(3, 1, 4, 2, 0), tasks(storage.TaskFilter{ByDeadline: true, Reverse: true}))

	commands := func(filter storage.CommandFilter) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.Command, string, error) {
			return s.ListCommands(t.Context(), filter, p)
		})
	}
	delayed := []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_DELAYED}
	require.Equal(t, of(0, 1, 2, 3, 4), commands(storage.CommandFilter{Reverse: true}))
	require.Equal(t, of(0, 2, 4, 1, 3), commands(storage.CommandFilter{States: delayed, ByDue: true}))
	require.Equal(t, of(3, 1, 4, 2, 0), commands(storage.CommandFilter{States: delayed, ByDue: true, Reverse: true}))

	// A token serves the order that gave it.
	_, token, err := s.ListAlerts(t.Context(), storage.AlertFilter{}, storage.Page{Size: 2})
	require.NoError(t, err)
	_, _, err = s.ListAlerts(t.Context(), storage.AlertFilter{Reverse: true}, storage.Page{Size: 2, Token: token})
	require.ErrorIs(t, err, storage.ErrPageToken)
}

func namedOrder(t *testing.T, s storage.Store) {
	t.Helper()
	for n, title := range []string{"李四", "王五 2 群", "阿梅", "王五 10 群", "阿梅"} {
		id := "x" + strconv.Itoa(n)
		require.NoError(t, s.CreateFlow(t.Context(), &flowdeskv1.Flow{
			Id: id, Definition: &flowdeskv1.FlowDefinition{Title: title}, CreateTime: timestamppb.New(at.Add(time.Duration(n) * time.Minute)),
			UpdateTime: timestamppb.New(at.Add(time.Duration(n*3%5) * time.Hour)), // 0 3 1 4 2
		}))
		require.NoError(t, s.PutGroup(t.Context(), &flowdeskv1.Group{Id: id, Title: title}, ""))
		require.NoError(t, s.PutPerson(t.Context(), &flowdeskv1.Person{Id: id, Title: title}, ""))
	}
	flows := func(order storage.FlowOrder) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.Flow, string, error) {
			return s.ListFlows(t.Context(), storage.FlowFilter{Order: order}, p)
		})
	}
	byTitle, backward := []string{"x2", "x4", "x0", "x1", "x3"}, []string{"x3", "x1", "x0", "x4", "x2"}
	require.Equal(t, []string{"x4", "x3", "x2", "x1", "x0"}, flows(storage.FlowOrder{}))
	require.Equal(t, []string{"x0", "x1", "x2", "x3", "x4"}, flows(storage.FlowOrder{Reverse: true}))
	require.Equal(t, byTitle, flows(storage.FlowOrder{By: storage.FlowTitle}))
	require.Equal(t, backward, flows(storage.FlowOrder{By: storage.FlowTitle, Reverse: true}))
	require.Equal(t, []string{"x3", "x1", "x4", "x2", "x0"}, flows(storage.FlowOrder{By: storage.FlowChanged}))
	require.Equal(t, []string{"x0", "x2", "x4", "x1", "x3"}, flows(storage.FlowOrder{By: storage.FlowChanged, Reverse: true}))

	groups := func(filter storage.GroupFilter) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.Group, string, error) { return s.ListGroups(t.Context(), filter, p) })
	}
	require.Equal(t, byTitle, groups(storage.GroupFilter{ByTitle: true}))
	require.Equal(t, backward, groups(storage.GroupFilter{ByTitle: true, Reverse: true}))
	people := func(filter storage.PersonFilter) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.Person, string, error) {
			return s.ListPeople(t.Context(), filter, p)
		})
	}
	require.Equal(t, byTitle, people(storage.PersonFilter{ByName: true}))
	require.Equal(t, backward, people(storage.PersonFilter{ByName: true, Reverse: true}))
}

func flowTexts(t *testing.T, s storage.Store) {
	t.Helper()
	for n := range 7 {
		node := &flowdeskv1.Node{Id: "say", Name: "Say " + strconv.Itoa(n%2)}
		node.Config = &flowdeskv1.Node_RobotCommandSend{RobotCommandSend: &flowdeskv1.RobotCommandSend{Text: "请稍等 100%"}}
		require.NoError(t, s.CreateFlow(t.Context(), &flowdeskv1.Flow{
			Id: "x" + strconv.Itoa(n), CreateTime: timestamppb.New(at.Add(time.Duration(n) * time.Minute)),
			Definition: &flowdeskv1.FlowDefinition{Title: "Flow " + strconv.Itoa(n), Nodes: []*flowdeskv1.Node{node}},
		}))
	}
	found := func(text string) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.Flow, string, error) {
			return s.ListFlows(t.Context(), storage.FlowFilter{Text: text}, p)
		})
	}
	require.Equal(t, []string{"x3"}, found("flow 3"))
	require.Equal(t, []string{"x6", "x4", "x2", "x0"}, found("sAY 0"), "the name of a node")
	require.Equal(t, []string{"x6", "x5", "x4", "x3", "x2", "x1", "x0"}, found("稍等 100%"), "a text within a node")
	require.Equal(t, []string{"x5"}, found("X5"), "the id")
	require.Empty(t, found("_"))
}

func lastEditor(t *testing.T, s storage.Store) {
	t.Helper()
	flow := &flowdeskv1.Flow{Id: "greet", Definition: &flowdeskv1.FlowDefinition{Title: "Greet"}, Editor: "users/wang"}
	require.NoError(t, s.CreateFlow(t.Context(), flow))
	flow.Editor = "users/li"
	require.NoError(t, s.UpdateFlow(t.Context(), flow, 1))
	flows, _, err := s.ListFlows(t.Context(), storage.FlowFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, flows, 1)
	require.Equal(t, "users/li", flows[0].GetEditor())
}

func ownLooks(t *testing.T, s storage.Store) {
	t.Helper()
	put := func(owner, list string, hidden ...string) {
		t.Helper()
		require.NoError(t, s.PutLook(t.Context(), owner, &flowdeskv1.ListLook{List: list, Hidden: hidden}))
	}
	put("users/wang", "tasks", "kind")
	put("users/wang", "alerts", "category")
	put("users/li", "alerts", "level")
	put("users/wang", "alerts", "group", "time")
	looks, err := s.ListLooks(t.Context(), "users/wang")
	require.NoError(t, err)
	want := []*flowdeskv1.ListLook{{List: "alerts", Hidden: []string{"group", "time"}}, {List: "tasks", Hidden: []string{"kind"}}}
	require.Empty(t, cmp.Diff(want, looks, protocmp.Transform()))
	looks, err = s.ListLooks(t.Context(), "users/zhao")
	require.NoError(t, err)
	require.Empty(t, looks)
}

// Lists of some groups hold what belongs to these alone, and their pages tell nothing of what else there is.
func ofSomeGroups(t *testing.T, s storage.Store) {
	t.Helper()
	var want []string
	for n, group := range []string{"a", "x", "b", "x", "a", "x"} {
		id := idAt(at.Add(time.Duration(n)*time.Minute), n)
		w := write(group, int64(n/4)+int64(n/5)+map[bool]int64{true: 1}[n == 3])
		w.Alerts = []*flowdeskv1.Alert{{Id: id, Session: group, State: flowdeskv1.AlertState_ALERT_STATE_OPEN}}
		w.Tasks = []*flowdeskv1.TrackTask{{Id: id, GroupId: group, State: flowdeskv1.TaskState_TASK_STATE_PENDING}}
		w.Instances = []*storage.InstanceWrite{{ID: id, Flow: "f", Began: true, Event: "e", Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_RUNNING, Time: at}}
		own, across, alone := command(id), command(id+"across"), command(id+"alone")
		own.Session, own.TargetSession = group, group
		across.Session, across.TargetSession = group, "x" // for a, b: said to somebody else; for x, its own
		alone.Session, alone.TargetSession = "", group
		w.Commands = []*flowdeskv1.Command{own, across, alone}
		commit(t, s, w)
		if group != "x" {
			want = append([]string{id}, want...)
		}
	}
	groups := []string{"b", "a"}
	require.Equal(t, want, leafed(t, func(p storage.Page) ([]*flowdeskv1.Alert, string, error) {
		return s.ListAlerts(t.Context(), storage.AlertFilter{Groups: groups}, p)
	}))
	require.Equal(t, want, leafed(t, func(p storage.Page) ([]*flowdeskv1.TrackTask, string, error) {
		return s.ListTasks(t.Context(), storage.TaskFilter{Groups: groups}, p)
	}))
	require.Equal(t, want, leafed(t, func(p storage.Page) ([]*flowdeskv1.Instance, string, error) {
		return s.ListInstances(t.Context(), storage.InstanceFilter{Groups: groups}, p)
	}))
	require.ElementsMatch(t, []string{"a", "b"}, leafed(t, func(p storage.Page) ([]*flowdeskv1.Session, string, error) {
		return s.ListSessions(t.Context(), storage.SessionFilter{Sessions: groups}, p)
	}))
	var commands []string
	for _, id := range want {
		commands = append(commands, id+"alone", id)
	}
	require.Equal(t, commands, leafed(t, func(p storage.Page) ([]*flowdeskv1.Command, string, error) {
		return s.ListCommands(t.Context(), storage.CommandFilter{Groups: groups}, p)
	}))
	both, _, err := s.ListCommands(t.Context(), storage.CommandFilter{Groups: []string{"a", "b", "x"}}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, both, 18)
	for _, id := range []string{"a", "b", "x"} {
		require.NoError(t, s.PutGroup(t.Context(), &flowdeskv1.Group{Id: id, Title: id}, ""))
	}
	require.Equal(t, []string{"a", "b"}, leafed(t, func(p storage.Page) ([]*flowdeskv1.Group, string, error) {
		return s.ListGroups(t.Context(), storage.GroupFilter{Groups: groups}, p)
	}))
}

func countedByRobot(t *testing.T, s storage.Store) {
	t.Helper()
	const completed, failed, queued = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, flowdeskv1.CommandState_COMMAND_STATE_FAILED, flowdeskv1.CommandState_COMMAND_STATE_QUEUED
	w := write("g1", 0)
	for n, of := range []struct {
		robot string
		state flowdeskv1.CommandState
	}{{"a", failed}, {"a", completed}, {"b", failed}, {"a", completed}, {"", queued}} {
		c := command(idAt(at.Add(time.Duration(n)*time.Minute), n))
		c.Robot, c.State = of.robot, of.state
		w.Commands = append(w.Commands, c)
	}
	commit(t, s, w)
	counts := func(since time.Duration, most int) map[string]map[flowdeskv1.CommandState]int32 {
		found, err := s.CountByRobot(t.Context(), at.Add(since), most)
		require.NoError(t, err)
		return found
	}
	type states = map[flowdeskv1.CommandState]int32
	require.Equal(t, map[string]states{"a": {failed: 1, completed: 2}, "b": {failed: 1}, "": {queued: 1}}, counts(0, 100))
	require.Equal(t, map[string]states{"a": {completed: 2}, "b": {failed: 1}, "": {queued: 1}}, counts(time.Minute, 100), "since a time")
	require.Equal(t, map[string]states{"a": {completed: 1}, "": {queued: 1}}, counts(0, 2), "of the newest")
	require.Empty(t, counts(time.Hour, 100))
}
