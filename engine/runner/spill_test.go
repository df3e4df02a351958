package runner_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/spill"
	"github.com/flowdesk/flowdesk/storage"
)

// spilling is a world with a spill on the disk.
type spilling struct {
	*world

	log     *spill.Spill
	options spill.Options
	shares  runner.Shares // nil for all
}

func runSpilling(t *testing.T, story func(w *spilling)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		keys, err := sealed.Parse(sealed.NewKey())
		require.NoError(t, err)
		w := &spilling{options: spill.Options{Dir: filepath.Join(t.TempDir(), "spill"), Sealer: keys, Segment: 4000}}
		w.world = newWorld(t, runner.Options{})
		w.open()
		defer w.world.close()
		defer func() { require.NoError(t, w.log.Close()) }()
		story(w)
	})
}

// open makes the spill and a runner with it.
func (w *spilling) open() {
	w.t.Helper()
	var err error
	w.log, err = spill.Open(w.options)
	require.NoError(w.t, err)
	w.Runner = w.runner(runner.Options{Spill: w.log, Shares: w.shares})
	w.start()
}

// restart ends the runner and begins another on what it left.
func (w *spilling) restart() {
	w.t.Helper()
	w.Close()
	require.NoError(w.t, w.log.Close())
	w.open()
}

// receive hands messages of one session over, each a moment after the one before, and gives what became of them.
func (w *spilling) receive(session string, from, to int) []<-chan error {
	var answers []<-chan error
	for n := from; n < to; n++ {
		answer := make(chan error, 1)
		go func() { answer <- w.Receive(w.t.Context(), message(session, fmt.Sprint(n))) }()
		answers = append(answers, answer)
		wait(5 * time.Millisecond)
	}
	return answers
}

func texts(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, fmt.Sprint(n))
	}
	return list
}

func (w *spilling) acknowledged(answers []<-chan error) {
	w.t.Helper()
	for n, answer := range answers {
		select {
		case err := <-answer:
			require.NoError(w.t, err, "message %d", n)
		default:
			require.Fail(w.t, "no answer", "message %d", n)
		}
	}
}

func (w *spilling) away(spoil func(*storage.Batch, func() (*storage.BatchResult, error)) (*storage.BatchResult, error)) {
	w.store.set(func(s *store) { s.spoil, s.away = spoil, errAway })
}

func (w *spilling) back() { w.store.set(func(s *store) { s.spoil, s.away = nil, nil }) }

// hang does not answer for a time, like a network that loses every packet.
func hang(d time.Duration, committed bool) func(*storage.Batch, func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
	return func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
		<-time.After(d)
		if committed {
			return commit()
		}
		return nil, errAway
	}
}

func TestWhileTheStoreIsAwayEventsAreKeptAndStoredInOrderAfterwards(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*storage.Batch, func() (*storage.BatchResult, error)) (*storage.BatchResult, error){
		"it refuses":                           refuse,
		"nobody learns what became of commits": unknown(false, func() {}),
		"it does not answer":                   hang(5*time.Second, false),
		"it answers late":                      hang(5*time.Second, true),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runSpilling(t, func(w *spilling) {
				answers := w.receive("a", 0, 3)
				w.away(spoil)
				answers = append(answers, w.receive("a", 3, 40)...)
				other := w.receive("b", 0, 5)
				wait(2 * time.Second)
				w.acknowledged(append(answers, other...))
				_, on := w.Spilling()
				require.True(w.t, on)
				require.False(w.t, w.Idle())
				wait(time.Minute)
				w.back()
				late := w.receive("a", 40, 50)
				wait(20 * time.Second)
				w.acknowledged(late)
				require.Equal(w.t, texts(0, 50), said(w.t, w.store, "a"))
				require.Equal(w.t, texts(0, 5), said(w.t, w.store, "b"))
				require.True(w.t, w.log.Empty())
				_, on = w.Spilling()
				require.False(w.t, on)
				require.True(w.t, w.Idle())
				w.acknowledged(w.receive("a", 50, 51))
				require.Equal(w.t, texts(0, 51), said(w.t, w.store, "a"))
			})
		})
	}
}

