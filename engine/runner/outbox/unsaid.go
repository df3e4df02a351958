package outbox

import "errors"

// A command that is found as sending is looked up before it is said again, because its request may have been made: that takes half a minute. Of what
// this process stored as sending itself and let go of before it came near the wire, it knows better: whoever else had its partition meanwhile looked it
// up too, and would have said it under the next attempt's number.

// errLetGo is why an attempt did not take place.
var errLetGo = errors.New("held back: its session was about to go to another server")

// unsaidKept bounds what is remembered. Beyond it everything is forgotten, and looked up.
const unsaidKept = 10_000

// noteUnsaid notes that we let go of an entry whose attempt we stored as sending, and which was never in a request. It must not be called for an
// attempt that may not be stored: then another replica may store and make the one of this number. The lock is held.
func (o *Outbox) noteUnsaid(e *entry) {
	if len(o.unsaid) >= unsaidKept {
		clear(o.unsaid)
	}
	o.unsaid[e.command.GetId()] = e.attempt
}

// sendBackUnsaid lets an entry wait again of which is known that it was not said, as soon as its partition is ours. The store decides: where somebody
// went on with the command, nothing is changed, and it is read again. The lock is held.
func (o *Outbox) sendBackUnsaid(e *entry) {
	comingBack([]*entry{e})
	o.spawn(func() {
		for pass(o.ctx, leaseSoon) {
			o.mu.Lock()
			lost, ours := e.lost, o.leases.Left(e.partition) > 0
			if lost {
				o.noteUnsaid(e)
				o.let(e)
			}
			o.mu.Unlock()
			switch {
			case lost:
				return
			case ours:
				o.refused(e, errLetGo)
				return
			}
		}
	})
}
