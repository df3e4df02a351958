package storagetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func quarantine(t *testing.T, s storage.Store) {
	t.Helper()
	entry := func(id string) *storage.QuarantineEntry {
		return &storage.QuarantineEntry{Event: &flowdeskv1.Event{Id: id, Session: "g", Source: "worktool"}, Reason: "panic", Tries: 5, Time: at}
	}
	one, two := entry("e1"), entry("e2")
	_, err := s.Commit(t.Context(), &storage.Batch{Inbox: []*flowdeskv1.Event{one.Event}, Quarantine: []*storage.QuarantineEntry{one, two}})
	require.NoError(t, err)
	pending, err := s.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Empty(t, pending, "a quarantined event leaves the inbox, also in the batch that put it there")

	open, _, err := s.ListQuarantine(t.Context(), storage.QuarantineFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]*storage.QuarantineEntry{two, one}, open, protocmp.Transform()), "newest first")

	dismissal := storage.Dismissal{Actor: "li", Reason: "a test", Time: at}
	require.NoError(t, s.DismissQuarantine(t.Context(), "e1", dismissal))
	require.ErrorIs(t, s.DismissQuarantine(t.Context(), "e1", dismissal), storage.ErrConflict)
	require.ErrorIs(t, s.DismissQuarantine(t.Context(), "e3", dismissal), storage.ErrNotFound)
	one.Dismissal = &dismissal
	for filter, want := range map[storage.QuarantineFilter]*storage.QuarantineEntry{{}: two, {Dismissed: true}: one} {
		listed, _, err := s.ListQuarantine(t.Context(), filter, storage.Page{})
		require.NoError(t, err)
		require.Empty(t, cmp.Diff([]*storage.QuarantineEntry{want}, listed, protocmp.Transform()))
	}
	n, err := s.CountQuarantine(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(1), n)
	got, err := s.GetQuarantine(t.Context(), "e1")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(one, got, protocmp.Transform()))

	_, err = s.TakeQuarantine(t.Context(), "e1")
	require.NoError(t, err)
	_, err = s.TakeQuarantine(t.Context(), "e1")
	require.ErrorIs(t, err, storage.ErrNotFound)
	pending, err = s.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, pending, 1)
	one.Dismissal = nil
	_, err = s.Commit(t.Context(), &storage.Batch{Quarantine: []*storage.QuarantineEntry{one}})
	require.NoError(t, err)
	got, err = s.GetQuarantine(t.Context(), "e1")
	require.NoError(t, err)
	require.Nil(t, got.Dismissal, "what is driven again is no longer dismissed")
}

func inbox(t *testing.T, s storage.Store) {
	t.Helper()
	var events []*flowdeskv1.Event
	for i := range 3 {
		events = append(events, &flowdeskv1.Event{Id: fmt.Sprintf("g-%d", 2-i), Session: "g"})
	}
	_, err := s.Commit(t.Context(), &storage.Batch{Inbox: append(events, events[0])})
	require.NoError(t, err, "an event that is there stays as it is")
	pending, err := s.PendingEvents(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, pending, 3)
	for i, p := range pending {
		require.Equal(t, events[i].GetId(), p.Event.GetId(), "in order of arrival, not of ids")
	}
	w := write("g", 0)
	w.FromInbox = true
	stale := write("h", 7)
	stale.Event, stale.FromInbox = "g-1", true
	commit(t, s, w, stale)
	pending, err = s.PendingEvents(t.Context(), pending[0].Sequence, 10)
	require.NoError(t, err)
	require.Len(t, pending, 1, "the event of a turn that lost stays")
	require.Equal(t, "g-1", pending[0].Event.GetId())

	won := write("g", 1)
	won.Event, won.FromInbox = "g-3", true
	_, err = s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{won}, Inbox: []*flowdeskv1.Event{{Id: "g-3", Session: "g"}}})
	require.NoError(t, err)
	again, err := s.PendingEvents(t.Context(), pending[0].Sequence, 10)
	require.NoError(t, err)
	require.Empty(t, again, "a turn takes its event out, also in the batch that put it there")
}