func TestWhatWasSpilledBeforeARestartComesFirst(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.store.set(func(s *store) { s.spoil = refuse })
		w.acknowledged(w.receive("a", 0, 30))
		w.restart()
		_, on := w.Spilling()
		require.True(w.t, on, "new events go behind")
		w.acknowledged(w.receive("a", 30, 60))
		w.restart()
		w.store.set(func(s *store) { s.spoil = nil })
		w.acknowledged(w.receive("a", 60, 90))
		wait(10 * time.Second)
		require.Equal(w.t, texts(0, 90), said(w.t, w.store, "a"))
		require.True(w.t, w.log.Empty())
	})
}

// A process may die between storing a part and removing it from the disk. The part is read again, and nothing of it happens twice.
func TestAPartThatWasStoredAlreadyIsNotStoredAgain(t *testing.T) {
	t.Parallel()
	for name, turned := range map[string]bool{"its events had their turns": true, "its events stand in the inbox": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runSpilling(t, func(w *spilling) {
				w.Close()
				var first []*flowdeskv1.Event // of which the inbox had some
				for _, text := range texts(0, 10) {
					event := message("a", text)
					event.Id, event.ReceivedAt = w.NewEventID(), engine.Timestamp(time.Now())
					kept := make(chan error, 1)
					w.log.Add(event, false, func(err error) { kept <- err })
					require.NoError(w.t, <-kept)
					if len(first) < 7 {
						first = append(first, event)
					}
				}
				_, err := w.store.Commit(w.t.Context(), &storage.Batch{Inbox: first})
				require.NoError(w.t, err)
				if turned {
					w.Runner = w.runner(runner.Options{})
					w.start()
					wait(time.Second)
					require.Equal(w.t, texts(0, 7), said(w.t, w.store, "a"))
					w.Close()
				}
				require.NoError(w.t, w.log.Close())
				w.open()
				wait(10 * time.Second)
				require.Equal(w.t, texts(0, 10), said(w.t, w.store, "a"))
			})
		})
	}
}

// A message whose session is not known yet arrives while the last ones that were spilled are stored, and waits at the door until the store is back.
func TestAMessageThatWaitsForTheHandoverFindsItsSession(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.away(refuse)
		w.acknowledgedLater(w.hear(0, 20))
		_, on := w.Spilling()
		require.True(w.t, on)
		w.back()
		w.store.set(func(s *store) { s.spoil = slowly(100 * time.Millisecond) })
		answers := w.hear(20, 400)
		wait(20 * time.Second)
		w.acknowledged(answers)
		_, on = w.Spilling()
		require.False(w.t, on)
	})
}

// hear is receive for messages of a chat that a robot heard.
func (w *spilling) hear(from, to int) []<-chan error {
	var answers []<-chan error
	for n := from; n < to; n++ {
		answer := make(chan error, 1)
		event := &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{Robot: "r1", GroupName: "客户群", RawText: fmt.Sprint(n)}}}
		go func() { answer <- w.Hear(w.t.Context(), event) }()
		answers = append(answers, answer)
		wait(5 * time.Millisecond)
	}
	return answers
}

func (w *spilling) acknowledgedLater(answers []<-chan error) {
	w.t.Helper()
	wait(3 * time.Second)
	w.acknowledged(answers)
}

// slowly takes its time for each commit.
func slowly(d time.Duration) func(*storage.Batch, func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
	return func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
		time.Sleep(d)
		return commit()
	}
}

// A spill that is full is no reason to lie: nothing is acknowledged that is not kept.
func TestWhatTheSpillDoesNotTakeIsRefused(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.Close()
		require.NoError(w.t, w.log.Close())
		w.options.Limit = 3000
		w.open()
		w.store.set(func(s *store) { s.spoil = refuse })
		var kept []string
		for n, answer := range w.receive("a", 0, 40) {
			if err := <-answer; err != nil {
				require.ErrorIs(w.t, err, storage.ErrUnavailable)
			} else {
				kept = append(kept, fmt.Sprint(n))
			}
		}
		require.NotEmpty(w.t, kept)
		require.Less(w.t, len(kept), 40)
		w.store.set(func(s *store) { s.spoil = nil })
		wait(10 * time.Second)
		require.Equal(w.t, kept, said(w.t, w.store, "a"))
	})
}

