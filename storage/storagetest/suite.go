// Package storagetest is the suite that holds every backend to the contract of package storage. A promise added there comes with its test
// here.
package storagetest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Run runs the suite; open gives a fresh, empty store each time.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	t.Helper()
	tests := map[string]func(*testing.T, storage.Store){
		"commit: a turn is stored whole":                      turnIsStoredWhole,
		"commit: a stale turn loses and its neighbour wins":   staleTurnLoses,
		"commit: turns of one session chain":                  turnsChain,
		"commit: a broken chain loses from there on":          brokenChain,
		"commit: a command key is stored once":                commandKeyOnce,
		"commit: deliveries compare and set":                  deliveries,
		"commit: a late cancel is told":                       lateCancel,
		"commit: a text changes until it leaves":              editedText,
		"commit: strange texts never fail a batch":            strangeTexts,
		"commit: one winner among many":                       oneWinner,
		"sessions: a state is its snapshot and turns":         sessionRecord,
		"lists: pages are complete and tokens serve one list": pages,
		"flows: a draft changes by revision":                  draftRevision,
		"flows: publishing activates at once":                 publish,
		"flows: a rollback is one change or none":             rollBack,
		"flows: one is installed whole or not at all":         install,
		"prove: what is stored to try leaves nothing behind":  prove,
		"alerts: counted by person, session and day":          alertsOfPeopleAreCounted,
		"analytics: traffic and replies are derived":          trafficIsDerived,
		"analytics: derived rows follow until they settle":    derivedFollows,
		"analytics: rows behind figures":                      measuredRows,
		"analytics: runs are counted":                         runsAreCounted,
		"lists: unattended sessions first":                    unattendedFirst,
		"lists: the longest waiting first":                    longestWaitingFirst,
		"lists: commands by due time":                         commandsByDue,
		"usage: usage of a day adds up":                       usageAddsUp,
		"demo: sessions go with all their rows":               sessionsGo,
		"demo: versions that nobody needs go":                 versionsGo,
		"directory: etags guard changes":                      etags,
		"directory: an alias belongs to one group":            aliases,
		"quarantine: listed, dismissed, taken back":           quarantine,
		"inbox: a turn takes its event out":                   inbox,
		"test cases: kept by flow":                            testCases,
		"checkpoints: newest first, and gone with their flow": checkpoints,
		"ids: case matters":                                   caseMatters,
		"close: a closed store says so":                       closed,
		"context: an ended context is an error":               ended,
	}
	for _, more := range []map[string]func(*testing.T, storage.Store){batches, leases, sharing, retention, orders, traces, jobs, accessTests(), reading} {
		maps.Copy(tests, more)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

var at = time.Date(2026, 1, 5, 2, 0, 0, 123456000, time.UTC)

func write(session string, expect int64) *storage.TurnWrite {
	return &storage.TurnWrite{
		Session: session, Expect: expect, Event: fmt.Sprintf("%s-%d", session, expect), Time: at, Data: fmt.Appendf(nil, "turn %d", expect),
		Head: storage.SessionHead{Title: "华东客户群 😀", LastMessageTime: at, LastText: "你好"},
	}
}

func commit(t *testing.T, s storage.Store, turns ...*storage.TurnWrite) *storage.BatchResult {
	t.Helper()
	result, err := s.Commit(t.Context(), &storage.Batch{Turns: turns})
	require.NoError(t, err)
	return result
}

func command(id string) *flowdeskv1.Command {
	return &flowdeskv1.Command{
		Id: id, Key: "key-" + id, Session: "g1", TargetSession: "g1", Text: "好的 👍", State: flowdeskv1.CommandState_COMMAND_STATE_QUEUED,
		SendTime: timestamppb.New(at),
	}
}

func turnIsStoredWhole(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	sentiment := 0.25
	w.Messages = []*flowdeskv1.Message{{
		Id: "m1", Session: "g1", SenderName: "张三", Text: "发票怎么开 🙏", Role: flowdeskv1.Role_ROLE_USER, ReceiveTime: timestamppb.New(at), Sentiment: &sentiment,
		Intent: flowdeskv1.Intent_INTENT_INQUIRY, Robots: []string{"a"}, FlowInstance: "i1",
	}}
	w.Instances = []*storage.InstanceWrite{{ID: "i1", Flow: "f", Version: 1, Began: true, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, Event: "e", Time: at}}
	w.Commands = []*flowdeskv1.Command{command("c1")}
	w.Tasks = []*flowdeskv1.TrackTask{{Id: "t1", GroupId: "g1", Title: "实名认证"}}
	w.Alerts = []*flowdeskv1.Alert{{Id: "a1", Session: "g1", Text: "投诉"}}
	w.Events = []*flowdeskv1.Event{{Id: "e2", Session: "g2"}}
	w.Calls = []*flowdeskv1.Call{{Id: "call1", Session: "g1"}}
	require.Empty(t, commit(t, s, w).LostTurns)

	m, err := s.GetMessage(t.Context(), "m1")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(w.Messages[0], m, protocmp.Transform()))
	i, turns, err := s.GetInstance(t.Context(), "i1")
	require.NoError(t, err)
	require.Equal(t, []int64{0}, turns)
	require.Equal(t, at, i.GetBeginTime().AsTime(), "microseconds are kept")
	task, err := s.GetTask(t.Context(), "t1")
	require.NoError(t, err)
	require.Equal(t, "实名认证", task.GetTitle())
	alert, err := s.GetAlert(t.Context(), "a1")
	require.NoError(t, err)
	require.Equal(t, "投诉", alert.GetText())
	events, err := s.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, events, 1)
	calls, err := s.PendingCalls(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	_, err = s.GetMessage(t.Context(), "nothing")
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func staleTurnLoses(t *testing.T, s storage.Store) {
	t.Helper()
	commit(t, s, write("g1", 0), write("g1", 1))
	require.Equal(t, []int{0}, commit(t, s, write("g1", 0), write("g3", 0)).LostTurns, "a session that exists is not created again")
	stale, neighbour := write("g1", 1), write("g2", 0)
	stale.Tasks = []*flowdeskv1.TrackTask{{Id: "lost"}}
	neighbour.Tasks = []*flowdeskv1.TrackTask{{Id: "kept"}}
	require.Equal(t, []int{0}, commit(t, s, stale, neighbour).LostTurns)
	_, err := s.GetTask(t.Context(), "lost")
	require.ErrorIs(t, err, storage.ErrNotFound, "nothing of a losing turn is stored")
	_, err = s.GetTask(t.Context(), "kept")
	require.NoError(t, err, "a stale session never undoes its neighbours")
}

func turnsChain(t *testing.T, s storage.Store) {
	t.Helper()
	require.Empty(t, commit(t, s, write("g1", 0), write("g2", 0), write("g1", 1), write("g1", 2)).LostTurns)
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Equal(t, int64(3), record.Version)
	require.Len(t, record.Turns, 3)
}

func brokenChain(t *testing.T, s storage.Store) {
	t.Helper()
	commit(t, s, write("g1", 0))
	require.Equal(t, []int{0, 1}, commit(t, s, write("g1", 0), write("g1", 1), write("g2", 0)).LostTurns)
}

func commandKeyOnce(t *testing.T, s storage.Store) {
	t.Helper()
	first, second := write("g1", 0), write("g1", 1)
	first.Commands = []*flowdeskv1.Command{command("c1")}
	again := command("c2")
	again.Key = "key-c1"
	second.Commands = []*flowdeskv1.Command{again}
	commit(t, s, first, second)
	_, err := s.GetCommand(t.Context(), "c2")
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func deliveries(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	w.Commands = []*flowdeskv1.Command{command("c1")}
	commit(t, s, w)
	sending := &storage.Delivery{
		Command: "c1", From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_QUEUED}, State: flowdeskv1.CommandState_COMMAND_STATE_SENDING,
		Robot: "day", Attempts: 1, SentTime: at, Attempt: &flowdeskv1.CommandAttempt{Number: 1, Robot: "day"},
	}
	result, err := s.Commit(t.Context(), &storage.Batch{Deliveries: []*storage.Delivery{sending, sending}})
	require.NoError(t, err)
	require.Equal(t, []int{1}, result.LostDeliveries, "the second finds another state")
	c, err := s.GetCommand(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, "day", c.GetRobot())
	require.Len(t, c.GetAttemptLog(), 1)
}

func lateCancel(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	sent := command("c1")
	sent.State = flowdeskv1.CommandState_COMMAND_STATE_SENDING
	w.Commands = []*flowdeskv1.Command{sent, command("c2")}
	commit(t, s, w)
	next := write("g1", 1)
	for _, id := range []string{"c1", "c2"} {
		next.Cancels = append(next.Cancels, &flowdeskv1.CancelCommand{Command: id, State: flowdeskv1.CommandState_COMMAND_STATE_CANCELLED})
	}
	require.Equal(t, []storage.CommandCancel{{Session: "g1", Command: "c1"}}, commit(t, s, next).LateCancels)
}

func strangeTexts(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	w.Head.Title = "nul\x00 and \xff\xfe broken"
	w.Messages = []*flowdeskv1.Message{{Id: "m1", Session: "g1", Text: "nul\x00", SenderName: "\u202eright to left"}}
	require.Empty(t, commit(t, s, w).LostTurns)
	m, err := s.GetMessage(t.Context(), "m1")
	require.NoError(t, err)
	require.Equal(t, "nul\uFFFD", m.GetText())
}

func oneWinner(t *testing.T, s storage.Store) {
	t.Helper()
	commit(t, s, write("g1", 0))
	var (
		mu   sync.Mutex
		wins int
		work sync.WaitGroup
	)
	for range 8 {
		work.Go(func() {
			result, err := s.Commit(context.WithoutCancel(t.Context()), &storage.Batch{Turns: []*storage.TurnWrite{write("g1", 1)}})
			mu.Lock()
			defer mu.Unlock()
			if err == nil && len(result.LostTurns) == 0 {
				wins++
			}
		})
	}
	work.Wait()
	require.Equal(t, 1, wins)
}

func sessionRecord(t *testing.T, s storage.Store) {
	t.Helper()
	empty, err := s.LoadSession(t.Context(), "never seen")
	require.NoError(t, err)
	require.Zero(t, empty.Version)
	with := write("g1", 1)
	with.Snapshot = []byte("after two turns")
	commit(t, s, write("g1", 0), with, write("g1", 2))
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Equal(t, &storage.SessionRecord{Version: 3, Snapshot: []byte("after two turns"), SnapshotVersion: 2, Turns: [][]byte{[]byte("turn 2")}}, record)
	before, err := s.SessionBefore(t.Context(), "g1", 1)
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("turn 0")}, before.Turns)
}

