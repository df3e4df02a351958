package storagetest

import (
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

// checkpoints: what a draft was comes back as it was, newest first; old ones that nobody named leave, and all leave with their flow.
func checkpoints(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	kept := func(flow, id, title string, age time.Duration) *flowdeskv1.FlowCheckpoint {
		return &flowdeskv1.FlowCheckpoint{
			Flow: flow, Id: id, Title: title, Automatic: title == "", Author: "小王", CreateTime: timestamppb.New(at.Add(-age)), Revision: 7,
			Definition: &flowdeskv1.FlowDefinition{Title: "草稿 " + id}, Layout: &flowdeskv1.FlowLayout{Notes: []*flowdeskv1.StickyNote{{Id: "n", Text: id}}},
		}
	}
	ids := func(flow string) (all []string) {
		for token := ""; ; {
			list, next, err := s.ListCheckpoints(ctx, flow, storage.Page{Size: 2, Token: token})
			require.NoError(t, err)
			for _, c := range list {
				require.Nil(t, c.GetDefinition(), "lists leave it out")
				all = append(all, c.GetId())
			}
			if token = next; token == "" {
				return all
			}
		}
	}
	require.NoError(t, s.CreateFlow(ctx, &flowdeskv1.Flow{Id: "one", Definition: &flowdeskv1.FlowDefinition{Title: "一"}, Editor: "小王"}))
	flow, err := s.GetFlow(ctx, "one")
	require.NoError(t, err)
	require.Equal(t, "小王", flow.GetEditor())

	never := at.Add(-1000 * time.Hour)
	named := kept("one", "named", "改文案之前", 3*time.Hour)
	for _, c := range []*flowdeskv1.FlowCheckpoint{kept("one", "old", "", 2*time.Hour), named, kept("one", "young", "", time.Minute), kept("two", "old", "", 2*time.Hour)} {
		require.NoError(t, s.CreateCheckpoint(ctx, proto.CloneOf(c), never))
	}
	require.ErrorIs(t, s.CreateCheckpoint(ctx, named, never), storage.ErrExists)
	got, err := s.GetCheckpoint(ctx, "one", "named")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(named, got, protocmp.Transform()))
	require.Equal(t, []string{"young", "old", "named"}, ids("one"))

	require.NoError(t, s.CreateCheckpoint(ctx, kept("one", "new", "新", 0), at.Add(-time.Hour)))
	require.Equal(t, []string{"new", "young", "named"}, ids("one"), "the old one that nobody named has left")
	require.Equal(t, []string{"old"}, ids("two"), "other flows' stay")

	require.NoError(t, s.DeleteCheckpoint(ctx, "one", "new"))
	require.ErrorIs(t, s.DeleteCheckpoint(ctx, "one", "new"), storage.ErrNotFound)
	_, err = s.GetCheckpoint(ctx, "one", "new")
	require.ErrorIs(t, err, storage.ErrNotFound)

	require.NoError(t, s.DeleteFlow(ctx, "one"))
	require.Empty(t, ids("one"))
	require.Equal(t, []string{"old"}, ids("two"))
}
