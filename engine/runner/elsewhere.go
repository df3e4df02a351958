package runner

import (
	"errors"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// stays reports whether an event has its turn here and now. If not, it has been sent to where it has it.
func (r *Runner) stays(s *session, j *job) bool {
	lease, ours := r.shares.Fence(s.partition)
	if !ours {
		s.head = nil
		r.elsewhere(j)
		return false
	}
	if r.commits.outdated(j, lease) { // another replica may have taken it from the inbox and be done with it: if not, it is taken again
		r.finish(j, outcome{err: ErrElsewhere})
		r.Look()
		return false
	}
	if j.fromInbox || j.deliveries != nil {
		return true
	}
	if !r.backlog.holds(s.id) {
		return true
	}
	if j.ring {
		if !r.backlog.postpones(s.id) {
			return true
		}
		r.finish(j, outcome{})
		return false
	}
	r.giveWay(j)
	return false
}

// elsewhere lets an event that is in nobody's queue have its turn where its session is.
func (r *Runner) elsewhere(j *job) {
	switch {
	case j.ring:
		r.finish(j, outcome{})
	case j.local():
		r.finish(j, outcome{err: ErrElsewhere})
	case r.commits.durable(j):
		r.finish(j, outcome{err: ErrElsewhere})
		r.tell(j.event.GetSession())
	default:
		r.post(j)
	}
}

// giveWay lets an event of ours go behind what stands in the inbox for its session, by way of the inbox.
func (r *Runner) giveWay(j *job) {
	switch {
	case j.event.GetTimer() != nil && !j.fromInbox:
		r.timers.set(j.event.GetSession(), r.now().Add(giveWayPause))
		r.finish(j, outcome{})
	case j.local():
		r.finish(j, outcome{err: ErrBusy})
	default:
		j.held = r.backlog.hold(j.event)
		r.elsewhere(j)
	}
}

// giveWayPause is the wait before a timer rings again that gave way.
const giveWayPause = 50 * time.Millisecond

// leaves takes an event that cannot have its turn here now, and reports that. It is in nobody's queue and counts as queued.
func (r *Runner) leaves(j *job) bool {
	if r.shares == nil {
		return false
	}
	session := j.event.GetSession()
	ours := r.owns(session)
	if ours && (j.fromInbox || j.deliveries != nil || !r.backlog.holds(session)) {
		return false
	}
	r.intake.came(j.event.GetId())
	r.sessions.find(j, true) // gives it its number
	if ours {
		r.giveWay(j)
	} else {
		r.elsewhere(j)
	}
	return true
}

// post stores an event in the inbox, from where whoever has its session takes it up.
func (r *Runner) post(j *job) {
	r.sharing.posted.Add(1)
	if j.request != nil {
		j.event.Request = &flowdeskv1.EventRequest{Method: j.request.Method, Id: j.request.ID}
	}
	r.commits.post(j)
}

// post lets the next commit store an event whose turn runs elsewhere, unless it is stored or on its way.
func (c *committer) post(j *job) {
	c.mu.Lock()
	j.away, j.received, j.aboard = true, true, false
	state, perhaps, gone := j.keeping, j.perhaps, c.gone
	if state == inMemory && !perhaps {
		c.ask(j)
		c.shuffled = true
	}
	spilled := j.keeping == inMemory && !perhaps && j.ticket.gone()
	c.mu.Unlock()
	switch {
	case spilled:
		c.told(j, errSpilled)
	case state == keepDone:
		c.told(j, nil)
	case state == inMemory && perhaps:
		c.recheck([]*job{j})
	case gone:
		c.told(j, ErrStopping)
	}
}

// outdated reports whether an event stands in the inbox since an earlier lease of its session.
func (c *committer) outdated(j *job, lease int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return (j.fromInbox || j.keeping == keepDone) && j.lease != lease
}

// told answers whoever waits for an event to be durable. The turn of one that is away follows wherever its session is by now.
func (c *committer) told(j *job, err error) {
	r, session := c.runner, j.event.GetSession()
	c.mu.Lock()
	away := j.away
	c.mu.Unlock()
	if away && err == nil && !j.held {
		r.backlog.hold(j.event) // before anybody hears of it: what comes next is behind it; until the job ends the intake does not touch it
	}
	if j.stored != nil {
		j.stored(err)
	}
	if !away {
		return
	}
	if err != nil {
		r.backlog.remove(j.event)
		r.finish(j, outcome{err: err})
		return
	}
	r.finish(j, outcome{err: ErrElsewhere})
	r.tell(session)
}

// recheck finds out whether events are stored that a commit of unknown outcome held, and only then lets them be stored again: another runner may
// have taken them up and be done with them.
func (c *committer) recheck(jobs []*job) {
	c.runner.spawn(func() {
		for _, j := range jobs {
			there, err := c.runner.seen(j.event)
			for err != nil && c.runner.ctx.Err() == nil {
				c.runner.pause(clearUpPause)
				there, err = c.runner.seen(j.event)
			}
			switch {
			case err != nil:
				c.told(j, fmt.Errorf("event %s: %w: %w", j.event.GetId(), storage.ErrUnknown, err))
			case there:
				c.kept([]*job{j}, nil)
			default:
				c.putBack([]*job{j}, false)
			}
		}
	})
}

// pause waits, unless the runner ends.
func (r *Runner) pause(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

// seenBack is how many turns a session may have had elsewhere while the outcome of a commit was unknown.
const seenBack = 10_000

// seen reports whether an event stands in the inbox or in quarantine, or had its turn.
func (r *Runner) seen(event *flowdeskv1.Event) (bool, error) {
	const most = 100_000
	pending, err := r.store.PendingEventsOf(r.ctx, []int32{storage.Partition(event.GetSession())}, most)
	if err != nil {
		return false, err
	}
	for _, e := range pending {
		if e.Event.GetId() == event.GetId() {
			return true, nil
		}
	}
	w := &wait{runner: r, event: event, back: seenBack}
	_, err = w.look(r.ctx)
	switch {
	case err == nil, errors.Is(err, ErrQuarantined):
		return true, nil
	case errors.Is(err, errNotYet):
		return false, nil
	default:
		return false, err
	}
}

// errNotYet is an event without a turn.
var errNotYet = errors.New("not yet")
