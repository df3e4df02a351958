package runner

import "time"

// handHorizon is how far ahead timers of a runner by hand are kept in memory: it has few sessions, and whoever moves its clock wants to know
// what comes next however far away that is.
const handHorizon = 10 * 365 * 24 * time.Hour

func (r *Runner) horizon() time.Duration {
	if r.options.ByHand {
		return handHorizon
	}
	return timerHorizon
}

// Poll begins everything that is due now and says when something will be due next; the zero time means never. It is for a runner by hand,
// and must not be called by two at once. What it began has ended when Idle says so.
func (r *Runner) Poll() time.Time {
	r.refresh()
	r.timers.fire()
	next := r.timers.first()
	r.schedule.follow()
	r.schedule.fire()
	for _, e := range r.schedule.entries {
		if !e.next.IsZero() && (next.IsZero() || e.next.Before(next)) {
			next = e.next
		}
	}
	return next
}

// Progress counts the turns and the batches that were committed. While both stand still and Idle holds, nothing happens.
func (r *Runner) Progress() (turns, batches int64) { return r.turns.Load(), r.commit.Load() }

// first is when the first timer is due; the zero time when there is none.
func (t *timers) first() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		return time.Time{}
	}
	return t.queue[0].due
}
