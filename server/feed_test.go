package server

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

func turnOf(session string, version int64) *flowdeskv1.Turn {
	return &flowdeskv1.Turn{Event: &flowdeskv1.Event{Id: fmt.Sprint(session, "-", version), Session: session}, SessionVersion: version}
}

// site is a replica as far as watches see it: one that commits turns and answers watches.
type site struct {
	*Server
	store   storage.Store
	batches chan runner.Commit
	stop    context.CancelFunc

	mu     sync.Mutex // a process commits one batch after the other
	number int64
	deaf   bool // the feed misses what is committed
}

// open begins a replica on a store. Hints are lost in every second one.
func openSite(t *testing.T, store storage.Store) *site {
	t.Helper()
	writer, err := store.NewWriter(t.Context(), t.Name())
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	s := &site{store: store, batches: make(chan runner.Commit, 4), stop: stop}
	s.Server = &Server{deps: Deps{Stopping: make(chan struct{})}, feed: newFeed(store, writer, slog.New(slog.DiscardHandler))}
	require.NoError(t, s.feed.begin(ctx))
	go s.feed.lookAround(ctx, nil, true)
	go s.feed.follow(ctx, s.batches, nil)
	t.Cleanup(stop)
	return s
}

// commit commits turns of sessions as one batch. The feed hears of it unless it is behind.
func (s *site) commit(t *testing.T, turns ...*flowdeskv1.Turn) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	batch := &storage.Batch{Log: &storage.LogMark{Writer: s.feed.own, Number: s.number}}
	for _, turn := range turns {
		data, err := proto.Marshal(turn)
		require.NoError(t, err)
		batch.Turns = append(batch.Turns, &storage.TurnWrite{
			Session: turn.GetEvent().GetSession(), Expect: turn.GetSessionVersion(), Event: turn.GetEvent().GetId(), Time: time.Now(), Data: data,
		})
	}
	result, err := s.store.Commit(context.WithoutCancel(t.Context()), batch)
	require.NoError(t, err)
	require.Empty(t, result.LostTurns)
	if s.deaf {
		return
	}
	select {
	case s.batches <- runner.Commit{Writer: s.feed.own, Number: s.number, Turns: turns}:
	default:
	}
}

// longest is how long anybody listens: a turn that was missed never comes.
const longest = 2 * time.Minute

// listen watches until enough was heard, and gives what it was, with the token to go on from.
func (s *site) listen(ctx context.Context, token string, enough func(heard []string) bool) (heard []string, last string, err error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	err = s.watch(ctx, token, reports{
		of: func(turn *flowdeskv1.Turn) []string { return []string{turn.GetEvent().GetId()} },
		send: func(id, token string) error {
			heard, last = append(heard, id), token
			if enough(heard) {
				cancel()
			}
			return ctx.Err()
		},
		beat: func(token string) error { last = token; return nil },
	})
	if ctx.Err() != nil {
		err = nil
	}
	return heard, last, err
}

// onBoth runs a story on both databases.
func onBoth(t *testing.T, story func(t *testing.T, store storage.Store)) {
	t.Helper()
	for name, open := range map[string]func(t *testing.T) (storage.Store, error){
		"sqlite": func(t *testing.T) (storage.Store, error) {
			t.Helper()
			return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
		},
		"postgres": func(t *testing.T) (storage.Store, error) {
			t.Helper()
			return postgres.Open(t.Context(), pgtest.URL(t), postgres.Options{Migrate: true, Shared: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := open(t)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			story(t, store)
		})
	}
}

// A watch goes from one replica to another again and again, while both commit, one dies and another joins: it misses nothing.
func TestAWatchMovesBetweenReplicasUnderLoadWithoutAGap(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		const turns = 400
		sites := []*site{openSite(t, store), openSite(t, store)}
		_, token, err := sites[0].listen(expiring(t), "", func([]string) bool { return false })
		require.NoError(t, err)
		var work sync.WaitGroup
		for n := range sites {
			work.Go(func() {
				for version := range int64(turns) {
					sites[n].commit(t, turnOf(fmt.Sprint("s", n), version), turnOf(fmt.Sprint("other", n), version))
				}
			})
		}
		seen := make(map[string]bool)
		complete := func() bool { return len(seen) == 4*turns }
		at := 0
		for moves := 0; !complete(); moves++ {
			require.Less(t, moves, 2000)
			pause := 1 + rand.IntN(40)
			var heard []string
			heard, token, err = sites[at].listen(t.Context(), token, func(heard []string) bool {
				for _, id := range heard {
					seen[id] = true
				}
				return len(heard) >= pause || complete()
			})
			require.NoError(t, err)
			require.NotEmpty(t, heard, "of %d turns %d were heard", 4*turns, len(seen))
			if at = rand.IntN(len(sites)); moves == 5 {
				sites = append(sites, openSite(t, store)) // it commits nothing, and tells all the same
			}
		}
		work.Wait()
		for n := range 2 {
			for version := range turns {
				require.True(t, seen[fmt.Sprint("s", n, "-", version)], "turn %d of s%d", version, n)
			}
		}
	})
}

// expiring is a context that ends soon.
func expiring(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestATokenOutlivesItsServer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		first := openSite(t, store)
		first.commit(t, turnOf("a", 0))
		require.Eventually(t, func() bool { return first.feed.now()[first.feed.own] == 1 }, time.Second, time.Millisecond)
		token := first.listToken("")
		first.commit(t, turnOf("a", 1), turnOf("b", 0))
		first.stop()
		second := openSite(t, store)
		heard, _, err := second.listen(t.Context(), token, func(heard []string) bool { return len(heard) == 2 })
		require.NoError(t, err)
		require.Equal(t, []string{"a-1", "b-0"}, heard)
	})
}

