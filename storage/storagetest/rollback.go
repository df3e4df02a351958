package storagetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func rollBack(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	first, second := &flowdeskv1.FlowDefinition{Title: "一"}, &flowdeskv1.FlowDefinition{Title: "二"}
	require.NoError(t, s.CreateFlow(ctx, &flowdeskv1.Flow{Id: "f1", Definition: second}))
	for _, definition := range []*flowdeskv1.FlowDefinition{first, second} {
		_, err := s.PublishVersion(ctx, &flowdeskv1.FlowVersion{Flow: "f1", Definition: definition, CreateTime: timestamppb.New(at)}, true)
		require.NoError(t, err)
	}
	before, err := s.EnvironmentNumber(ctx)
	require.NoError(t, err)
	is := func(active, latest int32, title string, changed bool) *flowdeskv1.Flow {
		t.Helper()
		f, err := s.GetFlow(ctx, "f1")
		require.NoError(t, err)
		require.Equal(t, []any{active, latest, title, changed},
			[]any{f.GetActiveVersion(), f.GetLatestVersion(), f.GetDefinition().GetTitle(), f.GetDraftChanged()})
		return f
	}
	back := &flowdeskv1.FlowVersion{Flow: "f1", Definition: first, CreateTime: timestamppb.New(at), RestoredVersion: 1, RolledBackFrom: 2}
	number, err := s.RollBack(ctx, back, nil, &storage.RequestMark{Method: "m", ID: "r"})
	require.NoError(t, err)
	require.EqualValues(t, 3, number)
	answer, err := s.GetRequest(ctx, "m", "r")
	require.NoError(t, err)
	require.Equal(t, "3", string(answer))
	draft := is(3, 3, "二", true)
	after, err := s.EnvironmentNumber(ctx)
	require.NoError(t, err)
	require.Greater(t, after, before, "others follow it")
	stored, err := s.GetVersion(ctx, "f1", 3)
	require.NoError(t, err)
	require.Equal(t, []any{int32(1), int32(2), true, "一"},
		[]any{stored.GetRestoredVersion(), stored.GetRolledBackFrom(), stored.GetActive(), stored.GetDefinition().GetTitle()})

	_, err = s.RollBack(ctx, back, nil, &storage.RequestMark{Method: "m", ID: "r2"})
	require.ErrorIs(t, err, storage.ErrConflict, "another version is active by now")
	_, err = s.GetRequest(ctx, "m", "r2")
	require.ErrorIs(t, err, storage.ErrNotFound, "what did not happen has no answer")
	is(3, 3, "二", true)
	again := &flowdeskv1.FlowVersion{Flow: "f1", Definition: second, CreateTime: timestamppb.New(at), RestoredVersion: 2, RolledBackFrom: 3}
	draft.Definition, draft.Revision = first, draft.GetRevision()+1
	_, err = s.RollBack(ctx, again, draft, nil)
	require.ErrorIs(t, err, storage.ErrConflict, "somebody saved the draft")
	is(3, 3, "二", true)
	draft.Revision--
	number, err = s.RollBack(ctx, again, draft, nil)
	require.NoError(t, err)
	require.EqualValues(t, 4, number)
	is(4, 4, "一", true)
	_, err = s.RollBack(ctx, &flowdeskv1.FlowVersion{Flow: "f2", Definition: first, CreateTime: timestamppb.New(at)}, nil, nil)
	require.ErrorIs(t, err, storage.ErrNotFound)
}
