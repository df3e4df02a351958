package runner

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// dueStore knows only when sessions are due; a session that is loaded is due no more.
type dueStore struct {
	storage.Store

	mu     sync.Mutex
	due    []storage.DueSession
	loaded map[string]time.Time
}

func (s *dueStore) DueSessions(_ context.Context, before time.Time, limit int) ([]storage.DueSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []storage.DueSession
	for _, d := range s.due {
		if _, done := s.loaded[d.Session]; !done && d.Due.Before(before) && len(due) < limit {
			due = append(due, d)
		}
	}
	return due, nil
}

func (s *dueStore) LoadSession(_ context.Context, session string) (*storage.SessionRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded[session] = time.Now()
	return &storage.SessionRecord{}, nil
}

func TestMoreTimersThanAPageAllRingInTime(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		const sessions = 3 * nearPage
		begin := time.Now()
		s := &dueStore{loaded: make(map[string]time.Time)}
		for n := range sessions { // some long past, the rest over twelve minutes
			s.due = append(s.due, storage.DueSession{Session: fmt.Sprint(n), Due: begin.Add(time.Duration(n-nearPage-5) * 36 * time.Millisecond)})
		}
		r := New(engine.NewCatalog(engine.Rules{}), s, Options{})
		r.work.Go(r.timers.loop)
		<-time.After(13 * time.Minute)
		synctest.Wait()
		require.Len(t, s.loaded, sessions)
		for _, d := range s.due {
			if d.Due.After(begin) {
				require.Less(t, s.loaded[d.Session].Sub(d.Due), 3*time.Second)
				require.False(t, s.loaded[d.Session].Before(d.Due))
			}
		}
		r.halt()
	})
}

// halt ends the goroutines of a runner that was not started.
func (r *Runner) halt() {
	r.cancel()
	r.work.Wait()
}

func TestABusySessionLeavesNoTimersBehind(t *testing.T) {
	t.Parallel()
	r := New(engine.NewCatalog(engine.Rules{}), nil, Options{})
	now := time.Now()
	for n := range 10_000 {
		r.timers.set("busy", now.Add(time.Minute+time.Duration(n)))
		r.timers.set(fmt.Sprint(n%10), now.Add(time.Duration(n%7)*time.Minute))
	}
	require.Len(t, r.timers.queue, 11)
	r.timers.set("busy", time.Time{})
	require.Len(t, r.timers.queue, 10)
	var due []time.Time
	for len(r.timers.queue) > 0 {
		due = append(due, r.timers.queue[0].due)
		r.timers.set(r.timers.queue[0].session, time.Time{})
	}
	require.True(t, slices.IsSortedFunc(due, time.Time.Compare))
}

// What is lost runs again in its order, and ahead of what came meanwhile.
func TestLostTurnsRunAgainInTheirOrder(t *testing.T) {
	t.Parallel()
	jobs := make(map[string]*job)
	for _, name := range []string{"a", "b", "c", "d"} {
		jobs[name] = &job{event: &flowdeskv1.Event{Id: name}}
	}
	s := &session{id: "s"}
	fly := func(name string) {
		require.Same(t, jobs[name], s.next())
		s.flying = append(s.flying, jobs[name])
	}
	require.True(t, s.add(jobs["a"]))
	fly("a")
	require.False(t, s.add(jobs["b"]), "somebody drives")
	fly("b")
	require.Nil(t, s.next())
	require.False(t, s.landed(jobs["a"], jobs["a"], true), "b stands on a: the session rests")
	require.False(t, s.add(jobs["c"]))
	require.True(t, s.landed(jobs["b"], jobs["b"], true))
	require.Nil(t, s.head)
	require.False(t, s.add(jobs["d"]))
	for _, name := range []string{"a", "b", "c", "d"} {
		fly(name)
	}
	require.Nil(t, s.next())
}

