package runner_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func unknown(committed bool, also func()) func(*storage.Batch, func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
	return func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
		also()
		if committed {
			if _, err := commit(); err != nil {
				return nil, err
			}
		}
		return nil, fmt.Errorf("no answer: %w", storage.ErrUnknown)
	}
}

// sends makes a signal enqueue a command and send an event to another session.
func (w *world) sends(name string) {
	w.on(name, func(run *engine.Run) {
		run.Enqueue(&flowdeskv1.Command{Text: name})
		run.SendEvent(signal("other", "from "+name))
	})
}

func TestACommitOfUnknownOutcomeIsLookedUp(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"it is stored": true, "it is not stored": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				w.sends("a")
				require.NoError(w.t, w.send("s", "before"))
				// The store goes away in the middle of the commit, and says for a while nothing at all.
				w.store.set(func(s *store) {
					s.spoil = unknown(committed, func() { s.set(func(s *store) { s.away, s.spoil = errAway, nil }) })
				})
				end := make(chan error, 1)
				require.NoError(w.t, w.SubmitWith(signal("s", "a"), nil, func(_ *flowdeskv1.Turn, err error) { end <- err }))
				wait(time.Second)
				require.Empty(w.t, end, "nobody knows")
				require.ErrorIs(w.t, w.send("x", "meanwhile"), storage.ErrUnavailable)
				require.False(w.t, w.Idle())
				w.store.set(func(s *store) { s.away = nil })
				wait(2 * time.Second)
				if committed {
					require.NoError(w.t, <-end)
					require.Equal(w.t, []string{"before", "a"}, w.stored("s"))
					require.Equal(w.t, []string{"from a"}, w.stored("other"))
					require.Equal(w.t, []string{"claim a", "add a"}, w.outbox.all())
				} else {
					require.ErrorIs(w.t, <-end, storage.ErrUnavailable)
					require.Equal(w.t, []string{"before"}, w.stored("s"))
					require.Empty(w.t, w.stored("other"))
				}
				require.NoError(w.t, w.send("s", "b"), "the session goes on")
				synctest.Wait()
				require.Equal(w.t, 1, w.ran("s a"))
				require.True(w.t, w.Idle())
			})
		})
	}
}

// enqueued stores a command and gives its id.
func (w *world) enqueued() string {
	w.t.Helper()
	var id string
	w.on("enqueue", func(run *engine.Run) { id, _ = run.Enqueue(&flowdeskv1.Command{Text: "said"}) })
	require.NoError(w.t, w.send("s", "enqueue"))
	return id
}

func TestADeliveryOfUnknownOutcomeIsLookedUp(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"it is stored": true, "it is not stored": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				id := w.enqueued()
				w.store.set(func(s *store) { s.spoil = unknown(committed, func() { s.set(func(s *store) { s.spoil = nil }) }) })
				var lost bool
				var err error
				w.Deliver(&storage.Delivery{
					Command: id, From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_QUEUED}, Attempts: 1,
					State: flowdeskv1.CommandState_COMMAND_STATE_SENDING,
				}, func(l bool, e error) { lost, err = l, e })
				wait(time.Second)
				require.False(w.t, lost, "it is stored, or can be tried again")
				if committed {
					require.NoError(w.t, err)
				} else {
					require.ErrorIs(w.t, err, storage.ErrUnavailable)
				}
			})
		})
	}
}

// A command whose key is taken does not exist: it is not sent, and its session hears of it.
func TestACommandThatWasLeftOutIsNotSent(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.outbox.claim = true
		w.on("twice", func(run *engine.Run) {
			run.Enqueue(&flowdeskv1.Command{Text: "first", Key: "key"})
			run.Enqueue(&flowdeskv1.Command{Text: "second", Key: "key"})
		})
		require.NoError(w.t, w.send("s", "twice"))
		wait(time.Second)
		require.ElementsMatch(w.t, []string{"claim first", "claim second", "add first", "unclaim second"}, w.outbox.all())
		require.Equal(w.t, []string{"twice", "COMMAND_STATE_SUPERSEDED"}, w.stored("s"))
	})
}

// A command that its own turn takes back never binds a robot.
func TestACommandThatItsOwnTurnCancelsIsNotClaimed(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.outbox.claim = true
		w.on("regret", func(run *engine.Run) {
			id, _ := run.Enqueue(&flowdeskv1.Command{Text: "said"})
			run.Cancel(id, "on second thoughts")
		})
		require.NoError(w.t, w.send("s", "regret"))
		require.Equal(w.t, []string{"add said", "withdraw "}, w.outbox.all())
		counts, err := w.store.CountCommands(w.t.Context())
		require.NoError(w.t, err)
		require.Empty(w.t, counts)
	})
}

// What nobody brings again is tried until it is stored, without a restart.
func TestNothingOfOursIsForgottenWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.sends("a")
		w.store.set(func(s *store) { s.unread["other"] = errAway })
		require.NoError(w.t, w.send("s", "a"))
		wait(10 * time.Second)
		w.store.set(func(s *store) {
			s.unread = nil
			s.spoil = refuse
		})
		wait(10 * time.Second)
		require.Empty(w.t, w.stored("other"))
		w.store.set(func(s *store) { s.spoil = nil })
		wait(5 * time.Second)
		require.Equal(w.t, []string{"from a"}, w.stored("other"))
		pending, err := w.store.PendingEvents(w.t.Context(), 0, 10)
		require.NoError(w.t, err)
		require.Empty(w.t, pending)
	})
}

func TestACancelThatCameTooLateIsToldAlsoWhenTheStoreIsAway(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.outbox.claim = true // it is committed as sending
		id := w.enqueued()
		w.on("cancel", func(run *engine.Run) {
			run.Cancel(id, "too late")
			w.store.set(func(s *store) {
				s.spoil = func(_ *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
					s.set(func(s *store) { s.spoil = refuse }) // after this one
					return commit()
				}
			})
		})
		require.NoError(w.t, w.send("s", "cancel"))
		wait(10 * time.Second)
		w.store.set(func(s *store) { s.spoil = nil })
		wait(5 * time.Second)
		require.Equal(w.t, []string{"enqueue", "cancel", "COMMAND_STATE_SENT"}, w.stored("s"))
	})
}

// What the next start finds is applied once.
func TestAnEventForAnotherSessionSurvivesARestart(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.sends("a")
		w.store.set(func(s *store) { s.unread["other"] = errAway })
		require.NoError(w.t, w.send("s", "a"))
		w.Close()
		w.store.set(func(s *store) { s.unread = nil })
		next := w.runner(runnerOptions)
		require.NoError(w.t, next.Start(w.t.Context()))
		wait(2 * time.Second)
		next.Close()
		require.Equal(w.t, []string{"from a"}, w.stored("other"))
	})
}

// A store that does not answer at all keeps nobody longer than he has time.
func TestAStoreThatDoesNotAnswerKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		answers := make(chan struct{})
		w.store.set(func(s *store) { s.loading = func() { <-answers } })
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		gone := make(chan error, 2)
		go func() { gone <- w.Receive(ctx, signal("s", "a")) }()
		go func() {
			_, err := w.Submit(ctx, signal("t", "b"))
			gone <- err
		}()
		wait(2 * time.Second)
		require.Len(w.t, gone, 2)
		close(answers)
		wait(time.Second)
	})
}
