package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var leases = map[string]func(*testing.T, storage.Store){
	"leases: one holder at a time":                    oneHolder,
	"leases: one of many who take it at once":         manyTakers,
	"leases: those of a dead replica go to the next":  deadHolder,
	"leases: a dead replica that comes back":          risenHolder,
	"leases: leave":                                   leaving,
	"leases: a stale holder's commit is refused":      staleHolder,
	"leases: a lease does not move during its commit": leaseInCommit,
	"leases: nobody waits for each other":             noCircle,
	"leases: a turn does not overtake the inbox":      overtaking,
	"leases: a long inbox costs commits little":       longInbox,
	"leases: events and timers by partition":          byPartition,
	"leases: a change of the environment is counted":  environmentNumber,
}

const (
	longLife   = time.Hour
	dead       = -time.Second // a replica that has died already
	somewhere  = int32(7)
	somewhere2 = int32(8)
)

func beat(t *testing.T, s storage.Store, replica string, ttl time.Duration) *storage.Membership {
	t.Helper()
	m, err := s.Beat(t.Context(), replica, ttl)
	require.NoError(t, err)
	return m
}

func members(m *storage.Membership) (names []string) {
	for _, member := range m.Members {
		names = append(names, member.Name)
	}
	return names
}

func take(t *testing.T, s storage.Store, replica string, partitions ...int32) []*storage.Lease {
	t.Helper()
	leases, err := s.TakeLeases(t.Context(), replica, partitions)
	require.NoError(t, err)
	slices.SortFunc(leases, func(a, b *storage.Lease) int { return int(a.Partition - b.Partition) })
	return leases
}

func oneHolder(t *testing.T, s storage.Store) {
	t.Helper()
	beat(t, s, "a", longLife)
	require.Equal(t, []string{"a", "b"}, members(beat(t, s, "b", longLife)))
	first := take(t, s, "a", somewhere2, somewhere)
	require.Len(t, first, 2)
	require.Equal(t, "a", first[0].Holder)
	require.Empty(t, take(t, s, "b", somewhere), "it is another's")
	again := take(t, s, "a", somewhere)
	require.Greater(t, again[0].Number, first[0].Number, "whoever asks for it again does not know what happened since")
	require.NoError(t, s.FreeLeases(t.Context(), "b", []int32{somewhere}))
	require.Empty(t, take(t, s, "b", somewhere), "nobody frees another's lease")
	require.NoError(t, s.FreeLeases(t.Context(), "a", []int32{somewhere}))
	second := take(t, s, "b", somewhere)
	require.Greater(t, second[0].Number, again[0].Number)
	require.Equal(t, []*storage.Lease{second[0], first[1]}, beat(t, s, "b", longLife).Leases)
}

