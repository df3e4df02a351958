package runner_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// shop is a runner whose turns wait for a gate, on a store that can be made to refuse.
type shop struct {
	*runner.Runner

	t     *testing.T
	file  string
	store *watched
	gate  chan struct{} // turns run once it is closed
}

// watched counts what goes to the inbox alone, and refuses turns while told to.
type watched struct {
	storage.Store

	kept    atomic.Int64
	refused atomic.Int64
	refuse  atomic.Bool
	spoil   atomic.Pointer[spoiling] // of the next commit that keeps something
	slow    atomic.Int64             // how long a commit takes, in nanoseconds
}

// spoiling is a commit whose outcome nobody learns.
type spoiling struct{ committed bool }

func (w *watched) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	w.kept.Add(int64(len(batch.Inbox)))
	if w.refuse.Load() {
		w.refused.Add(1)
		return nil, storage.ErrUnavailable
	}
	time.Sleep(time.Duration(w.slow.Load()))
	if spoil := w.spoil.Load(); spoil != nil && len(batch.Inbox) > 0 {
		w.spoil.Store(nil)
		if spoil.committed {
			if _, err := w.Store.Commit(ctx, batch); err != nil {
				return nil, err
			}
		}
		return nil, storage.ErrUnknown
	}
	return w.Store.Commit(ctx, batch)
}

func openShop(t *testing.T, file string, options runner.Options) *shop {
	t.Helper()
	store, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	s := &shop{t: t, file: file, store: &watched{Store: store}, gate: make(chan struct{})}
	catalog := engine.NewCatalog(engine.Rules{Handle: func(*engine.Run) { <-s.gate }})
	options.Log = slog.New(slog.DiscardHandler)
	s.Runner = runner.New(catalog, s.store, options)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		s.open()
		s.Close()
		require.NoError(t, store.Close())
	})
	return s
}

func newShop(t *testing.T, options runner.Options) *shop {
	t.Helper()
	return openShop(t, filepath.Join(t.TempDir(), "shop.db"), options)
}

// open lets turns run.
func (s *shop) open() {
	select {
	case <-s.gate:
	default:
		close(s.gate)
	}
}

// work lets time go by until all that waits is done.
func (s *shop) work() {
	s.t.Helper()
	s.open()
	time.Sleep(2 * time.Second)
	require.True(s.t, s.Idle())
}

func message(session, text string) *flowdeskv1.Event {
	return &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{Text: text}}}
}

// receive hands messages over in order and gives what became of them. Whoever brings the first message of a quiet session runs its turn, so
// that its answer waits for the gate; the others need not.
func (s *shop) receive(session string, texts ...string) []<-chan error {
	s.t.Helper()
	var answers []<-chan error
	for _, text := range texts {
		answer := make(chan error, 1)
		go func() { answer <- s.Receive(s.t.Context(), message(session, text)) }()
		answers = append(answers, answer)
		synctest.Wait()
	}
	return answers
}

// said are the texts of a session's turns, in order.
func said(t *testing.T, store storage.Store, session string) []string {
	t.Helper()
	turns, err := store.ListTurns(t.Context(), session, 0, 1000)
	require.NoError(t, err)
	var out []string
	for _, data := range turns {
		turn := &flowdeskv1.Turn{}
		require.NoError(t, proto.Unmarshal(data, turn))
		out = append(out, turn.GetEvent().GetMessage().GetText())
	}
	return out
}

func (s *shop) inbox() []storage.InboxEvent {
	s.t.Helper()
	events, err := s.store.PendingEvents(s.t.Context(), 0, 1000)
	require.NoError(s.t, err)
	return events
}

// crashed gives a copy of the database as it is at this moment: what a process leaves behind that is killed now.
func (s *shop) crashed() string {
	s.t.Helper()
	copied := filepath.Join(s.t.TempDir(), "shop.db")
	for _, suffix := range []string{"-wal", ""} {
		data, err := os.ReadFile(s.file + suffix)
		require.NoError(s.t, err)
		require.NoError(s.t, os.WriteFile(copied+suffix, data, 0o600))
	}
	return copied
}

func TestAnEngineThatKeepsUpStoresNothingAhead(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{})
		s.open()
		var work sync.WaitGroup
		for i := range 200 {
			work.Go(func() { require.NoError(t, s.Receive(t.Context(), message(fmt.Sprint("g", i%20), "hi"))) })
		}
		work.Wait()
		require.Zero(t, s.store.kept.Load())
	})
}

func TestALateTurnsEventIsAcknowledgedAndSurvivesACrash(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{})
		texts := []string{"1", "2", "3", "4"}
		for _, answer := range s.receive("g", texts...)[1:] {
			require.NoError(t, <-answer, "it is acknowledged although no turn can run")
		}
		require.Empty(t, said(t, s.store, "g"))

		again := openShop(t, s.crashed(), runner.Options{})
		again.work()
		require.Equal(t, texts, said(t, again.store, "g"), "the turns follow, once and in order")
		require.Empty(t, again.inbox())

		s.open()
		s.work()
		require.Equal(t, texts, said(t, s.store, "g"))
		require.Empty(t, s.inbox())
	})
}

func TestBeyondMemoryEventsWaitInTheInboxInOrder(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{QueueLimit: 4})
		want := map[string][]string{}
		var answers []<-chan error
		for i := range 30 {
			session, text := fmt.Sprint("g", i%3), fmt.Sprint(i)
			want[session] = append(want[session], text)
			answers = append(answers, s.receive(session, text)...)
		}
		for _, answer := range answers[3:] {
			require.NoError(t, <-answer)
		}
		_, err := s.Submit(t.Context(), message("g0", "of a caller"))
		require.ErrorIs(t, err, runner.ErrBusy, "nobody overtakes")

		again := openShop(t, s.crashed(), runner.Options{QueueLimit: 4})
		s.open()
		for _, shop := range []*shop{again, s} {
			shop.work()
			for session, texts := range want {
				require.Equal(t, texts, said(t, shop.store, session))
			}
			require.Empty(t, shop.inbox())
		}
		require.NoError(t, s.Receive(t.Context(), message("g0", "later")))
		require.Equal(t, "later", said(t, s.store, "g0")[len(want["g0"])])
	})
}

func TestWhatWasAcknowledgedWaitsForTheStore(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{})
		for _, answer := range s.receive("g", "1", "2")[1:] {
			require.NoError(t, <-answer)
		}
		s.store.refuse.Store(true)
		s.open()
		synctest.Wait()
		require.Positive(t, s.store.refused.Load())
		require.ErrorIs(t, s.Receive(t.Context(), message("h", "refused")), storage.ErrUnavailable, "what is not durable is not acknowledged")
		s.store.refuse.Store(false)
		s.work()
		require.Equal(t, []string{"1", "2"}, said(t, s.store, "g"))
		require.Empty(t, said(t, s.store, "h"))
		require.Empty(t, s.inbox())
	})
}

func TestADriverIsNotKeptByOthersEvents(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		s := newShop(t, runner.Options{})
		answers := s.receive("g", strings.Split(strings.Repeat("x", 50), "")...)
		for range 20 {
			s.gate <- struct{}{} // one turn
		}
		synctest.Wait()
		select {
		case err := <-answers[0]:
			require.NoError(t, err)
		default:
			t.Fatal("who brought the first message still runs the turns of others")
		}
		s.work()
		require.Len(t, said(t, s.store, "g"), 50)
	})
}
