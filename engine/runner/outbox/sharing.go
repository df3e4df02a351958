package outbox

import "github.com/flowdesk/flowdesk/storage"

// Sharing is what an outbox needs to share robots and commands with other replicas.
type Sharing struct {
	Limits Limits
	Leases Leases
	// Notes pass what one replica learns of another's command.
	Notes storage.NoteStore
	// Hint, when set, lets the other replicas call LookAtNotes at once. It must return at once.
	Hint func()
}

// Share lets the outbox be one of several; it must be called before Start. Without it the outbox is alone: its limits are in memory and
// everything is its own.
func (o *Outbox) Share(s Sharing) {
	if s.Hint == nil {
		s.Hint = func() {}
	}
	o.limits, o.leases, o.notes = s.Limits, s.Leases, newNotes(o, s.Notes, s.Hint)
}

// LookAtNotes reads the notes of other replicas now. It returns at once.
func (o *Outbox) LookAtNotes() {
	if o.notes != nil {
		signal(o.notes.wake)
	}
}