func manyTakers(t *testing.T, s storage.Store) {
	t.Helper()
	var (
		mu   sync.Mutex
		won  []string
		work sync.WaitGroup
	)
	ctx := context.WithoutCancel(t.Context())
	for _, replica := range []string{"a", "b", "c", "d", "e", "f"} {
		beat(t, s, replica, longLife)
		work.Go(func() {
			if got, err := s.TakeLeases(ctx, replica, []int32{somewhere}); err == nil && len(got) > 0 {
				mu.Lock()
				won = append(won, replica)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	require.Len(t, won, 1)
}

func deadHolder(t *testing.T, s storage.Store) {
	t.Helper()
	beat(t, s, "a", longLife)
	first := take(t, s, "a", somewhere)
	beat(t, s, "b", longLife)
	require.Empty(t, take(t, s, "b", somewhere))
	beat(t, s, "a", dead)
	require.Equal(t, []string{"b"}, members(beat(t, s, "b", longLife)))
	second := take(t, s, "b", somewhere)
	require.Len(t, second, 1)
	require.Greater(t, second[0].Number, first[0].Number)
}

func risenHolder(t *testing.T, s storage.Store) {
	t.Helper()
	beat(t, s, "a", dead)
	held := take(t, s, "a", somewhere, somewhere2)
	require.Len(t, held, 2)
	beat(t, s, "b", longLife)
	taken := take(t, s, "b", somewhere)
	require.Len(t, taken, 1)
	require.Equal(t, []*storage.Lease{taken[0], held[1]}, beat(t, s, "a", longLife).Leases, "it keeps what nobody took")
	require.Empty(t, take(t, s, "b", somewhere2))
}

func leaving(t *testing.T, s storage.Store) {
	t.Helper()
	beat(t, s, "a", longLife)
	take(t, s, "a", somewhere, somewhere2)
	require.NoError(t, s.Leave(t.Context(), "a"))
	m := beat(t, s, "b", longLife)
	require.Equal(t, []string{"b"}, members(m))
	require.Empty(t, m.Leases)
	require.Len(t, take(t, s, "b", somewhere, somewhere2), 2)
}

func staleHolder(t *testing.T, s storage.Store) {
	t.Helper()
	beat(t, s, "a", dead)
	held := take(t, s, "a", somewhere, somewhere2)
	stale, other := held[0], held[1]
	beat(t, s, "b", longLife)
	present := take(t, s, "b", somewhere)[0]
	late, neighbour, unfenced := write("g1", 0), write("g2", 0), write("g3", 0)
	late.Partition, neighbour.Partition, unfenced.Partition = somewhere, somewhere2, 9
	result, err := s.Commit(t.Context(), &storage.Batch{
		Turns: []*storage.TurnWrite{late, neighbour, unfenced}, Fences: []storage.Fence{stale.Fence(), other.Fence()},
	})
	require.NoError(t, err)
	require.Equal(t, []int{0}, result.LostTurns)
	require.Equal(t, []int32{somewhere}, result.LostLeases)
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Zero(t, record.Version, "nothing of it is stored")

	result, err = s.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{late}, Fences: []storage.Fence{present.Fence()}})
	require.NoError(t, err)
	require.Empty(t, result.LostTurns)
	require.Empty(t, result.LostLeases)
}

// leaseInCommit lets replicas take a partition from each other while each commits under its own lease: the turns that were accepted are one
// chain, and none was accepted under a number below the one before.
func leaseInCommit(t *testing.T, s storage.Store) {
	t.Helper()
	var (
		mu       sync.Mutex
		accepted int
		work     sync.WaitGroup
	)
	ctx := context.WithoutCancel(t.Context())
	for _, replica := range []string{"a", "b", "c"} {
		work.Go(func() {
			for range 20 {
				if _, err := s.Beat(ctx, replica, dead); err != nil {
					continue
				}
				got, err := s.TakeLeases(ctx, replica, []int32{somewhere})
				if err != nil || len(got) == 0 {
					continue
				}
				record, err := s.LoadSession(ctx, "g1")
				if err != nil {
					continue
				}
				turn := write("g1", record.Version)
				turn.Partition = somewhere
				result, err := s.Commit(ctx, &storage.Batch{Turns: []*storage.TurnWrite{turn}, Fences: []storage.Fence{got[0].Fence()}})
				if err == nil && len(result.LostTurns) == 0 {
					mu.Lock()
					accepted++
					mu.Unlock()
				}
			}
		})
	}
	work.Wait()
	record, err := s.LoadSession(ctx, "g1")
	require.NoError(t, err)
	require.Equal(t, int64(accepted), record.Version)
	require.NotZero(t, accepted)
}

// noCircle takes, frees and leaves many leases at once while commits hold some of them: whoever locks several does so in one order.
func noCircle(t *testing.T, s storage.Store) {
	t.Helper()
	const many = 100
	ctx := context.WithoutCancel(t.Context())
	partitions := make([]int32, many)
	for i := range partitions {
		partitions[i] = int32(i)
	}
	var work sync.WaitGroup
	for n := range 4 {
		replica := fmt.Sprint("r", n)
		work.Go(func() {
			for range 10 {
				if _, err := s.Beat(ctx, replica, dead); err != nil { // so that the others take what it has
					t.Errorf("beat: %v", err)
				}
				mine, err := s.TakeLeases(ctx, replica, partitions)
				if err != nil {
					t.Errorf("take: %v", err)
				}
				batch := &storage.Batch{}
				for _, lease := range mine {
					batch.Fences = append(batch.Fences, lease.Fence())
				}
				slices.SortFunc(batch.Fences, func(a, b storage.Fence) int { return int(a.Partition - b.Partition) })
				batch.Inbox = []*flowdeskv1.Event{{Id: fmt.Sprintf("%s-%d", replica, len(batch.Fences)), Session: "g1"}}
				if _, err := s.Commit(ctx, batch); err != nil {
					t.Errorf("commit: %v", err)
				}
				free := s.Leave
				if n%2 == 0 {
					free = func(ctx context.Context, replica string) error { return s.FreeLeases(ctx, replica, partitions) }
				}
				if err := free(ctx, replica); err != nil {
					t.Errorf("free: %v", err)
				}
			}
		})
	}
	work.Wait()
}

// overtaking tells which turns give way to events of the inbox.
func overtaking(t *testing.T, s storage.Store) {
	t.Helper()
	beat(t, s, "a", longLife)
	partition := storage.Partition("g1")
	lease := take(t, s, "a", partition)[0]
	commit := func(turns ...*storage.TurnWrite) *storage.BatchResult {
		t.Helper()
		result, err := s.Commit(t.Context(), &storage.Batch{Turns: turns, Fences: []storage.Fence{lease.Fence()}})
		require.NoError(t, err)
		return result
	}
	turn := func(event string, expect int64, fromInbox bool) *storage.TurnWrite {
		turn := write("g1", expect)
		turn.Partition, turn.Event, turn.FromInbox, turn.Follows = partition, event, fromInbox, true
		return turn
	}
	put := func(id string, fences ...storage.Fence) {
		t.Helper()
		_, err := s.Commit(t.Context(), &storage.Batch{Inbox: []*flowdeskv1.Event{{Id: id, Session: "g1"}}, Fences: fences})
		require.NoError(t, err)
	}
	refused := func(result *storage.BatchResult, turns ...int) {
		t.Helper()
		require.Equal(t, turns, result.LostTurns)
		require.Equal(t, turns, result.Overtaking)
	}
	put("one", lease.Fence())
	put("two")
	refused(commit(turn("direct", 0, false)), 0)
	refused(commit(turn("two", 0, true)), 0)
	deliveries := turn("result", 0, false)
	deliveries.Follows = false
	require.Empty(t, commit(deliveries).LostTurns, "it does not mind")
	timer := turn("timer", 1, false)
	timer.Behind = "two one"
	require.Empty(t, commit(timer).LostTurns, "they may come later")

	// What was overtaken has its turn first, in the same batch; a third one comes in between.
	put("three")
	refused(commit(turn("one", 2, true), turn("three", 3, true), turn("direct", 4, false)), 1, 2)
	require.Empty(t, commit(turn("two", 3, true), turn("three", 4, true), turn("direct", 5, false)).LostTurns)
	put("four")
	put("five")
	require.Empty(t, commit(turn("four", 6, true)).LostTurns, "it is the first, whatever stands behind it")
	record, err := s.LoadSession(t.Context(), "g1")
	require.NoError(t, err)
	require.Equal(t, int64(7), record.Version)
}

// longInbox has a chain of turns taken from a session's long queue, as after an outage: what stands in front is found out once, not for each turn.
func longInbox(t *testing.T, s storage.Store) {
	t.Helper()
	const rows, chain = 2000, 1000
	beat(t, s, "a", longLife)
	fences := []storage.Fence{take(t, s, "a", storage.Partition("g1"))[0].Fence()}
	id := func(i int) string { return fmt.Sprintf("event-%026d", i) }
	events := make([]*flowdeskv1.Event, 0, rows)
	for i := range rows {
		events = append(events, &flowdeskv1.Event{Id: id(i), Session: "g1"})
	}
	_, err := s.Commit(t.Context(), &storage.Batch{Inbox: events})
	require.NoError(t, err)
	turns := func(from int) (turns []*storage.TurnWrite) {
		for i := from; i < from+chain; i++ {
			turn := write("g1", int64(len(turns)))
			turn.Partition, turn.Event, turn.FromInbox, turn.Follows = storage.Partition("g1"), id(i), true, true
			turns = append(turns, turn)
		}
		return turns
	}
	begin := time.Now()
	result, err := s.Commit(t.Context(), &storage.Batch{Turns: turns(1), Fences: fences})
	require.NoError(t, err)
	require.Len(t, result.Overtaking, chain, "the first has not had its turn")
	result, err = s.Commit(t.Context(), &storage.Batch{Turns: turns(0), Fences: fences})
	require.NoError(t, err)
	require.Empty(t, result.LostTurns)
	require.Less(t, time.Since(begin), 5*time.Second)
}

func byPartition(t *testing.T, s storage.Store) {
	t.Helper()
	one, two := write("g1", 0), write("g2", 0)
	one.Partition, two.Partition = storage.Partition("g1"), storage.Partition("g2")
	one.Head.NextDue, two.Head.NextDue = at, at
	_, err := s.Commit(t.Context(), &storage.Batch{
		Turns: []*storage.TurnWrite{one, two},
		Inbox: []*flowdeskv1.Event{{Id: "e1", Session: "g1"}, {Id: "e2", Session: "g2"}, {Id: "e3", Session: "g1"}},
	})
	require.NoError(t, err)
	ids := func(limit int, partitions ...int32) (out []string) {
		t.Helper()
		events, err := s.PendingEventsOf(t.Context(), partitions, limit)
		require.NoError(t, err)
		for _, e := range events {
			out = append(out, e.Event.GetId())
		}
		return out
	}
	require.Equal(t, []string{"e1", "e3"}, ids(10, one.Partition))
	require.Equal(t, []string{"e1", "e2"}, ids(2, one.Partition, two.Partition))
	require.Empty(t, ids(10))
	due, err := s.DueSessionsOf(t.Context(), []int32{two.Partition}, at.Add(time.Microsecond), 10)
	require.NoError(t, err)
	require.Equal(t, []storage.DueSession{{Session: "g2", Due: at}}, due)
	due, err = s.DueSessionsOf(t.Context(), nil, at.Add(time.Microsecond), 10)
	require.NoError(t, err)
	require.Empty(t, due)
}

func environmentNumber(t *testing.T, s storage.Store) {
	t.Helper()
	last, err := s.EnvironmentNumber(t.Context())
	require.NoError(t, err)
	for name, change := range map[string]func() error{
		"person": func() error { return s.PutPerson(t.Context(), &flowdeskv1.Person{Id: "p"}, "") },
		"group":  func() error { return s.PutGroup(t.Context(), &flowdeskv1.Group{Id: "g"}, "") },
		"robot": func() error {
			return s.PutRobot(t.Context(), &storage.RobotRecord{Robot: &flowdeskv1.Robot{Id: "r"}}, "")
		},
		"deleted": func() error {
			return errors.Join(s.PutRobot(t.Context(), &storage.RobotRecord{Robot: &flowdeskv1.Robot{Id: "r2"}}, ""), s.DeleteRobot(t.Context(), "r2"))
		},
		"settings": func() error { return s.PutSettings(t.Context(), &flowdeskv1.Settings{}, "") },
		"turns":    func() error { return s.EnvironmentChanged(t.Context()) },
	} {
		require.NoError(t, change(), name)
		number, err := s.EnvironmentNumber(t.Context())
		require.NoError(t, err)
		require.Greater(t, number, last, name)
		last = number
	}
}
