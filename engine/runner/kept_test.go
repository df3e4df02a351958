package runner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/storage"
)

// Nobody learns whether the events were stored: they are acknowledged once that is known, and act once, over a crash too.
func TestWhatIsKeptByACommitOfUnknownOutcomeActsOnce(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"it is stored": true, "it is not stored": false} {
		for where, limit := range map[string]int{"in memory": 100, "in the inbox alone": 2} {
			t.Run(name+", "+where, func(t *testing.T) {
				t.Parallel()
				bubble.Test(t, func(t *testing.T) {
					s := newShop(t, runner.Options{QueueLimit: limit})
					s.store.spoil.Store(&spoiling{committed})
					texts := []string{"1", "2", "3", "4", "5"}
					for _, answer := range s.receive("g", texts...)[1:] {
						require.NoError(t, <-answer)
					}
					require.Nil(t, s.store.spoil.Load())

					again := openShop(t, s.crashed(), runner.Options{})
					again.work()
					require.Equal(t, texts, said(t, again.store, "g"))
					require.Empty(t, again.inbox())

					s.work()
					require.Equal(t, texts, said(t, s.store, "g"))
					require.Empty(t, s.inbox(), "nothing is left for the next start to repeat")
				})
			})
		}
	}
}

// A turn is being stored while its event is to be stored ahead of it.
func TestAnEventIsNotKeptBehindItsTurn(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{})
		s.open()
		s.store.slow.Store(int64(time.Second))
		for _, answer := range s.receive("g", "1", "2", "3") {
			require.NoError(t, <-answer)
		}
		s.work()
		require.Equal(t, []string{"1", "2", "3"}, said(t, s.store, "g"))
		require.Empty(t, s.inbox(), "nothing is left for the next start to repeat")
	})
}

// The store is away for good: the end does not wait for it, and the next start finds what was acknowledged.
func TestTheEndDoesNotWaitForTheStore(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{})
		for _, answer := range s.receive("g", "1", "2", "3")[1:] {
			require.NoError(t, <-answer)
		}
		s.store.refuse.Store(true)
		s.open()
		time.Sleep(100 * time.Millisecond)
		begin := time.Now()
		s.Close()
		require.Less(t, time.Since(begin), 2*time.Second)
		require.ErrorIs(t, s.Receive(t.Context(), message("g", "late")), runner.ErrStopping)

		next := openShop(t, s.crashed(), runner.Options{})
		next.work()
		require.Equal(t, []string{"1", "2", "3"}, said(t, next.store, "g"))
	})
}

// What a start reads must not be what its own turns sent meanwhile.
func TestWhatTurnsPutIntoTheInboxAtAStartActsOnce(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{})
		defer func() { require.NoError(t, w.store.Close()) }()
		w.sends("a")
		w.on("from a", func(*engine.Run) { time.Sleep(5 * time.Second) })
		first := signal("s", "a")
		first.Id = "first"
		batch := &storage.Batch{Inbox: []*flowdeskv1.Event{first}}
		for range 999 { // a page
			e := signal("s", "b")
			e.Id = w.NewEventID()
			batch.Inbox = append(batch.Inbox, e)
		}
		_, err := w.store.Store.Commit(t.Context(), batch)
		require.NoError(t, err)
		w.store.set(func(s *store) { s.reading = func() { time.Sleep(time.Second) } })
		w.start()
		wait(20 * time.Second)
		w.Close()
		require.Equal(t, []string{"from a"}, w.stored("other"))
		require.Len(t, w.stored("s"), 1000)
	})
}
