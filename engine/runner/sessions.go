package runner

import (
	"sync"

	"github.com/flowdesk/flowdesk/storage"
)

// sessions are the sessions in memory.
type sessions struct {
	mu    sync.Mutex
	byID  map[string]*session
	limit int
	clock int64
}

func (ss *sessions) init(limit int) {
	ss.byID, ss.limit = make(map[string]*session), limit
}

// add puts a job into its session's queue. It reports whether the caller must drive the session. Finding and adding are one step: a session
// that is dropped in between would have two queues.
func (ss *sessions) add(j *job) (s *session, idle bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s = ss.get(j.event.GetSession())
	j.number = ss.clock
	return s, s.add(j)
}

// find is an event's session, nil when it is not in memory. With behind the event arrives now, behind all that are in memory.
func (ss *sessions) find(j *job, behind bool) *session {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if behind {
		ss.clock++
		j.number = ss.clock
	}
	return ss.byID[j.event.GetSession()]
}

// busy reports whether any session has something to do now. One that rests until the store answers has not.
func (ss *sessions) busy() bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, s := range ss.byID {
		s.mu.Lock()
		busy := s.driving || len(s.flying) > 0 || len(s.queue) > 0 && !s.resting
		s.mu.Unlock()
		if busy {
			return true
		}
	}
	return false
}

func (ss *sessions) get(id string) *session {
	ss.clock++
	s := ss.byID[id]
	if s == nil {
		if len(ss.byID) >= ss.limit {
			ss.evict()
		}
		s = &session{id: id, partition: storage.Partition(id)}
		ss.byID[id] = s
	}
	s.used = ss.clock
	return s
}

// drop drops the idle sessions of partitions. The others go when their events have gone elsewhere; what they remember is not used again, because
// the store knows a later version.
func (ss *sessions) drop(lost partitionSet) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for id, s := range ss.byID {
		if !lost[s.partition] {
			continue
		}
		s.mu.Lock()
		if !s.driving && len(s.flying) == 0 && len(s.queue) == 0 && len(s.lost) == 0 {
			delete(ss.byID, id)
		}
		s.mu.Unlock()
	}
}

// evict drops the older half of the idle sessions.
func (ss *sessions) evict() {
	border := ss.clock - int64(ss.limit)/2
	for id, s := range ss.byID {
		s.mu.Lock()
		if s.used < border && !s.driving && len(s.flying) == 0 && len(s.queue) == 0 && len(s.lost) == 0 {
			delete(ss.byID, id)
		}
		s.mu.Unlock()
	}
}