func TestTurnsOfOthersArriveWithoutHints(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		first, second := openSite(t, store), openSite(t, store)
		heard := make(chan string, 10)
		ctx, cancel := context.WithCancel(t.Context())
		var work sync.WaitGroup
		began := make(chan struct{})
		work.Go(func() {
			_ = second.watch(ctx, "", reports{
				of:   func(turn *flowdeskv1.Turn) []string { return []string{turn.GetEvent().GetId()} },
				send: func(id, _ string) error { heard <- id; return nil },
				beat: func(string) error { close(began); return nil },
			})
		})
		<-began
		at := time.Now()
		first.commit(t, turnOf("a", 0))
		require.Equal(t, "a-0", <-heard)
		require.Less(t, time.Since(at), 3*time.Second)
		cancel()
		work.Wait()
	})
}

func TestASlowWatchReadsWhatLeftMemory(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		s := openSite(t, store)
		token := s.listToken("")
		total := 0
		for batch := range 60 {
			var turns []*flowdeskv1.Turn
			for n := range 100 {
				turns = append(turns, turnOf(fmt.Sprint("s", n), int64(batch)))
				total++
			}
			s.commit(t, turns...)
		}
		seen := make(map[string]bool)
		_, _, err := s.listen(t.Context(), token, func(heard []string) bool {
			seen[heard[len(heard)-1]] = true
			return len(seen) == total
		})
		require.NoError(t, err)
		require.Len(t, seen, total)
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		require.LessOrEqual(t, s.feed.turns, keptTurns)
	})
}

func TestAFeedReadsWhatItMissedOfItsOwn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		s := openSite(t, store)
		token := s.listToken("")
		s.deaf = true
		s.commit(t, turnOf("a", 0))
		s.commit(t, turnOf("a", 1))
		s.deaf = false
		s.commit(t, turnOf("a", 2))
		heard, _, err := s.listen(t.Context(), token, func(heard []string) bool { return len(heard) == 3 })
		require.NoError(t, err)
		require.Equal(t, []string{"a-0", "a-1", "a-2"}, heard)
	})
}

// torn is a store whose log of turns cannot be read for some times.
type torn struct {
	storage.Store
	times atomic.Int64
}

func (s *torn) ReadTurnLog(ctx context.Context, writer, after int64, limit int) ([]storage.LogEntry, error) {
	if s.times.Add(-1) >= 0 {
		return nil, storage.ErrUnavailable
	}
	return s.Store.ReadTurnLog(ctx, writer, after, limit)
}

// What the feed missed could not be read from the log just when it found out. A watch hears of it all the same.
func TestAWatchHearsOfWhatTheFeedCouldNotReadAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		tearing := &torn{Store: store}
		s := openSite(t, tearing)
		token := s.listToken("")
		s.commit(t, turnOf("a", 0))
		heard, _, err := s.listen(t.Context(), token, func(heard []string) bool {
			if len(heard) == 1 {
				tearing.times.Store(1)
				s.deaf = true
				s.commit(t, turnOf("a", 1))
				s.deaf = false
				s.commit(t, turnOf("a", 2))
			}
			return len(heard) == 3
		})
		require.NoError(t, err)
		require.Equal(t, []string{"a-0", "a-1", "a-2"}, heard)
		require.Negative(t, tearing.times.Load())
	})
}

// The last batches of a rush were missed, and nothing is committed after them.
func TestAFeedReadsWhatItMissedAtTheEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		s := openSite(t, store)
		token := s.listToken("")
		s.commit(t, turnOf("a", 0))
		heard, _, err := s.listen(t.Context(), token, func(heard []string) bool {
			if len(heard) == 1 {
				s.deaf = true
				s.commit(t, turnOf("a", 1))
				s.commit(t, turnOf("a", 2))
			}
			return len(heard) == 3
		})
		require.NoError(t, err)
		require.Equal(t, []string{"a-0", "a-1", "a-2"}, heard)
	})
}

func TestTokensThatCannotBeResumed(t *testing.T) {
	t.Parallel()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	s := openSite(t, store)
	for version := range int64(5) {
		s.commit(t, turnOf("a", version))
	}
	before := place{s.feed.own: 1}
	_, err = store.TrimTurnLog(t.Context(), time.Now().Add(time.Hour), 3)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		token string
		code  codes.Code
	}{
		"rubbish":             {"x", codes.InvalidArgument},
		"half a pair":         {place{1: 2}.token(time.Now())[:6], codes.InvalidArgument},
		"of an older version": {"ABCDEFGH.17", codes.OutOfRange},
		"too old":             {place{}.token(time.Now().Add(-2 * tokenGood)), codes.OutOfRange},
		"no longer kept":      {before.token(time.Now()), codes.OutOfRange},
		"of another database": {place{s.feed.own: 6}.token(time.Now()), codes.OutOfRange},
		"of another's log":    {place{s.feed.own + 1: 1}.token(time.Now()), codes.OutOfRange},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := s.listen(t.Context(), c.token, func([]string) bool { return false })
			require.Equal(t, c.code, status.Code(err), "%v", err)
		})
	}
}
