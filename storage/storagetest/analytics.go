package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// idAt is an id of a time, as the engine makes them: ten digits of base 32 for the milliseconds, ten more to tell ids apart.
func idAt(t time.Time, n int) string {
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	var id [20]byte
	milli, rest := uint64(t.UnixMilli()), uint64(n)
	for i := 9; i >= 0; i-- {
		id[i], id[10+i] = digits[milli&31], digits[rest&31]
		milli, rest = milli>>5, rest>>5
	}
	return string(id[:])
}

// heard is a customer's message with a mood.
func heard(session string, t time.Time, n int, mood float64) *flowdeskv1.Message {
	return &flowdeskv1.Message{
		Id: idAt(t, n), Session: session, Participant: "p1", SenderName: "张三", Role: flowdeskv1.Role_ROLE_USER, Text: "发票怎么开",
		ReceiveTime: timestamppb.New(t), Sentiment: &mood,
	}
}

// saidFor is a command that was said in answer to a message, with the message that carries it.
func saidFor(m *flowdeskv1.Message, decided, done time.Time, n int) (*flowdeskv1.Command, *flowdeskv1.Message) {
	c := &flowdeskv1.Command{
		Id: idAt(decided, n), Key: "key-" + idAt(decided, n), Session: m.GetSession(), TargetSession: m.GetSession(), ReplyTo: m.GetId(), Robot: "day",
		State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, SendTime: timestamppb.New(decided), DoneTime: timestamppb.New(done),
	}
	return c, &flowdeskv1.Message{
		Id: c.GetId(), Session: m.GetSession(), Role: flowdeskv1.Role_ROLE_ROBOT, Outgoing: true, ReceiveTime: timestamppb.New(done), Command: c.GetId(),
	}
}

func trafficIsDerived(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	w.Messages = []*flowdeskv1.Message{heard("g1", at, 1, 0.5), heard("g1", at.Add(20*time.Minute), 2, 1)}
	c, m := saidFor(w.Messages[0], at.Add(time.Second), at.Add(4*time.Second), 3)
	again, later := saidFor(w.Messages[0], at.Add(2*time.Second), at.Add(9*time.Second), 4)
	w.Commands, w.Messages = []*flowdeskv1.Command{c, again}, append(w.Messages, m, later)
	w.Facts = []*flowdeskv1.Fact{{Name: "response_time", Time: timestamppb.New(at.Add(time.Minute)), Subject: "wang", Value: 30, Message: "m9"}}
	other := write("g2", 0)
	other.Messages = []*flowdeskv1.Message{heard("g2", at.Add(2*time.Hour), 5, 0)}
	silent := write("g3", 0)
	silent.Messages = []*flowdeskv1.Message{heard("g3", at.Add(2*time.Hour), 6, 0)}
	silent.Messages[0].Sentiment = nil // of an hour in which no mood is known
	require.Empty(t, commit(t, s, w, other, silent).LostTurns)

	now, end := at.Add(3*time.Hour), at.Add(3*time.Hour)
	require.NoError(t, s.Derive(t.Context(), at.Add(-24*time.Hour), end, now))
	sum, err := s.SumTraffic(t.Context(), at.Add(-24*time.Hour), end)
	require.NoError(t, err)
	require.Equal(t, storage.Traffic{Sessions: 3, In: 4, Out: 2, Moods: 3, MoodSum: 1.5}, sum)
	sum, err = s.SumTraffic(t.Context(), at.Add(-24*time.Hour), at.Add(10*time.Minute))
	require.NoError(t, err)
	require.EqualValues(t, 1, sum.In, "a range counts the quarters that it touches")
	slots, err := s.ListTraffic(t.Context(), at.Add(-time.Hour), end, "g2")
	require.NoError(t, err)
	require.Len(t, slots, 1)
	require.Equal(t, at.Add(2*time.Hour).Truncate(storage.Slot), slots[0].Time)

	filter := storage.MeasuredFilter{Metric: flowdeskv1.Metric_METRIC_RESPONSE_TIME, After: at.Add(-time.Hour), Before: end}
	rows, _, err := s.ListMeasured(t.Context(), filter, storage.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 2, "of two replies to one message the first said counts")
	require.Equal(t, "wang", rows[0].GetPerson())
	require.InDelta(t, 30, rows[0].GetValue(), 1e-6)
	require.Equal(t, "day", rows[1].GetPerson())
	require.InDelta(t, 4.0, rows[1].GetValue(), 0.002)
	sums, err := s.SumReplies(t.Context(), filter, storage.RepliesByPerson, 10)
	require.NoError(t, err)
	require.Len(t, sums, 2)
	require.Equal(t, "day", sums[0].Key)
	require.EqualValues(t, 1, sums[0].Robot)
	require.EqualValues(t, 30_000_000, sums[1].Median)
	sums, err = s.SumReplies(t.Context(), filter, storage.RepliesTogether, 1)
	require.NoError(t, err)
	require.EqualValues(t, 2, sums[0].Count)
	require.InDelta(t, 4e6, float64(sums[0].Median), 2000, "of two the smaller is the median")
	require.EqualValues(t, 30_000_000, sums[0].P95)
}

