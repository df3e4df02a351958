package sealed_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
	"github.com/flowdesk/flowdesk/storage/storagetest"
)

func ring(t *testing.T, keys ...string) *sealed.Ring {
	t.Helper()
	r, err := sealed.Parse(strings.Join(keys, "\n"))
	require.NoError(t, err)
	return r
}

func TestWhatIsSealedOpensAtItsPlaceOnly(t *testing.T) {
	t.Parallel()
	first, second := sealed.NewKey(), sealed.NewKey()
	r := ring(t, "# comment", "", first)
	for _, text := range []string{"", "a", "canary 密钥 😀", strings.Repeat("x", 100_000), "sealed1:looks like one"} {
		shut := r.Seal("here", text)
		require.NotEqual(t, shut, r.Seal("here", text), "equal texts look different")
		require.True(t, len(text) < 5 || !strings.Contains(shut, text))
		got, err := r.Open("here", shut)
		require.NoError(t, err)
		require.Equal(t, text, got)
		_, err = r.Open("elsewhere", shut)
		require.ErrorIs(t, err, sealed.ErrOpen)
		_, err = r.Open("here", shut[:len(shut)-2])
		require.ErrorIs(t, err, sealed.ErrOpen)
		_, err = ring(t, second).Open("here", shut)
		require.ErrorIs(t, err, sealed.ErrOpen)
		require.ErrorContains(t, err, "not among the keys")
		require.ErrorContains(t, err, "give the keys that this database has had so far")
		id, _, _ := strings.Cut(first, ":")
		_, bytes, _ := strings.Cut(second, ":")
		_, err = ring(t, id+":"+bytes).Open("here", shut)
		require.ErrorContains(t, err, "another one than it was sealed with")
		require.ErrorContains(t, err, "give the keys that this database has had so far")
		got, err = ring(t, second, first).Open("here", shut)
		require.NoError(t, err, "an older key opens")
		require.Equal(t, text, got)
		require.True(t, ring(t, second, first).Stale(shut))
		require.False(t, r.Stale(shut))
	}
	got, err := r.Open("here", "never sealed")
	require.NoError(t, err)
	require.Equal(t, "never sealed", got)
	require.True(t, r.Stale("never sealed"))
	require.False(t, r.Stale(""))
}

func TestBadKeysAreRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	key := sealed.NewKey()
	for _, text := range []string{"", "# nothing", "canary", "id:canary", key + "x", key + "\n" + key, strings.Replace(key, ":", " ", 1)} {
		_, err := sealed.Parse(text)
		require.ErrorIs(t, err, sealed.ErrKeys, text)
		require.NotContains(t, err.Error(), "canary")
		_, secret, _ := strings.Cut(key, ":")
		require.NotContains(t, err.Error(), secret)
	}
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte(key), 0o600))
	_, err := sealed.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(file, 0o644))
	_, err = sealed.ReadFile(file)
	require.ErrorIs(t, err, sealed.ErrKeys, "everybody may read it")
	_, err = sealed.ReadFile(file + ".missing")
	require.ErrorIs(t, err, sealed.ErrKeys)
}

// A sealed store keeps the contract of a store.
func TestSealedStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "flowdesk.db"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = store.Close() })
		return sealed.New(store, ring(t, sealed.NewKey()))
	})
}

// files are the bytes of a database with its log.
func files(t *testing.T, file string) []byte {
	t.Helper()
	var all []byte
	for _, name := range []string{file, file + "-wal"} {
		data, err := os.ReadFile(name)
		if err == nil {
			all = append(all, data...)
		}
	}
	require.NotEmpty(t, all)
	return all
}

func TestNothingSecretStandsInTheFileAndKeysRotate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flowdesk.db")
	plain, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	record := &storage.RobotRecord{WebhookSecret: "canary-webhook", Robot: &flowdeskv1.Robot{
		Id: "day", Title: "白班小助手", RobotId: "canary-robot", Key: "canary-key", BaseUri: "https://canary.example",
	}}
	first, second := sealed.NewKey(), sealed.NewKey()
	store := sealed.New(plain, ring(t, first))
	require.NoError(t, store.PutRobot(t.Context(), record, ""))
	require.NoError(t, store.PutValue(t.Context(), "model", "canary-model", time.Unix(1, 0)))
	require.NoError(t, store.PutRequest(t.Context(), "m", "r", []byte("canary-answer"), time.Unix(1, 0)))

	check := func(s *sealed.Store) {
		t.Helper()
		got, err := s.GetRobot(t.Context(), "day")
		require.NoError(t, err)
		require.Equal(t, "canary-webhook", got.WebhookSecret)
		require.Empty(t, cmp.Diff(record.Robot, got.Robot, protocmp.Transform(), protocmp.IgnoreFields(&flowdeskv1.Robot{}, "etag")))
		all, err := s.ListRobots(t.Context())
		require.NoError(t, err)
		require.True(t, proto.Equal(got.Robot, all[0].Robot))
		value, err := s.Value(t.Context(), "model")
		require.NoError(t, err)
		require.Equal(t, "canary-model", value)
		answer, err := s.GetRequest(t.Context(), "m", "r")
		require.NoError(t, err)
		require.Equal(t, "canary-answer", string(answer))
	}
	check(store)
	require.False(t, bytes.Contains(files(t, file), []byte("canary")), "the file tells a secret")

	rotated := sealed.New(plain, ring(t, second, first))
	count, err := rotated.Reseal(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, count)
	check(rotated)
	count, err = rotated.Reseal(t.Context())
	require.NoError(t, err)
	require.Zero(t, count, "once is enough")
	_, err = sealed.New(plain, ring(t, first)).ListRobots(t.Context())
	require.ErrorIs(t, err, sealed.ErrOpen, "the old key opens nothing any more")
	_, err = sealed.New(plain, ring(t, sealed.NewKey())).Reseal(t.Context())
	require.ErrorIs(t, err, sealed.ErrOpen)

	older := &storage.RobotRecord{WebhookSecret: "plain-webhook", Robot: &flowdeskv1.Robot{Id: "old", RobotId: "plain-robot"}}
	require.NoError(t, plain.PutRobot(t.Context(), older, ""))
	count, err = rotated.Reseal(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, count, "what stood there before there were keys is sealed")
	raw, err := plain.GetRobot(t.Context(), "old")
	require.NoError(t, err)
	require.NotContains(t, raw.WebhookSecret+raw.Robot.GetRobotId(), "plain")
	require.NoError(t, plain.Close())
}