// A question that was answered while the store was away must not raise its alarm when the store is back: the timer rings after the answer.
func TestTimersRingAfterWhatWasSpilled(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.on("arm", func(run *engine.Run) { run.SessionTimer("test", "alarm", run.Now().Add(time.Minute)) })
		require.NoError(w.t, w.send("a", "arm"))
		w.store.set(func(s *store) { s.spoil = refuse })
		w.acknowledged(w.receive("a", 0, 2))
		wait(2 * time.Minute)
		w.store.set(func(s *store) { s.spoil = nil })
		wait(20 * time.Second)
		require.Equal(w.t, []string{"", "0", "1", ""}, said(w.t, w.store, "a"), "the arming, the messages, the timer")
	})
}

// Whatever the store does, and whenever: what was acknowledged is stored once, and in each session in the order in which it arrived.
func TestAStoreThatComesAndGoesLosesDoublesAndReordersNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			runSpilling(t, func(w *spilling) { w.comesAndGoes(rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func (w *spilling) comesAndGoes(random *rand.Rand) {
	const sessions, messages = 6, 600
	type sent struct {
		session string
		number  int
		answer  <-chan error
	}
	var all []sent
	until := time.Now()
	for n := range messages {
		if time.Now().After(until) {
			until = time.Now().Add(time.Duration(random.IntN(6000)) * time.Millisecond)
			took := time.Duration(random.IntN(4000)) * time.Millisecond
			switch random.IntN(7) {
			case 0:
				w.away(refuse)
			case 1:
				w.away(unknown(false, func() {}))
			case 2:
				w.away(unknown(true, func() {}))
			case 3:
				w.away(hang(took, false))
			case 4:
				w.away(hang(took, true))
			default:
				w.back()
			}
			if random.IntN(3) == 0 { // commits fail, reads do not
				w.store.set(func(s *store) { s.away = nil })
			}
		}
		if random.IntN(messages/2) == 0 {
			w.restart()
		}
		session := fmt.Sprint("s", random.IntN(sessions))
		answer := make(chan error, 1)
		go func() { answer <- w.Receive(w.t.Context(), message(session, fmt.Sprint(n))) }()
		all = append(all, sent{session, n, answer})
		if random.IntN(4) > 0 {
			wait(time.Duration(random.IntN(100)) * time.Millisecond)
		} else {
			synctest.Wait()
		}
	}
	wait(10 * time.Second)
	w.back()
	wait(time.Minute)
	require.True(w.t, w.Idle())
	stored := make(map[string][]string)
	for n := range sessions {
		session := fmt.Sprint("s", n)
		stored[session] = said(w.t, w.store, session)
		require.True(w.t, slices.IsSortedFunc(stored[session], byNumber), "%s: order: %v", session, stored[session])
		require.Len(w.t, slices.Compact(slices.Clone(stored[session])), len(stored[session]), "doubled")
	}
	acknowledged := 0
	for _, s := range all {
		select {
		case err := <-s.answer:
			if err == nil {
				acknowledged++
				require.Contains(w.t, stored[s.session], fmt.Sprint(s.number), "acknowledged and not stored")
			}
		default:
			require.Fail(w.t, "no answer", "message %d", s.number)
		}
	}
	require.Greater(w.t, acknowledged, messages*9/10)
}

func byNumber(a, b string) int {
	var x, y int
	_, _ = fmt.Sscan(a, &x)
	_, _ = fmt.Sscan(b, &y)
	return x - y
}

// What the store takes neither into the inbox nor into quarantine is kept apart on the disk, and everything else is stored.
func TestWhatTheStoreTakesInNoFormHoldsUpNothing(t *testing.T) {
	t.Parallel()
	runSpilling(t, func(w *spilling) {
		w.away(refuse)
		w.acknowledged(w.receive("a", 0, 10))
		refused := 0
		poison := func(e *flowdeskv1.Event) bool { return e.GetMessage().GetText() == "4" }
		w.away(func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
			for _, entry := range batch.Quarantine {
				if poison(entry.Event) {
					refused++
					return nil, errors.New("no such form")
				}
			}
			if slices.ContainsFunc(batch.Inbox, poison) {
				return nil, errors.New("no such form")
			}
			return commit()
		})
		w.store.set(func(s *store) { s.away = nil })
		wait(20 * time.Second)
		require.Equal(w.t, append(texts(0, 4), texts(5, 10)...), said(w.t, w.store, "a"))
		require.True(w.t, w.log.Empty())
		require.Equal(w.t, int64(1), w.log.Stats().Broken)
		require.Equal(w.t, 1, refused)
		_, on := w.Spilling()
		require.False(w.t, on)
	})
}