func derivedFollows(t *testing.T, s storage.Store) {
	t.Helper()
	first := write("g1", 0)
	first.Messages = []*flowdeskv1.Message{heard("g1", at, 1, 0.5)}
	commit(t, s, first)
	count := func(now time.Time) int64 {
		require.NoError(t, s.Derive(t.Context(), at.Add(-time.Hour), at.Add(time.Hour), now))
		sum, err := s.SumTraffic(t.Context(), at.Add(-time.Hour), at.Add(time.Hour))
		require.NoError(t, err)
		return sum.In
	}
	require.EqualValues(t, 1, count(at.Add(time.Minute)))
	second := write("g1", 1)
	second.Messages = []*flowdeskv1.Message{heard("g1", at.Add(61*time.Second), 2, 0.5)}
	commit(t, s, second)
	require.EqualValues(t, 1, count(at.Add(61*time.Second)), "what was derived a second ago is fresh enough")
	require.EqualValues(t, 2, count(at.Add(time.Minute+storage.DeriveFresh)))
	require.EqualValues(t, 2, count(at.Add(storage.DeriveSettles+3*time.Hour)))
	late := write("g1", 2)
	late.Messages = []*flowdeskv1.Message{heard("g1", at.Add(62*time.Second), 3, 0.5)}
	commit(t, s, late)
	require.EqualValues(t, 2, count(at.Add(storage.DeriveSettles+9*time.Hour)), "an hour that has settled is not looked at again")
	require.NoError(t, s.ForgetDerived(t.Context()))
	require.EqualValues(t, 3, count(at.Add(storage.DeriveSettles+9*time.Hour)), "what was thrown away is made again")
}

