package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

func turnAt(session string, version int64, at time.Time) *storage.TurnWrite {
	id := engine.NewID(at, uint64(version))
	return &storage.TurnWrite{
		Session: session, Expect: version, Event: id, Time: at, Data: []byte("turn"),
		Messages: []*flowdeskv1.Message{{Id: id, Session: session, Text: "你好", ReceiveTime: timestamppb.New(at)}},
	}
}

func commitTurn(t *testing.T, s storage.Store, session string, version int64) {
	t.Helper()
	result, err := s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{turnAt(session, version, time.Now())}})
	require.NoError(t, err)
	require.Empty(t, result.LostTurns)
}

func TestTheLeastIDOfATimeIsBelowAllIDsOfIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 5, 2, 0, 0, 999, time.UTC)
	require.LessOrEqual(t, storage.LeastID(at), engine.NewID(at, 0))
	require.Greater(t, storage.LeastID(at), engine.NewID(at.Add(-time.Millisecond), ^uint64(0)))
}

// What came before its partition was made moves into it, and leaves with it as a whole.
func TestAWeekLeavesWhole(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	s := openAt(t, url)
	monday := time.Date(2025, 3, 3, 0, 0, 0, 0, time.UTC)
	for version, at := range []time.Time{monday, monday.Add(7*24*time.Hour - time.Millisecond), monday.Add(7 * 24 * time.Hour), time.Now()} {
		_, err := s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{turnAt("g1", int64(version), at)}})
		require.NoError(t, err)
	}
	db := openDB(t, url)
	count := func(table string) (n int) {
		t.Helper()
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		return n
	}
	require.Equal(t, 3, count("messages_default"))
	require.NoError(t, postgres.Partition(t.Context(), db, monday.Add(3*24*time.Hour)))
	require.Zero(t, count("messages_default"))
	require.Equal(t, 2, count("messages_w20250303"))
	require.Equal(t, 2, count("flow_execution_logs_w20250303"))
	require.Equal(t, 1, count("flow_execution_logs_w20250310"))

	before := monday.Add(8 * 24 * time.Hour)
	expire := func(kind storage.Ages) (int64, error) { return s.Expire(t.Context(), kind, before, 10, nil) }
	_, err := expire(storage.Turns)
	require.ErrorIs(t, err, storage.ErrConflict, "the session's state needs its turns")
	sessions, err := s.NeedSnapshot(t.Context(), before, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"g1"}, sessions)
	require.NoError(t, s.PutSnapshot(t.Context(), "g1", 4, []byte("state")))
	for _, kind := range []storage.Ages{storage.Turns, storage.Messages} {
		for {
			n, err := expire(kind)
			require.NoError(t, err)
			if n == 0 {
				break
			}
		}
	}
	require.Equal(t, 2, count("flow_execution_logs"), "the week that has not ended before the border stays")
	require.Equal(t, 2, count("messages"))
	require.Equal(t, 1, count("flow_execution_logs_w20250310"))
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Equal(t, "state", string(record.Snapshot))
}

// Only one server does upkeep at a time.
func TestUpkeepIsDoneByOne(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	first, second := openAt(t, url), openAt(t, url)
	ran, err := first.Upkeep(t.Context(), func(ctx context.Context) error {
		ran, err := second.Upkeep(ctx, func(context.Context) error { return nil })
		require.False(t, ran)
		return err
	})
	require.NoError(t, err)
	require.True(t, ran)
	ran, err = second.Upkeep(t.Context(), func(context.Context) error { return nil })
	require.NoError(t, err)
	require.True(t, ran)
}
