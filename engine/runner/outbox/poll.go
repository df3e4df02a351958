package outbox

import "time"

// Poll does everything that is due now and says when something will be due next; the zero time means nothing. It is for an outbox whose
// owner moves the clock, and takes the place of Start.
func (o *Outbox) Poll() time.Time {
	o.mu.Lock()
	o.begin()
	o.mu.Unlock()
	o.lookAfter()
	o.dispatch()
	now := o.shell.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	next := time.Time{}
	for _, e := range o.entries {
		at, ok := e.next()
		if l := o.lanes[e.lane]; !ok || e.waits() && l != nil && l.first() != e {
			continue
		}
		if soonest := now.Add(tick); at.Before(soonest) && !at.After(now) { // it is due and could not be done: its robot has no room
			at = soonest
		}
		next = earlier(next, at)
	}
	return next
}

// next is when an entry is to be looked at again.
func (e *entry) next() (time.Time, bool) {
	switch {
	case e.busy:
		return time.Time{}, false
	case e.waits():
		if e.after.After(e.due) {
			return e.after, true
		}
		return e.due, true
	case e.state == stateSent && !e.saved:
		return e.sentAt.Add(savedSentWait), true
	case e.state == stateSent && e.looks > 0:
		return earlier(e.limitAt, e.lookAt), true
	case e.state == stateSent, e.state == stateTimeout, e.state == stateUnknown, e.doubt:
		return e.lookAt, true
	default:
		return time.Time{}, false
	}
}

// Quiet reports whether nothing is on its way to the platform, to the store or to a session. What waits for its time is quiet.
func (o *Outbox) Quiet() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.entries {
		if e.busy {
			return false
		}
	}
	return o.flying == 0 && o.settling == 0 && len(o.claimed) == 0
}