func pages(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for i := range 7 {
		w.Commands = append(w.Commands, command(fmt.Sprintf("c%d", i)))
	}
	commit(t, s, w)
	var ids []string
	page := storage.Page{Size: 3}
	for {
		list, next, err := s.ListCommands(t.Context(), storage.CommandFilter{Session: "g1"}, page)
		require.NoError(t, err)
		for _, c := range list {
			ids = append(ids, c.GetId())
		}
		if next == "" {
			break
		}
		page.Token = next
	}
	require.Equal(t, []string{"c6", "c5", "c4", "c3", "c2", "c1", "c0"}, ids, "newest first, each once")
	_, _, err := s.ListCommands(t.Context(), storage.CommandFilter{Session: "other"}, page)
	require.ErrorIs(t, err, storage.ErrPageToken)
	_, _, err = s.ListCommands(t.Context(), storage.CommandFilter{}, storage.Page{Token: "%%%"})
	require.ErrorIs(t, err, storage.ErrPageToken)
}

func draftRevision(t *testing.T, s storage.Store) {
	t.Helper()
	flow := &flowdeskv1.Flow{Id: "f1", Definition: &flowdeskv1.FlowDefinition{Title: "流程"}}
	require.NoError(t, s.CreateFlow(t.Context(), flow))
	require.ErrorIs(t, s.CreateFlow(t.Context(), flow), storage.ErrExists)
	require.NoError(t, s.UpdateFlow(t.Context(), flow, 1))
	require.ErrorIs(t, s.UpdateFlow(t.Context(), flow, 1), storage.ErrConflict)
	require.ErrorIs(t, s.UpdateFlow(t.Context(), &flowdeskv1.Flow{Id: "none"}, 1), storage.ErrNotFound)
}