func measuredRows(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for n := range 7 {
		when := at.Add(time.Duration(n) * time.Minute)
		w.Facts = append(w.Facts, &flowdeskv1.Fact{
			Name: "intervention", Time: timestamppb.New(when), Subject: fmt.Sprintf("p%d", n%2), Values: []*flowdeskv1.NamedValue{{Name: "prolonged", Value: "no"}},
		})
	}
	w.Facts = append(w.Facts, &flowdeskv1.Fact{
		Name: "intervention", Time: timestamppb.New(at), Subject: "p0", Values: []*flowdeskv1.NamedValue{{Name: "prolonged", Value: "yes"}},
	})
	w.Tasks = []*flowdeskv1.TrackTask{
		{
			Id: idAt(at, 1), GroupId: "g1", Title: "实名认证", Assignee: "p0", State: flowdeskv1.TaskState_TASK_STATE_COMPLETED, CreateTime: timestamppb.New(at),
			EndTime: timestamppb.New(at.Add(time.Hour)), Deadline: timestamppb.New(at.Add(2 * time.Hour)),
		},
		{
			Id: idAt(at, 2), GroupId: "g1", Title: "绑定", State: flowdeskv1.TaskState_TASK_STATE_COMPLETED, CreateTime: timestamppb.New(at),
			EndTime: timestamppb.New(at.Add(3 * time.Hour)), Deadline: timestamppb.New(at.Add(2 * time.Hour)),
		},
	}
	w.Alerts = []*flowdeskv1.Alert{{
		Id: idAt(at, 3), Session: "g1", Category: flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT, State: flowdeskv1.AlertState_ALERT_STATE_OPEN,
		Level: flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, CreateTime: timestamppb.New(at), Assignee: "p0", SilencedUntil: timestamppb.New(at.Add(time.Hour)),
	}}
	commit(t, s, w)
	filter := storage.MeasuredFilter{Metric: flowdeskv1.Metric_METRIC_INTERVENTION, After: at.Add(-time.Second), Before: at.Add(time.Hour), Person: "p0"}
	var seen []time.Time
	for page := (storage.Page{Size: 3}); ; {
		rows, next, err := s.ListMeasured(t.Context(), filter, page)
		require.NoError(t, err)
		for _, m := range rows {
			seen = append(seen, m.GetTime().AsTime())
		}
		if page.Token = next; next == "" {
			break
		}
	}
	require.Equal(t, []time.Time{at.Add(6 * time.Minute), at.Add(4 * time.Minute), at.Add(2 * time.Minute), at}, seen, "each once, and no prolongation")

	filter.Before = at.Add(5 * time.Minute) // the bound holds on every page
	seen = nil
	for page := (storage.Page{Size: 1}); ; {
		rows, next, err := s.ListMeasured(t.Context(), filter, page)
		require.NoError(t, err)
		for _, m := range rows {
			seen = append(seen, m.GetTime().AsTime())
		}
		if page.Token = next; next == "" {
			break
		}
	}
	require.Equal(t, []time.Time{at.Add(4 * time.Minute), at.Add(2 * time.Minute), at}, seen)

	filter = storage.MeasuredFilter{Metric: flowdeskv1.Metric_METRIC_TASK_COMPLETION, After: at.Add(-time.Second), Before: at.Add(time.Hour)}
	tasks, _, err := s.ListMeasured(t.Context(), filter, storage.Page{})
	require.NoError(t, err)
	require.Len(t, tasks, 2)
	require.False(t, tasks[0].GetMet(), "completed after its deadline")
	require.True(t, tasks[1].GetMet())
	require.InDelta(t, 3600, tasks[1].GetValue(), 0)

	filter = storage.MeasuredFilter{Metric: flowdeskv1.Metric_METRIC_SATISFACTION, Complaints: true, After: at.Add(-time.Second), Before: at.Add(time.Hour)}
	complaints, _, err := s.ListMeasured(t.Context(), filter, storage.Page{})
	require.NoError(t, err)
	require.Len(t, complaints, 1)
	open, err := s.CountOpenAlerts(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, []storage.AlertsOpen{{
		Level: flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, State: flowdeskv1.AlertState_ALERT_STATE_OPEN, Silenced: true, Count: 1,
	}}, open)
	for _, c := range []struct {
		filter storage.AlertFilter
		want   int
	}{
		{storage.AlertFilter{Assignee: "p0"}, 1},
		{storage.AlertFilter{Assignee: "p1"}, 0},
		{storage.AlertFilter{Silenced: ptr(true), Now: at}, 1},
		{storage.AlertFilter{Silenced: ptr(false), Now: at}, 0},
		{storage.AlertFilter{Silenced: ptr(false), Now: at.Add(2 * time.Hour)}, 1},
	} {
		alerts, _, err := s.ListAlerts(t.Context(), c.filter, storage.Page{})
		require.NoError(t, err)
		require.Len(t, alerts, c.want, "%+v", c.filter)
	}
}

func ptr[T any](v T) *T { return &v }

func unattendedFirst(t *testing.T, s storage.Store) {
	t.Helper()
	for n := range 7 {
		w := write(fmt.Sprintf("g%d", n), 0)
		w.Head.LastMessageTime = at.Add(time.Duration(n) * time.Minute)
		if n == 1 || n == 4 || n == 5 {
			w.Head.Unanswered = 1
		}
		commit(t, s, w)
	}
	for _, size := range []int{1, 2, 3, 4, 10} {
		var ids []string
		for page := (storage.Page{Size: size}); ; {
			rows, next, err := s.ListSessions(t.Context(), storage.SessionFilter{Unattended: true}, page)
			require.NoError(t, err)
			require.LessOrEqual(t, len(rows), size)
			for _, r := range rows {
				ids = append(ids, r.GetId())
			}
			if page.Token = next; next == "" {
				break
			}
		}
		require.Equal(t, []string{"g5", "g4", "g1", "g6", "g3", "g2", "g0"}, ids, "pages of %d", size)
	}
	unanswered, _, err := s.CountSessions(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, unanswered)
}

