package storagetest

import (
	"context"
	"fmt"
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

// batches are about several changes of one row in one commit, and many rows.
var batches = map[string]func(*testing.T, storage.Store){
	"batch: changes of one command keep their order":   commandInOrder,
	"batch: changes of one instance keep their order":  instanceInOrder,
	"batch: what is learnt of a message adds up":       messageInOrder,
	"batch: the latest presence stands":                latestPresence,
	"batch: hundreds of turns":                         manyTurns,
	"batch: a request has one turn":                    oneTurnOfARequest,
	"batch: an event leaves the inbox with its turn":   inboxLeaves,
	"batch: a command whose key is taken is named":     leftOutIsNamed,
	"batch: an empty one is nothing":                   emptyBatch,
	"lists: pages stay whole while rows come":          pagesWhileRowsCome,
	"lists: ids sort byte by byte":                     byteOrder,
	"directory: one of many changes of one state wins": oneChangeWins,
	"flows: versions published at once are numbered":   publishedAtOnce,
	"texts: a part is found as it is, A and a alike":   partOfText,
	"times: microseconds come back, whatever the zone": microseconds,
}

const (
	queued    = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
	sending   = flowdeskv1.CommandState_COMMAND_STATE_SENDING
	sent      = flowdeskv1.CommandState_COMMAND_STATE_SENT
	completed = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED
	cancelled = flowdeskv1.CommandState_COMMAND_STATE_CANCELLED
)

func delivery(command string, from, to flowdeskv1.CommandState, number int32) *storage.Delivery {
	return &storage.Delivery{
		Command: command, From: []flowdeskv1.CommandState{from}, FromAttempts: -1, State: to, Attempts: number,
		Attempt: &flowdeskv1.CommandAttempt{Number: number, State: to},
	}
}

func commandInOrder(t *testing.T, s storage.Store) {
	t.Helper()
	first, second := write("g1", 0), write("g1", 1)
	first.Commands = []*flowdeskv1.Command{command("c1"), command("c2")}
	second.Cancels = []*flowdeskv1.CancelCommand{{Command: "c2", State: cancelled}}
	result, err := s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{first, second}, Deliveries: []*storage.Delivery{
		delivery("c1", queued, sending, 1), delivery("c2", queued, sending, 1), delivery("c1", sending, sent, 1), delivery("c1", sent, completed, 1),
		delivery("c1", sent, completed, 2),
	}})
	require.NoError(t, err)
	require.Equal(t, []int{1, 4}, result.LostDeliveries)
	require.Empty(t, result.LateCancels)
	c, err := s.GetCommand(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, completed, c.GetState())
	require.Len(t, c.GetAttemptLog(), 1)
	require.Equal(t, completed, c.GetAttemptLog()[0].GetState())
	require.Equal(t, "4", c.GetEtag(), "each change counts")
	c, err = s.GetCommand(t.Context(), "c2")
	require.NoError(t, err)
	require.Equal(t, cancelled, c.GetState())
}

func instanceInOrder(t *testing.T, s storage.Store) {
	t.Helper()
	waiting, ended := flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED
	var turns []*storage.TurnWrite
	for i, status := range []flowdeskv1.InstanceStatus{waiting, waiting, ended} {
		w := write("g1", int64(i))
		w.Instances = []*storage.InstanceWrite{{
			ID: "i1", Flow: "f", Version: 1, Began: i == 0, Status: status, Turn: int64(i), Time: at.Add(time.Duration(i) * time.Second),
			LastNode: []string{"a", "b", ""}[i],
		}}
		turns = append(turns, w)
	}
	commit(t, s, turns...)
	i, versions, err := s.GetInstance(t.Context(), "i1")
	require.NoError(t, err)
	require.Equal(t, []int64{0, 1, 2}, versions)
	require.Equal(t, ended, i.GetStatus())
	require.Equal(t, "b", i.GetLastNode(), "an empty node leaves the one before")
	require.Equal(t, at.Add(2*time.Second), i.GetEndTime().AsTime())
}

func messageInOrder(t *testing.T, s storage.Store) {
	t.Helper()
	first, second := write("g1", 0), write("g1", 1)
	first.Messages = []*flowdeskv1.Message{{Id: "m1", Session: "g1", Text: "在吗", Robots: []string{"a"}, ReceiveTime: timestamppb.New(at), Event: "m1"}}
	sentiment := -0.5
	first.Annotations = []*flowdeskv1.AnnotateMessage{{Message: "m1", Role: flowdeskv1.Role_ROLE_OPERATOR, RoleRule: "directory"}}
	second.Annotations = []*flowdeskv1.AnnotateMessage{
		{Message: "m1", Role: flowdeskv1.Role_ROLE_USER, RoleRule: "default"}, {Message: "m1", Sentiment: &sentiment, Instance: "i1"},
	}
	second.Merges = []*flowdeskv1.MergeReport{{Message: "m1", Robot: "b"}, {Message: "m1", Robot: "c"}}
	commit(t, s, first, second)
	m, err := s.GetMessage(t.Context(), "m1")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(&flowdeskv1.Message{
		Id: "m1", Session: "g1", Text: "在吗", Robots: []string{"a", "b", "c"}, ReceiveTime: timestamppb.New(at), Event: "m1", Duplicates: 2,
		Role: flowdeskv1.Role_ROLE_USER, RoleRule: "default", Sentiment: &sentiment, FlowInstance: "i1",
	}, m, protocmp.Transform()))
}

