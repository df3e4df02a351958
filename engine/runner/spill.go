package runner

import flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"

// Spill keeps received events on this machine while the store is away.
type Spill interface {
	// Add must return at once. Done is called when the event is durable, or with the reason why it is not kept; events become durable in the
	// order in which they were added. Perhaps says that the store may have the event already.
	Add(event *flowdeskv1.Event, perhaps bool, done func(error))
	// Oldest is the oldest part of what is kept, in order; nil when there is nothing. The same part is given until it is removed, and nothing
	// is added to it any more.
	Oldest() (*Spilled, error)
	// SetAside keeps an event of a part, which the store takes in no form, apart for a person. It is durable when SetAside returns, and may be
	// set aside again.
	SetAside(part *Spilled, event string) error
	// Remove forgets a part that is stored.
	Remove(part *Spilled) error
	// Empty reports whether nothing is kept and nothing is on its way.
	Empty() bool
}

// Spilled is a part of a spill.
type Spilled struct {
	// Number tells parts apart.
	Number uint64
	// Found says that an earlier process kept it. It may have stored some of it.
	Found bool
	// Events in the order in which they were received.
	Events []SpilledEvent
}

// SpilledEvent is one event of a part.
type SpilledEvent struct {
	Event   *flowdeskv1.Event
	Perhaps bool // the store may have it already
}