// longestWaitingFirst lists by the oldest question, which is not the last message, in pages; an answer takes a session out.
func longestWaitingFirst(t *testing.T, s storage.Store) {
	t.Helper()
	waited := map[string]time.Duration{"g0": 5 * time.Minute, "g1": time.Hour, "g2": 0, "g3": 20 * time.Minute, "g4": time.Hour}
	writes := make(map[string]*storage.TurnWrite)
	for session, wait := range waited {
		w := write(session, 0)
		w.Head.LastMessageTime = at.Add(wait) // who waited longest spoke last
		if wait > 0 {
			w.Head.Unanswered, w.Head.OldestQuestion = 2, at.Add(-wait)
		}
		commit(t, s, w)
		writes[session] = w
	}
	listed := func(size int) (ids []string) {
		for page := (storage.Page{Size: size}); ; {
			rows, next, err := s.ListSessions(t.Context(), storage.SessionFilter{Waiting: true}, page)
			require.NoError(t, err)
			for _, r := range rows {
				ids = append(ids, r.GetId())
				require.Equal(t, at.Add(-waited[r.GetId()]), r.GetOldestQuestionTime().AsTime())
			}
			if page.Token = next; next == "" {
				return ids
			}
		}
	}
	for _, size := range []int{1, 3, 10} {
		require.Equal(t, []string{"g1", "g4", "g3", "g0"}, listed(size), "pages of %d", size)
	}
	answered := write("g1", 1)
	answered.Head = writes["g1"].Head
	answered.Head.Unanswered, answered.Head.OldestQuestion = 0, time.Time{}
	commit(t, s, answered)
	require.Equal(t, []string{"g4", "g3", "g0"}, listed(10))
	row, err := s.GetSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Nil(t, row.GetOldestQuestionTime())
}

func commandsByDue(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for n, due := range []int{30, 10, 20} {
		c := command(idAt(at, n))
		c.State, c.SendTime = flowdeskv1.CommandState_COMMAND_STATE_DELAYED, timestamppb.New(at.Add(time.Duration(due)*time.Minute))
		w.Commands = append(w.Commands, c)
	}
	failed := command(idAt(at, 9))
	failed.State = flowdeskv1.CommandState_COMMAND_STATE_FAILED
	w.Commands = append(w.Commands, failed)
	commit(t, s, w)
	filter := storage.CommandFilter{States: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_DELAYED}, ByDue: true}
	var due []time.Duration
	for page := (storage.Page{Size: 2}); ; {
		list, next, err := s.ListCommands(t.Context(), filter, page)
		require.NoError(t, err)
		for _, c := range list {
			due = append(due, c.GetSendTime().AsTime().Sub(at))
		}
		if page.Token = next; next == "" {
			break
		}
	}
	require.Equal(t, []time.Duration{10 * time.Minute, 20 * time.Minute, 30 * time.Minute}, due)
	late := command(idAt(at.Add(time.Hour), 5))
	late.State, late.SendTime = flowdeskv1.CommandState_COMMAND_STATE_DELAYED, timestamppb.New(at.Add(90*time.Minute))
	next := write("g1", 1)
	next.Commands = []*flowdeskv1.Command{late}
	commit(t, s, next)
	filter.Before = at.Add(time.Minute)
	n := 0
	for page := (storage.Page{Size: 1}); ; n++ {
		_, token, err := s.ListCommands(t.Context(), filter, page)
		require.NoError(t, err)
		if page.Token = token; token == "" {
			break
		}
	}
	require.Equal(t, 2, n, "a bound that is not the order's holds on every page")
	filter.Before, filter.DueUntil = time.Time{}, at.Add(15*time.Minute)
	list, _, err := s.ListCommands(t.Context(), filter, storage.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	counts, err := s.CountSettledCommands(t.Context(), at.Add(-time.Minute), at.Add(time.Minute), true)
	require.NoError(t, err)
	require.Equal(t, map[flowdeskv1.CommandState]int64{flowdeskv1.CommandState_COMMAND_STATE_FAILED: 1}, counts)
}

func runsAreCounted(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for n, status := range []flowdeskv1.InstanceStatus{
		flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING,
	} {
		i := &storage.InstanceWrite{ID: idAt(at, n), Flow: "f", Version: int32(n + 1), Began: true, Status: status, Event: "e", Time: at}
		if status == flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED {
			i.FailedNode = "reply"
		}
		w.Instances = append(w.Instances, i)
	}
	commit(t, s, w)
	require.NoError(t, s.Derive(t.Context(), at.Add(-time.Hour), at.Add(time.Hour), at.Add(time.Minute)))
	runs, err := s.SumRuns(t.Context(), at.Add(-time.Hour), at.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []storage.VersionRuns{{Flow: "f", Version: 1, Runs: 1}, {Flow: "f", Version: 2, Runs: 1, Failed: 1}, {Flow: "f", Version: 3, Runs: 1}}, runs)
	open, err := s.CountOpenRuns(t.Context())
	require.NoError(t, err)
	require.Equal(t, []storage.VersionRuns{{Flow: "f", Version: 3, Runs: 1}}, open)
	counts, err := s.CountInstanceStatuses(t.Context(), storage.InstanceFilter{FailedNode: "reply", After: at.Add(-time.Minute), Before: at.Add(time.Minute)})
	require.NoError(t, err)
	require.Equal(t, map[flowdeskv1.InstanceStatus]int64{flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED: 1}, counts)
}

