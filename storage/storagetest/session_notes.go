package storagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var reading = map[string]func(*testing.T, storage.Store){
	"unread: counted for each reader after its mark":     unreadAfterMark,
	"unread: a mark only moves forward":                  marksMoveForward,
	"unread: marked again by hand":                       markedUnread,
	"unread: counting is bounded":                        unreadIsBounded,
	"unread: the list leaves out what was read":          unreadAlone,
	"notes: kept by session, newest first":               notesBySession,
	"notes: etags guard changes":                         noteEtags,
	"notes: notes and marks leave with what they are of": notesLeave,
}

// said is a session's turn that stores messages, one a minute: of people, or of our robots where n is negative. Its ids begin with the first number.
func said(session string, expect int64, first int, of ...int) *storage.TurnWrite {
	w := write(session, expect)
	for i, kind := range of {
		when := at.Add(time.Duration(first+i) * time.Minute)
		w.Messages = append(w.Messages, &flowdeskv1.Message{
			Id: idAt(when, first+i), Session: session, Text: "在吗", ReceiveTime: timestamppb.New(when), Outgoing: kind < 0,
		})
		w.Head.LastMessageTime = when
	}
	return w
}

func messageAt(n int) string { return idAt(at.Add(time.Duration(n)*time.Minute), n) }

// unreadIn is what is unread by a reader in a session, as it is counted alone and as the list has it.
func unreadIn(t *testing.T, s storage.Store, reader, session string) int32 {
	t.Helper()
	n, err := s.CountUnread(t.Context(), reader, session, at.Add(-time.Hour))
	require.NoError(t, err)
	for _, row := range listedFor(t, s, storage.SessionFilter{Reader: reader}) {
		if row.GetId() == session {
			require.Equal(t, n, row.GetUnread(), "the list says the same")
		}
	}
	return n
}

func listedFor(t *testing.T, s storage.Store, filter storage.SessionFilter) (all []*flowdeskv1.Session) {
	t.Helper()
	filter.UnreadSince = at.Add(-time.Hour)
	for page := (storage.Page{Size: 2}); ; {
		rows, next, err := s.ListSessions(t.Context(), filter, page)
		require.NoError(t, err)
		all = append(all, rows...)
		if page.Token = next; next == "" {
			return all
		}
	}
}

func unreadAfterMark(t *testing.T, s storage.Store) {
	t.Helper()
	commit(t, s, said("g1", 0, 0, 1, -1, 1, -1, 1), said("g2", 0, 0), said("g3", 0, 100, -1, -1))
	require.EqualValues(t, 3, unreadIn(t, s, "users/a", "g1"), "what robots said does not count")
	require.Zero(t, unreadIn(t, s, "users/a", "g2"))
	require.Zero(t, unreadIn(t, s, "users/a", "g3"))
	n, err := s.CountUnread(t.Context(), "users/a", "g1", at.Add(90*time.Second))
	require.NoError(t, err)
	require.EqualValues(t, 2, n, "without a mark it counts since a time")

	require.NoError(t, s.MarkRead(t.Context(), "users/a", "g1", messageAt(2)))
	require.EqualValues(t, 1, unreadIn(t, s, "users/a", "g1"))
	require.EqualValues(t, 3, unreadIn(t, s, "users/b", "g1"), "another reader's mark is its own")
	n, err = s.CountUnread(t.Context(), "users/a", "g1", at.Add(time.Hour))
	require.NoError(t, err)
	require.EqualValues(t, 1, n, "a mark counts however old it is")
	require.NoError(t, s.MarkRead(t.Context(), "users/a", "g1", messageAt(4)))
	require.Zero(t, unreadIn(t, s, "users/a", "g1"))
	commit(t, s, said("g1", 1, 5, 1, 1))
	require.EqualValues(t, 2, unreadIn(t, s, "users/a", "g1"))
	for _, row := range listedFor(t, s, storage.SessionFilter{}) {
		require.Zero(t, row.GetUnread(), "nobody is told of nobody's")
	}
}

func marksMoveForward(t *testing.T, s storage.Store) {
	t.Helper()
	of := make([]int, 20)
	commit(t, s, said("g1", 0, 0, of...))
	require.NoError(t, s.MarkRead(t.Context(), "a", "g1", messageAt(9)))
	require.NoError(t, s.MarkRead(t.Context(), "a", "g1", messageAt(3)))
	require.EqualValues(t, 10, unreadIn(t, s, "a", "g1"), "the mark that is further stays")

	var windows sync.WaitGroup // several at once, in any order
	for n := range of {
		windows.Go(func() {
			require.NoError(t, s.MarkRead(context.WithoutCancel(t.Context()), "b", "g1", messageAt(len(of)-1-n)))
		})
	}
	windows.Wait()
	require.Zero(t, unreadIn(t, s, "b", "g1"))
}

