package storagetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var sharing = map[string]func(*testing.T, storage.Store){
	"sharing: units come one after the other":           unitsAreSpaced,
	"sharing: nobody gets a unit twice":                 unitsAreTakenOnce,
	"sharing: look-ups have units of their own":         lookUpsAreSpaced,
	"sharing: units are returned":                       unitsAreReturned,
	"sharing: what is trimmed changes no answer":        unitsAreTrimmed,
	"sharing: a pause holds for all":                    pausesHold,
	"sharing: after a trip one probe at a time":         oneProbe,
	"sharing: notes are read by whoever reads":          notesAreRead,
	"sharing: the log of turns names those that won":    turnLog,
	"sharing: a stale holder's deliveries are refused":  staleDeliveries,
	"sharing: the log of turns is trimmed from the end": turnLogIsTrimmed,
}

func takeUnit(t *testing.T, s storage.Store, take storage.UnitTake) *storage.UnitAnswer {
	t.Helper()
	answer, err := s.TakeUnit(t.Context(), take)
	require.NoError(t, err)
	return answer
}

func unitsAreSpaced(t *testing.T, s storage.Store) {
	t.Helper()
	hourly := storage.UnitTake{Address: "here", Every: time.Hour, SavedUp: 2 * time.Hour, Scopes: []string{"address:here"}}
	for n := range 3 {
		require.Zero(t, takeUnit(t, s, hourly).Wait, "unit %d is saved up", n)
	}
	refused := takeUnit(t, s, hourly)
	require.InDelta(t, time.Hour, refused.Wait, float64(time.Minute))
	require.False(t, refused.Paused)
	elsewhere := hourly
	elsewhere.Address = "there"
	require.Zero(t, takeUnit(t, s, elsewhere).Wait)
	quick := storage.UnitTake{Address: "quick", Every: time.Microsecond}
	for range 5 {
		require.Eventually(t, func() bool { return takeUnit(t, s, quick).Wait == 0 }, time.Second, time.Microsecond, "they come back")
	}
}

func unitsAreTakenOnce(t *testing.T, s storage.Store) {
	t.Helper()
	var taken atomic.Int32
	var work sync.WaitGroup
	ctx := context.WithoutCancel(t.Context())
	for range 8 {
		work.Go(func() {
			for range 5 {
				if answer, err := s.TakeUnit(ctx, storage.UnitTake{Address: "here", Every: time.Hour, SavedUp: 9 * time.Hour}); err == nil && answer.Wait == 0 {
					taken.Add(1)
				}
			}
		})
	}
	work.Wait()
	require.EqualValues(t, 10, taken.Load())
}

func lookUpsAreSpaced(t *testing.T, s storage.Store) {
	t.Helper()
	look := storage.UnitTake{Address: "here", Every: time.Hour, SavedUp: 9 * time.Hour, LookUps: 3 * time.Hour}
	require.Zero(t, takeUnit(t, s, look).Wait)
	require.InDelta(t, 3*time.Hour, takeUnit(t, s, look).Wait, float64(time.Minute))
	send := look
	send.LookUps = 0
	require.Zero(t, takeUnit(t, s, send).Wait)
}

func unitsAreReturned(t *testing.T, s storage.Store) {
	t.Helper()
	for _, address := range []string{"here", "there"} {
		take := storage.UnitTake{Address: address, Every: time.Hour} // of no scope
		require.Zero(t, takeUnit(t, s, take).Wait)
		require.InDelta(t, time.Hour, takeUnit(t, s, take).Wait, float64(time.Minute))
	}
	require.NoError(t, s.ReturnUnits(t.Context(), "here"))
	require.NoError(t, s.ReturnUnits(t.Context(), "nowhere"))
	require.Zero(t, takeUnit(t, s, storage.UnitTake{Address: "here", Every: time.Hour}).Wait)
	require.NotZero(t, takeUnit(t, s, storage.UnitTake{Address: "there", Every: time.Hour}).Wait, "another's stay away")
}

