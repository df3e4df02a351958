package storagetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// testCases: a test case comes back as it was put, belongs to its flow, and is listed by id.
func testCases(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	first := &flowdeskv1.TestCase{
		Id: "b", Title: &flowdeskv1.Text{Zh: "问发票"}, CreateTime: timestamppb.New(at), UpdateTime: timestamppb.New(at),
		Steps: []*flowdeskv1.CaseStep{{Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{Person: "张三", Text: "发票怎么开"}}}},
	}
	require.NoError(t, s.CreateTestCase(ctx, "one", first))
	require.ErrorIs(t, s.CreateTestCase(ctx, "one", first), storage.ErrExists)
	require.NoError(t, s.CreateTestCase(ctx, "two", first), "another flow may have the same id")
	got, err := s.GetTestCase(ctx, "one", "b")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(first, got, protocmp.Transform()))

	later := &flowdeskv1.TestCase{Id: "b", Title: &flowdeskv1.Text{Zh: "改"}, UpdateTime: timestamppb.New(at.Add(1e9))}
	require.NoError(t, s.UpdateTestCase(ctx, "one", later))
	later.CreateTime = first.GetCreateTime()
	require.NoError(t, s.CreateTestCase(ctx, "one", &flowdeskv1.TestCase{Id: "a", CreateTime: timestamppb.New(at)}))
	list, next, err := s.ListTestCases(ctx, "one", storage.Page{Size: 1})
	require.NoError(t, err)
	require.Equal(t, "a", list[0].GetId())
	list, next, err = s.ListTestCases(ctx, "one", storage.Page{Size: 1, Token: next})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]*flowdeskv1.TestCase{later}, list, protocmp.Transform()))
	require.Empty(t, next)

	require.NoError(t, s.DeleteTestCase(ctx, "one", "b"))
	require.ErrorIs(t, s.DeleteTestCase(ctx, "one", "b"), storage.ErrNotFound)
	require.ErrorIs(t, s.UpdateTestCase(ctx, "one", first), storage.ErrNotFound)
	_, err = s.GetTestCase(ctx, "two", "b")
	require.NoError(t, err)
}