func markedUnread(t *testing.T, s storage.Store) {
	t.Helper()
	since := at.Add(-time.Hour)
	commit(t, s, said("g1", 0, 0, 1, 1, 1, -1), said("g2", 0, 20, -1), said("g3", 0, 10, 1))
	require.NoError(t, s.MarkUnread(t.Context(), "a", "g1", since))
	require.EqualValues(t, 3, unreadIn(t, s, "a", "g1"), "what is unread stays so: nothing is counted as read by it")
	require.NoError(t, s.MarkRead(t.Context(), "a", "g1", messageAt(3)))
	require.NoError(t, s.MarkUnread(t.Context(), "a", "g1", since))
	require.EqualValues(t, 1, unreadIn(t, s, "a", "g1"), "the last that people said is unread again, although a robot spoke after it")
	require.NoError(t, s.MarkRead(t.Context(), "a", "g1", messageAt(3)))
	require.Zero(t, unreadIn(t, s, "a", "g1"))
	require.ErrorIs(t, s.MarkUnread(t.Context(), "a", "g2", since), storage.ErrNotFound, "people said nothing")
	require.NoError(t, s.MarkRead(t.Context(), "a", "g3", messageAt(10)))
	require.NoError(t, s.MarkUnread(t.Context(), "a", "g3", since))
	require.EqualValues(t, 1, unreadIn(t, s, "a", "g3"), "the first of all")
}

func unreadIsBounded(t *testing.T, s storage.Store) {
	t.Helper()
	many := make([]int, storage.UnreadMost+20)
	commit(t, s, said("g1", 0, 0, many...))
	require.EqualValues(t, storage.UnreadMost, unreadIn(t, s, "a", "g1"))
	robots := make([]int, storage.UnreadAmong)
	for i := range robots {
		robots[i] = -1
	}
	commit(t, s, said("g2", 0, 1000, append([]int{1, 1}, robots[1:]...)...))
	require.EqualValues(t, 1, unreadIn(t, s, "a", "g2"), "the first stands behind more than is looked at")
}

func unreadAlone(t *testing.T, s storage.Store) {
	t.Helper()
	for n := range 7 {
		w := said(fmt.Sprintf("g%d", n), 0, 10*n, 1, -1)
		w.Head.Unanswered = int32(n % 2)
		commit(t, s, w)
		if n%3 == 0 {
			require.NoError(t, s.MarkRead(t.Context(), "a", fmt.Sprintf("g%d", n), messageAt(10*n)))
		}
	}
	ids := func(filter storage.SessionFilter) (ids []string) {
		filter.Reader, filter.Unread = "a", true
		for _, row := range listedFor(t, s, filter) {
			require.EqualValues(t, 1, row.GetUnread())
			ids = append(ids, row.GetId())
		}
		return ids
	}
	require.Equal(t, []string{"g5", "g4", "g2", "g1"}, ids(storage.SessionFilter{}))
	require.Equal(t, []string{"g5", "g1", "g4", "g2"}, ids(storage.SessionFilter{Unattended: true}))
	require.Equal(t, []string{"g4", "g1"}, ids(storage.SessionFilter{Sessions: []string{"g4", "g3", "g1"}}))
	require.Len(t, listedFor(t, s, storage.SessionFilter{Reader: "a"}), 7)
}

func note(session, id string, when time.Time) *flowdeskv1.SessionNote {
	return &flowdeskv1.SessionNote{
		Id: id, Session: session, Text: "客户是老板的朋友 🤫 " + id, Author: "users/a", CreateTime: timestamppb.New(when), UpdateTime: timestamppb.New(when),
	}
}