func TestASessionHasOneQueueHoweverMemoryIsShort(t *testing.T) {
	t.Parallel()
	var ss sessions
	ss.init(4)
	driving := make(map[string]*sync.Mutex)
	for n := range 32 {
		driving[fmt.Sprint(n)] = &sync.Mutex{}
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 1000 {
				id := fmt.Sprint((n*7 + g*13) % 32)
				s, idle := ss.add(&job{event: &flowdeskv1.Event{Session: id}})
				if !idle {
					continue
				}
				for j := s.next(); j != nil; j = s.next() {
					if !driving[id].TryLock() {
						panic("two drivers of session " + id)
					}
					for range 20 {
						runtime.Gosched()
					}
					driving[id].Unlock()
				}
			}
		})
	}
	all.Wait()
	ss.evict()
	require.LessOrEqual(t, len(ss.byID), 32)
}

func TestIdsAreInOrderAlsoWhenTheClockGoesBack(t *testing.T) {
	t.Parallel()
	var ids idSource
	now := time.Now()
	last := ""
	for n := range 100_000 {
		if n%1000 == 0 {
			now = now.Add(-time.Minute)
		}
		id := ids.next(now)
		require.Greater(t, id, last)
		last = id
	}
	ids.low = 1<<entropyBits - 10
	for range 100 {
		id := ids.next(now)
		require.Greater(t, id, last)
		last = id
	}
}

// envStore holds an environment that cannot always be read.
type envStore struct {
	storage.Store

	away     error
	presence []*flowdeskv1.PresenceFact
}

func (s *envStore) GetSettings(context.Context) (*flowdeskv1.Settings, error) {
	return &flowdeskv1.Settings{}, s.away
}

func (s *envStore) ListPeople(context.Context, storage.PersonFilter, storage.Page) ([]*flowdeskv1.Person, string, error) {
	return []*flowdeskv1.Person{{Id: "p"}}, "", nil
}

func (s *envStore) ListGroups(context.Context, storage.GroupFilter, storage.Page) ([]*flowdeskv1.Group, string, error) {
	return nil, "", nil
}
func (s *envStore) ListRobots(context.Context) ([]*storage.RobotRecord, error) { return nil, nil }
func (s *envStore) ListPresence(context.Context) ([]*flowdeskv1.PresenceFact, error) {
	return s.presence, nil
}

func (*envStore) CountOpenTasks(context.Context) (map[string]int32, error) { return nil, nil }

func (*envStore) CountPersonAlerts(context.Context, string) ([]*flowdeskv1.PersonAlerts, error) {
	return nil, nil
}

func (s *envStore) ActiveVersions(context.Context) ([]*flowdeskv1.FlowVersion, error) {
	return nil, nil
}

func TestTheEnvironmentFollowsPresenceAlsoAfterAFailure(t *testing.T) {
	t.Parallel()
	s := &envStore{}
	r := New(engine.NewCatalog(engine.Rules{}), s, Options{Fill: desk.FillSettings})
	require.NoError(t, r.Reload(t.Context()))
	active := engine.Timestamp(time.Now())
	r.presence.note(&flowdeskv1.PresenceFact{Person: "p", ActiveAt: active})
	s.away = storage.ErrUnavailable
	r.refresh()
	require.Nil(t, r.Env().GetPeople()[0].GetLastActive())
	s.away = nil
	r.refresh()
	require.NotNil(t, r.Env().GetPeople()[0].GetLastActive())
}

func (*envStore) EnvironmentNumber(context.Context) (int64, error) { return 7, nil }

// held are all sessions.
type held struct{ Shares }

// What could not be read was not followed: whoever shares the store goes on asking for it.
func TestAnEnvironmentThatCannotBeReadIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := &envStore{away: storage.ErrUnavailable}
	r := New(engine.NewCatalog(engine.Rules{}), s, Options{Fill: desk.FillSettings, Shares: held{}})
	for range 2 {
		changed, err := r.Follow(t.Context())
		require.True(t, changed)
		require.ErrorIs(t, err, storage.ErrUnavailable)
	}
	s.away = nil
	changed, err := r.Follow(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	require.NotNil(t, r.Env())
	changed, err = r.Follow(t.Context())
	require.NoError(t, err)
	require.False(t, changed, "nothing is new")
}