func unitsAreTrimmed(t *testing.T, s storage.Store) {
	t.Helper()
	slow := storage.UnitTake{Address: "slow", Every: time.Hour}
	looks := storage.UnitTake{Address: "looks", Every: time.Microsecond, SavedUp: time.Hour, LookUps: time.Hour}
	for _, take := range []storage.UnitTake{slow, looks, {Address: "quick", Every: time.Microsecond}} {
		require.Zero(t, takeUnit(t, s, take).Wait)
	}
	require.NoError(t, s.TrimUnits(t.Context()))
	require.InDelta(t, time.Hour, takeUnit(t, s, slow).Wait, float64(time.Minute), "its unit is not back")
	require.InDelta(t, time.Hour, takeUnit(t, s, looks).Wait, float64(time.Minute), "its look-up is not back")
	require.Eventually(t, func() bool { // as soon as the clock goes on
		return takeUnit(t, s, storage.UnitTake{Address: "quick", Every: time.Hour}).Wait == 0
	}, 10*time.Second, time.Millisecond)
}

func pausesHold(t *testing.T, s storage.Store) {
	t.Helper()
	take := storage.UnitTake{Address: "here", Every: time.Microsecond, SavedUp: time.Hour, Scopes: []string{"address:here", "robot:a"}}
	unlimited := take
	unlimited.Every = 0
	require.NoError(t, s.PutPause(t.Context(), "address:here", time.Hour, false))
	require.NoError(t, s.PutPause(t.Context(), "address:here", time.Minute, false), "the one that ends last stands")
	for _, take := range []storage.UnitTake{take, unlimited} {
		answer := takeUnit(t, s, take)
		require.True(t, answer.Paused)
		require.InDelta(t, time.Hour, answer.Wait, float64(time.Minute))
	}
	pauses, err := s.ListPauses(t.Context())
	require.NoError(t, err)
	require.Len(t, pauses, 1)
	require.Equal(t, "address:here", pauses[0].Scope)
	require.InDelta(t, time.Hour, pauses[0].Left, float64(time.Minute))
	require.False(t, pauses[0].Tripped)
	require.NoError(t, s.ClearPause(t.Context(), "address:here"))
	require.Zero(t, takeUnit(t, s, take).Wait)
	require.NoError(t, s.PutPause(t.Context(), "address:here", -time.Second, false))
	require.Zero(t, takeUnit(t, s, take).Wait, "it is over")
	require.NoError(t, s.PutPause(t.Context(), "robot:b", time.Hour, false))
	require.Zero(t, takeUnit(t, s, take).Wait, "another robot's")
}

func oneProbe(t *testing.T, s storage.Store) {
	t.Helper()
	take := storage.UnitTake{Address: "here", Every: time.Microsecond, SavedUp: time.Hour, Scopes: []string{"address:here", "robot:a"}}
	require.NoError(t, s.PutPause(t.Context(), "robot:a", 2*time.Second, true))
	require.True(t, takeUnit(t, s, take).Paused)
	require.NoError(t, s.PutPause(t.Context(), "robot:a", time.Microsecond, false), "a trip stays one")
	var probes, others atomic.Int32
	var work sync.WaitGroup
	require.Eventually(t, func() bool { // its pause ends
		pauses, err := s.ListPauses(t.Context())
		return err == nil && len(pauses) == 1 && pauses[0].Tripped && pauses[0].Left <= 0
	}, 30*time.Second, time.Millisecond)
	ctx := context.WithoutCancel(t.Context())
	began := time.Now()
	for range 8 {
		work.Go(func() {
			switch answer, err := s.TakeUnit(ctx, take); {
			case err != nil || answer.Wait > 0:
			case answer.Probe:
				probes.Add(1)
			default:
				others.Add(1)
			}
		})
	}
	work.Wait()
	require.Zero(t, others.Load())
	require.GreaterOrEqual(t, probes.Load(), int32(1))
	if time.Since(began) < time.Second {
		require.EqualValues(t, 1, probes.Load())
	}
	require.NoError(t, s.ClearPause(t.Context(), "robot:a"))
	answer := takeUnit(t, s, take)
	require.Zero(t, answer.Wait)
	require.False(t, answer.Probe)
}