func notesBySession(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	for n, id := range []string{"first", "second", "third", "same"} {
		require.NoError(t, s.CreateSessionNote(ctx, note("g1", id, at.Add(time.Duration(min(n, 2))*time.Minute))))
	}
	other := note("g2", "other", at)
	require.NoError(t, s.CreateSessionNote(ctx, other))
	require.NotEmpty(t, other.GetEtag())
	got, err := s.GetSessionNote(ctx, "other")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(other, got, protocmp.Transform()))
	require.ErrorIs(t, s.CreateSessionNote(ctx, note("g2", "first", at)), storage.ErrExists)
	ids := func(filter storage.SessionNoteFilter) []string {
		return leafed(t, func(p storage.Page) ([]*flowdeskv1.SessionNote, string, error) {
			return s.ListSessionNotes(ctx, filter, p)
		})
	}
	require.Equal(t, []string{"third", "same", "second", "first"}, ids(storage.SessionNoteFilter{Session: "g1"}))
	require.Equal(t, []string{"second"}, ids(storage.SessionNoteFilter{Session: "g1", After: at.Add(time.Minute), Before: at.Add(2 * time.Minute)}))
	require.Empty(t, ids(storage.SessionNoteFilter{Session: "g3"}))
	_, err = s.GetSessionNote(ctx, "nothing")
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func noteEtags(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	n := note("g1", "n", at)
	require.NoError(t, s.CreateSessionNote(ctx, n))
	old := n.GetEtag()
	changed := proto.CloneOf(n)
	changed.Text, changed.UpdateTime = "改了\x00", timestamppb.New(at.Add(time.Minute))
	require.NoError(t, s.UpdateSessionNote(ctx, changed, old))
	got, err := s.GetSessionNote(ctx, "n")
	require.NoError(t, err)
	require.Equal(t, "改了\ufffd", got.GetText())
	require.Equal(t, at, got.GetCreateTime().AsTime())
	require.Equal(t, at.Add(time.Minute), got.GetUpdateTime().AsTime())
	require.Equal(t, changed.GetEtag(), got.GetEtag())
	require.ErrorIs(t, s.UpdateSessionNote(ctx, changed, old), storage.ErrConflict)
	require.ErrorIs(t, s.DeleteSessionNote(ctx, "n", old), storage.ErrConflict)
	require.NoError(t, s.DeleteSessionNote(ctx, "n", got.GetEtag()))
	require.ErrorIs(t, s.DeleteSessionNote(ctx, "n", ""), storage.ErrNotFound)
	require.ErrorIs(t, s.UpdateSessionNote(ctx, changed, ""), storage.ErrNotFound)
}

func notesLeave(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	commit(t, s, said("g1", 0, 0, 1, 1), said("g2", 0, 60, 1, 1))
	for _, n := range []*flowdeskv1.SessionNote{note("g1", "young", at.Add(2*time.Hour)), note("g1", "old", at), note("g2", "stays", at.Add(time.Hour))} {
		require.NoError(t, s.CreateSessionNote(ctx, n))
	}
	for session, seen := range map[string]string{"g1": messageAt(0), "g2": messageAt(60)} {
		require.NoError(t, s.MarkRead(ctx, "a", session, seen))
	}
	var kept []string
	expireAll(t, s, storage.Messages, at.Add(30*time.Minute), func(table string, rows [][]byte) error {
		for _, row := range rows {
			var decoded map[string]any
			require.NoError(t, json.Unmarshal(row, &decoded))
			kept = append(kept, fmt.Sprint(table, " ", decoded["id"]))
		}
		return nil
	})
	require.Contains(t, kept, "session_notes old", "it is archived as messages are")
	require.NotContains(t, fmt.Sprint(kept), "read_marks")
	notes, _, err := s.ListSessionNotes(ctx, storage.SessionNoteFilter{Session: "g1"}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Equal(t, "young", notes[0].GetId(), "the one that was written later stays, wherever it stands")
	require.EqualValues(t, 1, unreadIn(t, s, "a", "g2"), "a mark stays as long as its message")
	commit(t, s, said("g1", 1, 120, 1))
	n, err := s.CountUnread(ctx, "a", "g1", at.Add(3*time.Hour))
	require.NoError(t, err)
	require.Zero(t, n, "a mark whose message left is gone")

	_, err = s.DeleteSessions(ctx, []string{"g2"})
	require.NoError(t, err)
	_, err = s.GetSessionNote(ctx, "stays")
	require.ErrorIs(t, err, storage.ErrNotFound)
	commit(t, s, said("g2", 0, 0, 1, 1))
	require.EqualValues(t, 2, unreadIn(t, s, "a", "g2"), "a session that begins anew was read by nobody")
	_, err = s.GetSessionNote(ctx, "young")
	require.NoError(t, err, "the neighbour's stays")
}