// oneTurnOfARequest has a caller repeat a request: at once, later, and by way of the inbox.
func oneTurnOfARequest(t *testing.T, s storage.Store) {
	t.Helper()
	turn := func(event string, expect int64, request string) *storage.TurnWrite {
		w := write("g1", expect)
		w.Event, w.FromInbox, w.Request = event, true, &storage.RequestMark{Method: "m", ID: request, Answer: []byte(event)}
		return w
	}
	commit := func(turns ...*storage.TurnWrite) *storage.BatchResult {
		t.Helper()
		result, err := s.Commit(t.Context(), &storage.Batch{Turns: turns})
		require.NoError(t, err)
		return result
	}
	_, err := s.Commit(t.Context(), &storage.Batch{Inbox: []*flowdeskv1.Event{{Id: "again", Session: "g1"}, {Id: "behind", Session: "g1"}}})
	require.NoError(t, err)

	result := commit(turn("first", 0, "r"), turn("second", 1, "other"), turn("again", 2, "r"), turn("behind", 3, "third"))
	require.Equal(t, []int{2, 3}, result.LostTurns)
	require.Empty(t, result.Repeated, "the first might have lost")

	result = commit(turn("again", 2, "r"), turn("behind", 3, "third"))
	require.Equal(t, []int{0, 1}, result.LostTurns)
	require.Equal(t, []int{0}, result.Repeated)
	pending, err := s.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, pending, 1, "what was answered does not wait any more")
	require.Equal(t, "behind", pending[0].Event.GetId())

	require.Empty(t, commit(turn("behind", 2, "third")).LostTurns)
	require.Equal(t, []int{0}, commit(turn("late", 0, "r")).Repeated, "also when it would have lost anyway")
	answer, err := s.GetRequest(t.Context(), "m", "r")
	require.NoError(t, err)
	require.Equal(t, "first", string(answer))
}

func latestPresence(t *testing.T, s storage.Store) {
	t.Helper()
	require.NoError(t, s.PutPresence(t.Context(), &flowdeskv1.PresenceFact{Person: "p1", ActiveAt: timestamppb.New(at.Add(time.Minute))}))
	w := write("g1", 0)
	w.Presence = []*flowdeskv1.PresenceFact{{Person: "p1", ActiveAt: timestamppb.New(at)}, {Person: "p2", ActiveAt: timestamppb.New(at)}}
	commit(t, s, w)
	all, err := s.ListPresence(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, at.Add(time.Minute), all[0].GetActiveAt().AsTime(), "an older one does not replace it")
}

func manyTurns(t *testing.T, s storage.Store) {
	t.Helper()
	const sessions, each = 150, 3
	var turns []*storage.TurnWrite
	for version := range each {
		for i := range sessions {
			w := write(fmt.Sprintf("g%03d", i), int64(version))
			w.Messages = []*flowdeskv1.Message{{Id: w.Event, Session: w.Session, Text: "消息", ReceiveTime: timestamppb.New(at)}}
			w.Facts = []*flowdeskv1.Fact{{Name: "answered", Time: timestamppb.New(at)}}
			turns = append(turns, w)
		}
	}
	require.Empty(t, commit(t, s, turns...).LostTurns)
	seen := make(map[string]bool)
	for page := (storage.Page{Size: 100}); ; {
		messages, next, err := s.ListMessages(t.Context(), storage.MessageFilter{}, page)
		require.NoError(t, err)
		for _, m := range messages {
			require.False(t, seen[m.GetId()], "%s comes twice", m.GetId())
			seen[m.GetId()] = true
		}
		if page.Token = next; next == "" {
			break
		}
	}
	require.Len(t, seen, sessions*each)
	facts, _, err := s.ListFacts(t.Context(), storage.FactFilter{Name: "answered", Session: "g007"}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, facts, each)
}

func inboxLeaves(t *testing.T, s storage.Store) {
	t.Helper()
	_, err := s.Commit(t.Context(), &storage.Batch{Inbox: []*flowdeskv1.Event{{Id: "e1", Session: "g1"}, {Id: "e2", Session: "g1"}, {Id: "e1", Session: "g1"}}})
	require.NoError(t, err)
	w := write("g1", 0)
	w.Event, w.FromInbox = "e1", true
	commit(t, s, w)
	events, err := s.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "e2", events[0].Event.GetId())
}

func leftOutIsNamed(t *testing.T, s storage.Store) {
	t.Helper()
	first, second := write("g1", 0), write("g2", 0)
	first.Commands = []*flowdeskv1.Command{command("c1")}
	again := command("c2")
	again.Key = "key-c1"
	second.Commands = []*flowdeskv1.Command{command("c3"), again}
	commit(t, s, first)
	require.Equal(t, []storage.CommandLeftOut{{Turn: 0, Command: "c2", Known: "c1"}}, commit(t, s, second).LeftOut)
}

