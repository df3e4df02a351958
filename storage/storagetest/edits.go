package storagetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func edit(command, event, before, text string, edits int32) *flowdeskv1.EditCommand {
	return &flowdeskv1.EditCommand{Command: command, Edits: edits, Edit: &flowdeskv1.CommandEdit{
		Before: before, Text: text, Actor: "王芳", Reason: "写错了, 改", Event: event, Time: timestamppb.New(time.UnixMicro(1_700_000_000_000_000)),
	}}
}

// departing is a departure of a command whose text was changed so often when it was bound.
func departing(command string, edits int32) *storage.Delivery {
	d := delivery(command, queued, sending, 1)
	d.FromEdits = &edits
	return d
}

func editedText(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	w.Commands = []*flowdeskv1.Command{command("c1"), command("c2"), command("c3")}
	before := w.Commands[0].GetText()
	w.Commands[2].State = sending
	commit(t, s, w)
	stored := func(id string) *flowdeskv1.Command {
		c, err := s.GetCommand(t.Context(), id)
		require.NoError(t, err)
		return c
	}
	etag := stored("c1").GetEtag()

	first, second := write("g1", 1), write("g1", 2)
	first.Edits = []*flowdeskv1.EditCommand{edit("c1", "e1", before, "您好, 已登记\n👍", 0), edit("c3", "e1", before, "too late", 0)}
	second.Edits = []*flowdeskv1.EditCommand{edit("c1", "e2", "您好, 已登记\n👍", "已登记", 1), edit("c1", "e3", before, "of a reader before", 1)}
	result, err := s.Commit(t.Context(), &storage.Batch{
		Turns: []*storage.TurnWrite{first, second}, Deliveries: []*storage.Delivery{departing("c1", 0), departing("c2", 0)},
	})
	require.NoError(t, err)
	require.Equal(t, []storage.CommandEdit{{Session: "g1", Command: "c3", Event: "e1"}, {Session: "g1", Command: "c1", Event: "e3"}}, result.LateEdits)
	require.Equal(t, []int{0}, result.LostDeliveries, "what was bound with the old text does not leave; what nobody changed does")

	c := stored("c1")
	require.Equal(t, "已登记", c.GetText())
	require.Equal(t, queued, c.GetState())
	require.NotEqual(t, etag, c.GetEtag())
	want := []*flowdeskv1.CommandEdit{first.Edits[0].GetEdit(), second.Edits[0].GetEdit()}
	require.Empty(t, cmp.Diff(want, c.GetEdits(), protocmp.Transform()))
	require.Equal(t, before, stored("c3").GetText())
	require.Empty(t, stored("c3").GetEdits())
	left, err := s.UnsettledCommands(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, "已登记", left[0].GetText(), "also for whoever takes it up")

	result, err = s.Commit(t.Context(), &storage.Batch{Deliveries: []*storage.Delivery{departing("c1", 2)}})
	require.NoError(t, err)
	require.Empty(t, result.LostDeliveries)
	third := write("g1", 3)
	third.Edits = []*flowdeskv1.EditCommand{edit("c1", "e4", "已登记", "said already", 2)}
	require.Len(t, commit(t, s, third).LateEdits, 1)
	require.Equal(t, "已登记", stored("c1").GetText())
}
