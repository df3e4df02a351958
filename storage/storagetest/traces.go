package storagetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var traces = map[string]func(*testing.T, storage.Store){
	"traces: an instance keeps the one it began with": instanceTraces,
	"traces: a command keeps its own":                 commandTraces,
}

// A trace is most often the event's id, a tracer's where there is one, and none in what older versions stored.
func instanceTraces(t *testing.T, s storage.Store) {
	t.Helper()
	want := map[string]string{"i1": "event-1", "i2": "4bf92f3577b34da6a3ce929d0e0e4736", "i3": ""}
	begin, later := write("g1", 0), write("g1", 1)
	for id, trace := range want {
		i := storage.InstanceWrite{
			ID: id, Flow: "f", Version: 1, Began: true, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, Event: "event-1", Message: "event-1",
			Trace: trace, Time: at,
		}
		begin.Instances = append(begin.Instances, &i)
		next := i
		next.Began, next.Turn = false, 1
		later.Instances = append(later.Instances, &next)
	}
	for _, w := range []*storage.TurnWrite{begin, later} {
		require.Empty(t, commit(t, s, w).LostTurns)
		for id, trace := range want {
			got, _, err := s.GetInstance(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, trace, got.GetTrace(), id)
		}
	}
}

func commandTraces(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	cases := map[string]struct{ reply, trace string }{
		"c1": {reply: "message-1", trace: "message-1"},
		"c2": {reply: "message-1", trace: "4bf92f3577b34da6a3ce929d0e0e4736"},
		"c3": {reply: "message-1"},
		"c4": {trace: "timer-1"},
		"c5": {},
	}
	for id, c := range cases {
		made := command(id)
		made.ReplyTo, made.Trace = c.reply, c.trace
		w.Commands = append(w.Commands, made)
	}
	require.Empty(t, commit(t, s, w).LostTurns)
	for id, c := range cases {
		got, err := s.GetCommand(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, c.trace, got.GetTrace(), id)
		require.Equal(t, c.reply, got.GetReplyTo(), id)
	}
}
