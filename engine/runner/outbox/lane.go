package outbox

import "slices"

// lane holds the commands to one person in one group that the platform is not known to have taken, in the order in which they are to be said. An
// entry keeps its place while it sets out and comes back, so that whatever goes wrong nothing passes it: what goes on the wire must stand behind
// nothing but what goes there with it.
type lane struct {
	order []*entry
}

// enterLane gives an entry its place: behind all that are to be said earlier or at the same time, and behind what is on its way.
func (o *Outbox) enterLane(e *entry) {
	l := o.lanes[e.lane]
	if l == nil {
		l = &lane{}
		o.lanes[e.lane] = l
	}
	at := len(l.order)
	for at > 0 && e.passes(l.order[at-1]) {
		at--
	}
	l.order = slices.Insert(l.order, at, e)
}

// passes reports whether an entry is to be said before one that was enqueued earlier: what is held for the next day must not hold back an urgent
// word.
func (e *entry) passes(other *entry) bool { return !other.away && e.place.Before(other.place) }

// find is where an entry stands in its lane; nil when it stands in none.
func (o *Outbox) find(e *entry) (*lane, int) {
	if l := o.lanes[e.lane]; l != nil {
		if at := slices.Index(l.order, e); at >= 0 {
			return l, at
		}
	}
	return nil, 0
}

// leaveLane takes an entry out of its lane, if it stands there.
func (o *Outbox) leaveLane(e *entry) {
	e.away = false
	l, at := o.find(e)
	if l == nil {
		return
	}
	if l.order = slices.Delete(l.order, at, at+1); len(l.order) == 0 {
		delete(o.lanes, e.lane)
	}
}

// takePlace puts an entry where another one of the same lane stands, or where it belongs when that has left.
func (o *Outbox) takePlace(e, old *entry) {
	if l, at := o.find(old); l != nil {
		l.order[at] = e
	} else {
		o.enterLane(e)
	}
}

// comeBack lets an entry that surely was not said wait: in its place, if it still has it.
func (o *Outbox) comeBack(e *entry) {
	e.away = false
	if l, _ := o.find(e); l == nil {
		o.enterLane(e)
	}
}

// first is the entry of a lane that may set out next; nil when it must not do so now.
func (l *lane) first() *entry {
	for _, e := range l.order {
		if e.away {
			continue
		}
		if e.busy || e.expected {
			return nil
		}
		return e
	}
	return nil
}

// before are the entries of a lane that are to be said before one.
func (o *Outbox) before(e *entry) []*entry {
	l, at := o.find(e)
	if l == nil {
		return nil
	}
	return l.order[:at]
}

// follows reports whether an entry may go to a robot: all before it have set out and go the same way. What is bound ahead of its commit must not
// pass departures on their way to the store either: when they are more than one commit takes, they wait for the next.
func (o *Outbox) follows(e *entry, robot string, fresh bool) bool {
	return !slices.ContainsFunc(o.before(e), func(other *entry) bool {
		return !other.away || other.robot != robot || other.doubt || fresh && other.busy
	})
}