func usageAddsUp(t *testing.T, s storage.Store) {
	t.Helper()
	one := &flowdeskv1.ModelUsage{Day: "2026-01-05", Provider: "doubao", Model: "m", Use: "reply", Requests: 1, InputTokens: 10, OutputTokens: 5, CostMicros: 7, Seconds: 0.5}
	require.NoError(t, s.AddModelUsage(t.Context(), []*flowdeskv1.ModelUsage{one, one}))
	other := &flowdeskv1.ModelUsage{Day: "2026-01-06", Provider: "doubao", Model: "m", Use: "reply", Requests: 1, Failures: 1, Estimated: true}
	require.NoError(t, s.AddModelUsage(t.Context(), []*flowdeskv1.ModelUsage{other}))
	list, _, err := s.ListModelUsage(t.Context(), storage.UsageFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "2026-01-06", list[0].GetDay())
	require.True(t, list[0].GetEstimated())
	require.EqualValues(t, 14, list[1].GetCostMicros())
	require.InDelta(t, 1.0, list[1].GetSeconds(), 1e-9)
	list, _, err = s.ListModelUsage(t.Context(), storage.UsageFilter{LastDay: "2026-01-05"}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func sessionsGo(t *testing.T, s storage.Store) {
	t.Helper()
	for _, session := range []string{"g1", "g2"} {
		w := write(session, 0)
		w.Messages = []*flowdeskv1.Message{heard(session, at, len(session)+int(session[1]), 0.5)}
		c := command("c-" + session)
		c.Session = session
		w.Commands = []*flowdeskv1.Command{c}
		w.Tasks = []*flowdeskv1.TrackTask{{Id: "t-" + session, GroupId: session}}
		w.Alerts = []*flowdeskv1.Alert{{Id: "a-" + session, Session: session}}
		commit(t, s, w)
	}
	require.NoError(t, s.MarkDemo(t.Context(), "session", "g1", "g1"))
	marked, err := s.ListDemo(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"session": {"g1"}}, marked)
	before, err := s.CountSessionRows(t.Context(), marked["session"])
	require.NoError(t, err)
	removed, err := s.DeleteSessions(t.Context(), marked["session"])
	require.NoError(t, err)
	require.Equal(t, before, removed, "what is counted is what goes")
	require.EqualValues(t, 1, removed["messages"])
	_, err = s.GetTask(t.Context(), "t-g1")
	require.ErrorIs(t, err, storage.ErrNotFound)
	for _, check := range []func() error{
		func() error { _, err := s.GetSession(t.Context(), "g2"); return err },
		func() error { _, err := s.GetTask(t.Context(), "t-g2"); return err },
		func() error { _, err := s.GetAlert(t.Context(), "a-g2"); return err },
		func() error { _, err := s.GetCommand(t.Context(), "c-g2"); return err },
	} {
		require.NoError(t, check(), "the neighbour stays")
	}
	require.Empty(t, commit(t, s, write("g1", 0)).LostTurns, "the session begins anew")
	require.NoError(t, s.UnmarkDemo(t.Context(), "session", "g1"))
}

func versionsGo(t *testing.T, s storage.Store) {
	t.Helper()
	definition := &flowdeskv1.FlowDefinition{Title: "流程"}
	require.NoError(t, s.CreateFlow(t.Context(), &flowdeskv1.Flow{Id: "f", Definition: definition}))
	for range 3 {
		_, err := s.PublishVersion(t.Context(), &flowdeskv1.FlowVersion{Flow: "f", Definition: definition, CreateTime: timestamppb.New(at)}, true)
		require.NoError(t, err)
	}
	w := write("g1", 0)
	w.Instances = []*storage.InstanceWrite{{ID: idAt(at, 1), Flow: "f", Version: 2, Began: true, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, Event: "e", Time: at}}
	commit(t, s, w)
	require.ErrorIs(t, s.DeleteVersion(t.Context(), "f", 3), storage.ErrConflict, "it is active")
	require.ErrorIs(t, s.DeleteVersion(t.Context(), "f", 2), storage.ErrConflict, "it ran")
	require.NoError(t, s.SetActive(t.Context(), "f", 1))
	require.NoError(t, s.DeleteVersion(t.Context(), "f", 3))
	flow, err := s.GetFlow(t.Context(), "f")
	require.NoError(t, err)
	require.EqualValues(t, 2, flow.GetLatestVersion())
}