func emptyBatch(t *testing.T, s storage.Store) {
	t.Helper()
	result, err := s.Commit(t.Context(), &storage.Batch{})
	require.NoError(t, err)
	require.Equal(t, &storage.BatchResult{}, result)
}

func pagesWhileRowsCome(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for i := range 4 {
		w.Commands = append(w.Commands, command(fmt.Sprintf("c%d", i)))
	}
	commit(t, s, w)
	first, next, err := s.ListCommands(t.Context(), storage.CommandFilter{Session: "g1"}, storage.Page{Size: 2})
	require.NoError(t, err)
	require.Len(t, first, 2)
	more := write("g1", 1)
	more.Commands = []*flowdeskv1.Command{command("c9")}
	commit(t, s, more)
	second, end, err := s.ListCommands(t.Context(), storage.CommandFilter{Session: "g1"}, storage.Page{Size: 2, Token: next})
	require.NoError(t, err)
	require.Empty(t, end)
	require.Equal(t, []string{"c1", "c0"}, []string{second[0].GetId(), second[1].GetId()})
}

func byteOrder(t *testing.T, s storage.Store) {
	t.Helper()
	for _, id := range []string{"b", "B", "_", "é", "a-b", "ab", "中"} {
		require.NoError(t, s.PutPerson(t.Context(), &flowdeskv1.Person{Id: id}, ""))
	}
	people, _, err := s.ListPeople(t.Context(), storage.PersonFilter{}, storage.Page{})
	require.NoError(t, err)
	var ids []string
	for _, p := range people {
		ids = append(ids, p.GetId())
	}
	require.Equal(t, []string{"B", "_", "a-b", "ab", "b", "é", "中"}, ids)
}

func partOfText(t *testing.T, s storage.Store) {
	t.Helper()
	for id, title := range map[string]string{"1": "VIP客户群", "2": "100%满意", "3": "a_b", "4": `back\slash`, "5": "it's"} {
		require.NoError(t, s.PutGroup(t.Context(), &flowdeskv1.Group{Id: id, Title: title}, ""))
	}
	for part, want := range map[string]string{"vip": "1", "%": "2", "_": "3", `\`: "4", "'": "5", "客户": "1"} {
		groups, _, err := s.ListGroups(t.Context(), storage.GroupFilter{Title: part}, storage.Page{})
		require.NoError(t, err)
		require.Len(t, groups, 1, part)
		require.Equal(t, want, groups[0].GetId(), part)
	}
}

func microseconds(t *testing.T, s storage.Store) {
	t.Helper()
	elsewhere := at.In(time.FixedZone("far", -11*3600)).Add(789 * time.Nanosecond)
	w := write("g1", 0)
	w.Time, w.Head.LastMessageTime, w.Head.NextDue = elsewhere, elsewhere, elsewhere
	commit(t, s, w)
	session, err := s.GetSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Equal(t, at, session.GetLastMessageTime().AsTime())
	due, err := s.DueSessions(t.Context(), at.Add(time.Microsecond), 10)
	require.NoError(t, err)
	require.Equal(t, []storage.DueSession{{Session: "g1", Due: at}}, due)
	due, err = s.DueSessions(t.Context(), at, 10)
	require.NoError(t, err)
	require.Empty(t, due)
}

// atOnce runs a change from several callers at the same time, and tells how many succeeded.
func atOnce(t *testing.T, n int, change func(ctx context.Context) error) (won int) {
	t.Helper()
	var work sync.WaitGroup
	errs := make([]error, n)
	for i := range errs {
		work.Go(func() { errs[i] = change(context.WithoutCancel(t.Context())) })
	}
	work.Wait()
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	return won
}

func oneChangeWins(t *testing.T, s storage.Store) {
	t.Helper()
	require.NoError(t, s.PutPerson(t.Context(), &flowdeskv1.Person{Id: "p1"}, ""))
	stored, err := s.GetPerson(t.Context(), "p1")
	require.NoError(t, err)
	require.Equal(t, 1, atOnce(t, 8, func(ctx context.Context) error {
		return s.PutPerson(ctx, &flowdeskv1.Person{Id: "p1", Title: "小王"}, stored.GetEtag())
	}))
}

func publishedAtOnce(t *testing.T, s storage.Store) {
	t.Helper()
	definition := &flowdeskv1.FlowDefinition{Title: "流程"}
	require.NoError(t, s.CreateFlow(t.Context(), &flowdeskv1.Flow{Id: "f1", Definition: definition}))
	const n = 6
	require.Equal(t, n, atOnce(t, n, func(ctx context.Context) error {
		_, err := s.PublishVersion(ctx, &flowdeskv1.FlowVersion{Flow: "f1", Definition: definition, CreateTime: timestamppb.New(at)}, true)
		return err
	}))
	versions, _, err := s.ListVersions(t.Context(), "f1", storage.Page{})
	require.NoError(t, err)
	for i, v := range versions {
		require.Equal(t, int32(n-i), v.GetVersion())
	}
}