func publish(t *testing.T, s storage.Store) {
	t.Helper()
	definition := &flowdeskv1.FlowDefinition{Title: "流程"}
	require.NoError(t, s.CreateFlow(t.Context(), &flowdeskv1.Flow{Id: "f1", Definition: definition}))
	for want := int32(1); want <= 2; want++ {
		got, err := s.PublishVersion(t.Context(), &flowdeskv1.FlowVersion{Flow: "f1", Definition: definition, CreateTime: timestamppb.New(at)}, want == 1)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	active, err := s.ActiveVersions(t.Context())
	require.NoError(t, err)
	require.Len(t, active, 1)
	require.Equal(t, int32(1), active[0].GetVersion())
	require.ErrorIs(t, s.DeleteFlow(t.Context(), "f1"), storage.ErrConflict, "an active flow stays")
	require.ErrorIs(t, s.SetActive(t.Context(), "f1", 9), storage.ErrNotFound)
	require.NoError(t, s.SetActive(t.Context(), "f1", 0))
	require.NoError(t, s.DeleteFlow(t.Context(), "f1"))
}

func install(t *testing.T, s storage.Store) {
	t.Helper()
	definition := &flowdeskv1.FlowDefinition{Title: "流程"}
	flow, version := &flowdeskv1.Flow{Id: "f1", Definition: definition}, &flowdeskv1.FlowVersion{Flow: "f1", Definition: definition, CreateTime: timestamppb.New(at)}
	before, err := s.EnvironmentNumber(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.InstallFlow(t.Context(), flow, version))
	got, err := s.GetFlow(t.Context(), "f1")
	require.NoError(t, err)
	require.Equal(t, []any{int32(1), int32(1), false}, []any{got.GetActiveVersion(), got.GetLatestVersion(), got.GetDraftChanged()})
	after, err := s.EnvironmentNumber(t.Context())
	require.NoError(t, err)
	require.Greater(t, after, before, "others follow it")
	require.ErrorIs(t, s.InstallFlow(t.Context(), flow, version), storage.ErrExists)
	versions, _, err := s.ListVersions(t.Context(), "f1", storage.Page{})
	require.NoError(t, err)
	require.Len(t, versions, 1, "nothing of the one that was refused")
	require.Error(t, s.InstallFlow(t.Context(), &flowdeskv1.Flow{Id: "f2", Definition: definition}, &flowdeskv1.FlowVersion{Flow: "f3", Definition: definition}))
	_, err = s.GetFlow(t.Context(), "f2")
	require.ErrorIs(t, err, storage.ErrNotFound, "without its version there is no flow")
}

func prove(t *testing.T, s storage.Store) {
	t.Helper()
	count := func() (rows int64) {
		stats, err := s.Stats(t.Context())
		require.NoError(t, err)
		for _, table := range stats {
			if table.Table == "requests" {
				rows = table.Rows
			}
		}
		return rows
	}
	before := count()
	for range 3 {
		require.NoError(t, s.Prove(t.Context()))
	}
	require.Equal(t, before, count())
}

func etags(t *testing.T, s storage.Store) {
	t.Helper()
	p := &flowdeskv1.Person{Id: "p1", Title: "小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES}
	require.NoError(t, s.PutPerson(t.Context(), p, ""))
	stored, err := s.GetPerson(t.Context(), "p1")
	require.NoError(t, err)
	require.NoError(t, s.PutPerson(t.Context(), p, stored.GetEtag()))
	require.ErrorIs(t, s.PutPerson(t.Context(), p, stored.GetEtag()), storage.ErrConflict)
}

func aliases(t *testing.T, s storage.Store) {
	t.Helper()
	alias := []*flowdeskv1.GroupAlias{{Robot: "a", Title: "华东客户群"}}
	require.NoError(t, s.PutGroup(t.Context(), &flowdeskv1.Group{Id: "g1", Aliases: alias}, ""))
	require.ErrorIs(t, s.PutGroup(t.Context(), &flowdeskv1.Group{Id: "g2", Aliases: alias}, ""), storage.ErrExists)
	require.NoError(t, s.PutGroup(t.Context(), &flowdeskv1.Group{Id: "g2"}, ""))
	require.NoError(t, s.MergeGroups(t.Context(), "g1", "g2"))
	g, err := s.GetGroup(t.Context(), "g2")
	require.NoError(t, err)
	require.Len(t, g.GetAliases(), 1)
}

func caseMatters(t *testing.T, s storage.Store) {
	t.Helper()
	require.NoError(t, s.PutPerson(t.Context(), &flowdeskv1.Person{Id: "Abc"}, ""))
	_, err := s.GetPerson(t.Context(), "abc")
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func closed(t *testing.T, s storage.Store) {
	t.Helper()
	require.NoError(t, s.Close())
	_, err := s.Commit(t.Context(), &storage.Batch{})
	require.ErrorIs(t, err, storage.ErrClosed)
	_, err = s.GetTask(t.Context(), "t")
	require.ErrorIs(t, err, storage.ErrClosed)
	require.NoError(t, s.Close())
}

func ended(t *testing.T, s storage.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Commit(ctx, &storage.Batch{})
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = s.ListAlerts(ctx, storage.AlertFilter{}, storage.Page{})
	require.ErrorIs(t, err, context.Canceled)
}