func notesAreRead(t *testing.T, s storage.Store) {
	t.Helper()
	none, before, err := s.ReadNotes(t.Context(), time.Time{})
	require.NoError(t, err)
	require.Empty(t, none)
	require.NoError(t, s.PutNotes(t.Context(), []byte("one")))
	require.NoError(t, s.PutNotes(t.Context(), []byte{0, 255}))
	notes, now, err := s.ReadNotes(t.Context(), before)
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.NotEqual(t, notes[0].Sequence, notes[1].Sequence)
	require.ElementsMatch(t, [][]byte{[]byte("one"), {0, 255}}, [][]byte{notes[0].Data, notes[1].Data})
	require.False(t, now.Before(before))
	later, _, err := s.ReadNotes(t.Context(), now.Add(time.Minute))
	require.NoError(t, err)
	require.Empty(t, later)
	require.NoError(t, s.ForgetNotes(t.Context(), now.Add(time.Minute)))
	notes, _, err = s.ReadNotes(t.Context(), time.Time{})
	require.NoError(t, err)
	require.Empty(t, notes)
}

func turnLog(t *testing.T, s storage.Store) {
	t.Helper()
	first, err := s.NewWriter(t.Context(), "a")
	require.NoError(t, err)
	second, err := s.NewWriter(t.Context(), "a")
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	logged := func(writer, number int64, turns ...*storage.TurnWrite) {
		t.Helper()
		_, err := s.Commit(t.Context(), &storage.Batch{Turns: turns, Log: &storage.LogMark{Writer: writer, Number: number}})
		require.NoError(t, err)
	}
	logged(first, 1, write("g1", 0), write("群😀", 0), write("g1", 1))
	logged(first, 2, write("g1", 1)) // it loses: there is nothing to tell
	logged(second, 7, write("g4", 5), write("g1", 2))
	commit(t, s, write("g3", 0))
	entries, err := s.ReadTurnLog(t.Context(), first, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []storage.LogEntry{{Writer: first, Number: 1, Turns: []storage.TurnRef{{Session: "g1"}, {Session: "群😀"}, {Session: "g1", Version: 1}}}}, entries)
	entries, err = s.ReadTurnLog(t.Context(), second, 6, 10)
	require.NoError(t, err)
	require.Equal(t, []storage.LogEntry{{Writer: second, Number: 7, Turns: []storage.TurnRef{{Session: "g1", Version: 2}}}}, entries)
	ends, err := s.TurnLogEnds(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[int64]storage.LogSpan{first: {Last: 1}, second: {Last: 7}}, ends)
	turns, err := s.ReadTurns(t.Context(), []storage.TurnRef{{Session: "g1", Version: 2}, {Session: "nobody"}, {Session: "群😀"}})
	require.NoError(t, err)
	require.ElementsMatch(t, [][]byte{[]byte("turn 2"), []byte("turn 0")}, turns)
	turns, err = s.ReadTurns(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, turns)
}

func turnLogIsTrimmed(t *testing.T, s storage.Store) {
	t.Helper()
	writer, err := s.NewWriter(t.Context(), "a")
	require.NoError(t, err)
	for number := range int64(5) {
		w := write("g1", number)
		w.Time = at.Add(time.Duration(number) * time.Minute)
		_, err := s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{w}, Log: &storage.LogMark{Writer: writer, Number: number + 1}})
		require.NoError(t, err)
	}
	n, err := s.TrimTurnLog(t.Context(), at.Add(3*time.Minute), 2)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	n, err = s.TrimTurnLog(t.Context(), at.Add(3*time.Minute), 10)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	ends, err := s.TurnLogEnds(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[int64]storage.LogSpan{writer: {Trimmed: 3, Last: 5}}, ends)
}

// staleDeliveries lets whoever lost a lease try to say what became of a command.
func staleDeliveries(t *testing.T, s storage.Store) {
	t.Helper()
	w := write("g1", 0)
	w.Commands = []*flowdeskv1.Command{command("c1"), command("c2")}
	commit(t, s, w)
	covered, uncovered := delivery("c1", queued, sending, 1), delivery("c2", queued, sending, 1)
	covered.Session = "g1"
	never := storage.Fence{Partition: storage.Partition("g1"), Number: 99}
	result, err := s.Commit(t.Context(), &storage.Batch{Deliveries: []*storage.Delivery{covered, uncovered}, Fences: []storage.Fence{never}})
	require.NoError(t, err)
	require.Equal(t, []int{0}, result.LostDeliveries)
	require.Equal(t, []int32{never.Partition}, result.LostLeases)
	c, err := s.GetCommand(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, queued, c.GetState())
	require.Empty(t, c.GetAttemptLog())
	c, err = s.GetCommand(t.Context(), "c2")
	require.NoError(t, err)
	require.Equal(t, sending, c.GetState())
}
