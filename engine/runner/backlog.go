package runner

import (
	"sync"
	"sync/atomic"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// Limits of the backlog.
const (
	maxBacklog = 200_000 // events in the inbox alone: about 100 bytes of memory each, and a minute's work
)

// backlog are the events that stand in the inbox and not in memory, because too many wait there. As long as a session has one, whatever
// arrives for it goes behind it, so that none overtakes. They are taken into memory in their order as soon as there is room.
type backlog struct {
	runner *Runner
	behind atomic.Bool
	wake   chan struct{}

	mu       sync.Mutex
	events   map[string]behindOne // by event
	sessions map[string]int       // events by session
	rings    map[string]bool      // sessions whose timers were due meanwhile
	after    int64                // sequence of the inbox up to which all were taken
	behold   bool                 // an event was added that stands in the inbox already, perhaps before after
}

// behindOne is an event that stands in the inbox alone.
type behindOne struct {
	job     *job // nil for one that the inbox held already
	session string
	missed  bool // a look at the inbox has not seen it
}

func newBacklog(r *Runner) *backlog {
	return &backlog{
		runner: r, wake: make(chan struct{}, 1), events: make(map[string]behindOne), sessions: make(map[string]int), rings: make(map[string]bool),
	}
}

// take notes an event that goes to the inbox alone: when memory is full, or its session has others there.
func (b *backlog) take(j *job, full bool) (bool, error) {
	if !full && !b.behind.Load() {
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !full && b.sessions[j.event.GetSession()] == 0 || !b.runner.owns(j.event.GetSession()) {
		return false, nil
	}
	if len(b.events) >= maxBacklog {
		return false, ErrBusy
	}
	b.add(j.event, j)
	return true, nil
}

// follows is take for an event that the inbox holds already.
func (b *backlog) follows(event *flowdeskv1.Event, full bool) bool {
	if !full && !b.behind.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !full && b.sessions[event.GetSession()] == 0 {
		return false
	}
	b.add(event, nil)
	b.behold = true
	b.ring()
	return true
}

func (b *backlog) add(event *flowdeskv1.Event, j *job) {
	if _, known := b.events[event.GetId()]; !known {
		b.sessions[event.GetSession()]++
	}
	b.events[event.GetId()] = behindOne{job: j, session: event.GetSession()}
	b.behind.Store(true)
}

// remove forgets an event, and lets the timers of its session ring if they were waiting for it.
func (b *backlog) remove(event *flowdeskv1.Event) {
	if session := event.GetSession(); b.forget(event.GetId(), session) {
		b.runner.wakeTimers(session)
	}
}

// forget reports whether the session's timers waited for the event.
func (b *backlog) forget(event, session string) (rings bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.events[event]; !known {
		return false
	}
	delete(b.events, event)
	if b.sessions[session]--; b.sessions[session] > 0 {
		return false
	}
	rings = b.rings[session]
	delete(b.sessions, session)
	delete(b.rings, session)
	if len(b.events) == 0 {
		b.after = 0
		b.behind.Store(false)
	}
	return rings
}

// hold notes an event that is on its way into the inbox, or stands there and not in memory, if its session is ours. That is asked where drop
// cannot come in between: nobody would take an event out again that is noted after its partition was lost.
func (b *backlog) hold(event *flowdeskv1.Event) (held bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.runner.owns(event.GetSession()) {
		return false
	}
	b.add(event, nil)
	return true
}

// waits reports whether an event stands in the inbox alone.
func (b *backlog) waits(event string) (j *job, waits bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one, waits := b.events[event]
	return one.job, waits
}

// unseen are the events of partitions that a look at the whole inbox has not seen.
func (b *backlog) unseen(events []storage.InboxEvent, partitions map[int32]int64) map[string]behindOne {
	seen := make(map[string]bool, len(events))
	for _, e := range events {
		seen[e.Event.GetId()] = true
	}
	unseen := make(map[string]behindOne)
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, one := range b.events {
		if _, looked := partitions[storage.Partition(one.session)]; looked && !seen[id] {
			unseen[id] = one
		}
	}
	return unseen
}

// miss notes that a look has not seen an event, and forgets it when that is the second: it was stored before that look began, and has left the
// inbox since.
func (b *backlog) miss(event string) {
	b.mu.Lock()
	one, there := b.events[event]
	again := one.missed
	if there {
		one.missed = true
		b.events[event] = one
	}
	b.mu.Unlock()
	if again && b.forget(event, one.session) {
		b.runner.wakeTimers(one.session)
	}
}

// drop forgets the events of partitions.
func (b *backlog) drop(lost partitionSet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, one := range b.events {
		if lost.has(one.session) {
			delete(b.events, id)
			delete(b.sessions, one.session)
			delete(b.rings, one.session)
		}
	}
	if len(b.events) == 0 {
		b.after = 0
		b.behind.Store(false)
	}
}

// stored is told whether an event reached the inbox.
func (b *backlog) stored(event *flowdeskv1.Event, err error) {
	if err == nil {
		b.ring()
		return
	}
	b.remove(event)
}

// holds reports whether events of a session wait in the inbox alone.
func (b *backlog) holds(session string) bool {
	if !b.behind.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sessions[session] > 0
}

// postpones lets a session's timers wait for the events that arrived before they were due.
func (b *backlog) postpones(session string) bool {
	if !b.behind.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sessions[session] == 0 {
		return false
	}
	b.rings[session] = true
	return true
}

func (b *backlog) ring() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *backlog) loop() {
	for {
		select {
		case <-b.runner.ctx.Done():
			return
		case <-b.wake:
		}
		if b.runner.intake != nil {
			b.runner.intake.ring()
			continue
		}
		for b.refill() {
		}
	}
}

// refill takes a page of the inbox into memory when there is room. It reports whether there may be more.
func (b *backlog) refill() bool {
	_ = failpoint.Hit("runner.recover.backlog")
	if !b.behind.Load() || !b.runner.roomy() || b.runner.isStopping() {
		return false
	}
	b.mu.Lock()
	if b.behold {
		b.after, b.behold = 0, false
	}
	after := b.after
	b.mu.Unlock()
	events, err := b.runner.store.PendingEvents(b.runner.ctx, after, recoverPage)
	if err != nil {
		if b.runner.ctx.Err() == nil {
			b.runner.log.Error("take up the inbox", "error", err)
			b.runner.later(restFor, b.ring)
		}
		return false
	}
	for _, e := range events {
		b.enter(e)
	}
	return len(events) == recoverPage
}

// enter takes one event into memory. What stands in the inbox and is in memory already is none of the backlog's. Only when the event is in
// memory it is forgotten here, so that none overtakes it.
func (b *backlog) enter(e storage.InboxEvent) {
	b.mu.Lock()
	one, ours := b.events[e.Event.GetId()]
	j := one.job
	b.after = e.Sequence
	b.mu.Unlock()
	if j != nil {
		b.runner.commits.stands(j)
	}
	if ours {
		b.runner.carry(e.Event, true, nil)
		b.remove(e.Event)
	}
}

// crowded reports whether so many events stand in the inbox alone that more should wait where they are.
func (b *backlog) crowded() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.events) >= maxBacklog/2
}
