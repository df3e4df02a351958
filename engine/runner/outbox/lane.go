package outbox

import "slices"

// lane holds the commands to one person in one group. They leave in order: what waits does not leave before it is known that the platform took
// what left earlier, unless it goes the same way behind it.
type lane struct {
	waiting  []*entry // the first may leave next
	away     []*entry // bound to a robot, and not yet known to be accepted
	expected []*entry // about to be committed, and to wait then
}

func (o *Outbox) lane(e *entry) *lane {
	l := o.lanes[e.lane]
	if l == nil {
		l = &lane{}
		o.lanes[e.lane] = l
	}
	return l
}

// overtakes reports whether an entry may leave before another one to the same person that was enqueued earlier. What is held for the next day
// must not hold back an urgent word; what has already set out once does.
func (e *entry) overtakes(other *entry) bool {
	sooner := e.due.Before(other.due) || e.due.Equal(other.due) && e.sequence < other.sequence // the latter when it was read again
	return !other.returned && !other.busy && sooner
}

// enterLane puts an entry among those to the same person: by the time at which they may leave, and of equal times in order of enqueuing.
func (o *Outbox) enterLane(e *entry) {
	l := o.lane(e)
	at := len(l.waiting)
	for at > 0 && e.overtakes(l.waiting[at-1]) {
		at--
	}
	l.waiting = slices.Insert(l.waiting, at, e)
}

// expect keeps the place of an entry that will wait once it is committed. The lock is held.
func (o *Outbox) expect(e *entry) {
	l := o.lane(e)
	l.expected = append(l.expected, e)
}

// passes reports whether an entry that is not committed yet may leave before all that wait, or will.
func (l *lane) passes(e *entry) bool {
	if len(l.waiting) > 0 && !e.overtakes(l.waiting[0]) {
		return false
	}
	return !slices.ContainsFunc(l.expected, func(other *entry) bool { return !e.overtakes(other) })
}

// setOut takes an entry that was bound to a robot out of those that wait.
func (o *Outbox) setOut(e *entry) {
	o.leaveLane(e)
	l := o.lane(e)
	l.away = append(l.away, e)
}

// comeBack puts an entry that surely was not said before all that wait, but behind those that came back and were enqueued before it.
func (o *Outbox) comeBack(e *entry) {
	o.leaveLane(e)
	e.returned = true
	l := o.lane(e)
	at := 0
	for at < len(l.waiting) && l.waiting[at].returned && l.waiting[at].sequence < e.sequence {
		at++
	}
	l.waiting = slices.Insert(l.waiting, at, e)
}

// leaveLane takes an entry out of its lane, wherever it stands.
func (o *Outbox) leaveLane(e *entry) {
	l := o.lanes[e.lane]
	if l == nil {
		return
	}
	same := func(other *entry) bool { return other == e }
	l.waiting, l.away, l.expected = slices.DeleteFunc(l.waiting, same), slices.DeleteFunc(l.away, same), slices.DeleteFunc(l.expected, same)
	if len(l.waiting)+len(l.away)+len(l.expected) == 0 {
		delete(o.lanes, e.lane)
	}
}

// follows reports whether an entry may go to a robot while others of its lane are away: behind them, when they go the same way.
func (l *lane) follows(robot string) bool {
	for _, other := range l.away {
		if other.robot != robot || other.doubt || other.back {
			return false
		}
	}
	return true
}

// departs reports whether an entry of the lane is on its way to the store as sending. What is bound ahead of its commit must not pass it there:
// departures that are more than one commit takes wait for the next.
func (l *lane) departs() bool {
	return slices.ContainsFunc(l.away, func(e *entry) bool { return e.busy })
}

// heldUp reports whether an entry that is away must not go on: something that set out before it came back, is in doubt, or goes another way.
func (l *lane) heldUp(e *entry) bool {
	if slices.ContainsFunc(l.waiting, func(other *entry) bool { return other.returned && other.sequence < e.sequence }) {
		return true
	}
	for _, other := range l.away {
		if other == e {
			return false
		}
		if other.robot != e.robot || other.doubt || other.back {
			return true
		}
	}
	return false
}
