package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var retention = map[string]func(*testing.T, storage.Store){
	"retention: turns leave when a snapshot stands for them": turnsLeave,
	"retention: old messages and facts leave":                messagesLeave,
	"retention: open work stays":                             openWorkStays,
	"retention: what leaves is archived first":               archivedFirst,
	"retention: upkeep runs":                                 upkeepRuns,
}

const expireLimit = 3

// expireAll expires until nothing is left, and tells how much left.
func expireAll(t *testing.T, s storage.Store, kind storage.Ages, before time.Time, archive storage.ArchiveFunc) (total int64) {
	t.Helper()
	for {
		n, err := s.Expire(t.Context(), kind, before, expireLimit, archive)
		require.NoError(t, err)
		if total += n; n == 0 {
			return total
		}
	}
}

func turnsLeave(t *testing.T, s storage.Store) {
	t.Helper()
	for version := range int64(8) {
		w := write("g1", version)
		w.Time = at.Add(time.Duration(version) * time.Hour)
		commit(t, s, w)
	}
	before := at.Add(5 * time.Hour)
	require.Zero(t, expireAll(t, s, storage.Turns, before, nil), "the state needs them")
	sessions, err := s.NeedSnapshot(t.Context(), before, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"g1"}, sessions)

	require.NoError(t, s.PutSnapshot(t.Context(), "g1", 2, []byte("after two")))
	require.NoError(t, s.PutSnapshot(t.Context(), "g1", 8, []byte("after all")))
	require.NoError(t, s.PutSnapshot(t.Context(), "g1", 8, []byte("again")))
	sessions, err = s.NeedSnapshot(t.Context(), before, 10)
	require.NoError(t, err)
	require.Empty(t, sessions)
	require.Equal(t, int64(6), expireAll(t, s, storage.Turns, before, nil), "five turns, and the snapshot that nothing follows")
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Equal(t, &storage.SessionRecord{Version: 8, Snapshot: []byte("after all"), SnapshotVersion: 8, Turns: [][]byte{}}, record)
	_, err = s.GetTurn(t.Context(), "g1", 4)
	require.ErrorIs(t, err, storage.ErrNotFound)
	_, err = s.GetTurn(t.Context(), "g1", 5)
	require.NoError(t, err)
}

func messagesLeave(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for i := range 10 {
		when := at.Add(time.Duration(i) * time.Hour)
		w.Messages = append(w.Messages, &flowdeskv1.Message{
			Id: idAt(when, i), Session: "g1", Text: "消息", Role: flowdeskv1.Role_ROLE_OPERATOR, ReceiveTime: timestamppb.New(when), Outgoing: i%2 == 1,
		})
		w.Facts = append(w.Facts, &flowdeskv1.Fact{Name: "f", Time: timestamppb.New(when)})
	}
	commit(t, s, w)
	before := at.Add(4 * time.Hour)
	require.Equal(t, int64(4+4+2), expireAll(t, s, storage.Messages, before, nil), "as shown, as staff's, as received")
	require.Equal(t, int64(4), expireAll(t, s, storage.Facts, before, nil))
	messages, _, err := s.ListMessages(t.Context(), storage.MessageFilter{Session: "g1"}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, messages, 6)
	require.Equal(t, idAt(before, 4), messages[5].GetId(), "what is as old as that stays")
	facts, _, err := s.ListFacts(t.Context(), storage.FactFilter{Name: "f"}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, facts, 6)
}

func openWorkStays(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	for i, status := range []flowdeskv1.InstanceStatus{
		flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED,
	} {
		w.Instances = append(w.Instances, &storage.InstanceWrite{ID: idAt(at, i), Flow: "f", Version: 1, Began: true, Status: status, Time: at})
	}
	open, done := command(idAt(at, 1)), command(idAt(at, 2))
	done.State = completed
	open.State = sending
	w.Commands = []*flowdeskv1.Command{open, done}
	commit(t, s, w)
	_, err := s.Commit(t.Context(), &storage.Batch{Deliveries: []*storage.Delivery{delivery(done.GetId(), completed, completed, 1)}})
	require.NoError(t, err)
	require.NoError(t, s.PutRequest(t.Context(), "m", "r", []byte("answer"), at))
	require.Equal(t, int64(2+1+1+1), expireAll(t, s, storage.Runs, at.Add(time.Hour), nil), "two instances, a command, its send, a request")
	left, _, err := s.ListInstances(t.Context(), storage.InstanceFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, left, 1)
	_, err = s.GetCommand(t.Context(), open.GetId())
	require.NoError(t, err)
}

func archivedFirst(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	w.Messages = []*flowdeskv1.Message{{Id: idAt(at, 1), Session: "g1", Text: "你好 😀", ReceiveTime: timestamppb.New(at)}}
	w.Snapshot = []byte("state")
	commit(t, s, w)
	refused := errors.New("no room")
	_, err := s.Expire(t.Context(), storage.Messages, at.Add(time.Hour), expireLimit, func(string, [][]byte) error { return refused })
	require.ErrorIs(t, err, refused)
	_, err = s.GetMessage(t.Context(), idAt(at, 1))
	require.NoError(t, err, "what could not be archived stays")

	kept := make(map[string][]map[string]any)
	keep := func(table string, rows [][]byte) error {
		for _, row := range rows {
			var decoded map[string]any
			require.NoError(t, json.Unmarshal(row, &decoded))
			kept[table] = append(kept[table], decoded)
		}
		return nil
	}
	expireAll(t, s, storage.Messages, at.Add(time.Hour), keep)
	expireAll(t, s, storage.Turns, at.Add(time.Hour), keep)
	require.Len(t, kept["messages"], 1)
	require.Equal(t, "你好 😀", kept["messages"][0]["text"])
	require.Len(t, kept["flow_execution_logs"], 1)
	require.Equal(t, "dHVybiAw", kept["flow_execution_logs"][0]["data"], "turn 0 in base64")
}

func upkeepRuns(t *testing.T, s storage.Store) {
	t.Helper()
	ran, err := s.Upkeep(t.Context(), func(context.Context) error { return nil })
	require.NoError(t, err)
	require.True(t, ran)
	failed := errors.New("failed")
	_, err = s.Upkeep(t.Context(), func(context.Context) error { return failed })
	require.ErrorIs(t, err, failed)
}
