package storage

import (
	"context"
	"time"
)

// LimitStore keeps what replicas share of the limits of the robots' platforms. Times are by the database's clock.
type LimitStore interface {
	// TakeUnit takes one unit of an address, unless there is none yet or one of the scopes pauses, and then says why. It is one statement when
	// there is a unit.
	TakeUnit(ctx context.Context, take UnitTake) (*UnitAnswer, error)
	// PutPause lets a scope pause for a length from now. Of several pauses the one that ends last stands; a trip stays one until it is cleared.
	PutPause(ctx context.Context, scope string, length time.Duration, tripped bool) error
	// ClearPause ends the pauses of a scope.
	ClearPause(ctx context.Context, scope string) error
	// ListPauses are the pauses that are not over, and all trips.
	ListPauses(ctx context.Context) ([]PauseLeft, error)
}

// TryStore keeps what replicas share of limits of tries to sign in: whoever tries and from where are addresses with units, as in a LimitStore.
type TryStore interface {
	// TakeUnit takes one unit of an address, unless there is none yet.
	TakeUnit(ctx context.Context, take UnitTake) (*UnitAnswer, error)
	// ReturnUnits lets all units of an address be there again.
	ReturnUnits(ctx context.Context, address string) error
	// TrimUnits forgets the addresses whose units are all there, which changes no answer.
	TrimUnits(ctx context.Context) error
}

// UnitTake asks for a unit.
type UnitTake struct {
	// Address has units that come every Every, of which a time's worth of SavedUp may be saved up beyond the next one. With Every 0 there is no
	// limit and only the pauses count.
	Address string
	Every   time.Duration
	SavedUp time.Duration
	// LookUps is the time between look-ups; 0 for a request that is none.
	LookUps time.Duration
	// Scopes whose pauses count; there may be none.
	Scopes []string
}

// UnitAnswer answers a UnitTake.
type UnitAnswer struct {
	// Wait is 0 when the unit was taken.
	Wait time.Duration
	// Paused is true when a pause must be waited for.
	Paused bool
	// Probe is true for the first unit after the pause of a trip. The pause began anew with it.
	Probe bool
}

// PauseLeft is a pause as it stands.
type PauseLeft struct {
	Scope   string
	Left    time.Duration // not above 0 when it is over
	Length  time.Duration
	Tripped bool
}

// NoteStore passes notes between replicas: what one of them learnt of a command that another one has. A note that nobody read in time is of no
// harm, because whoever has the command looks for itself, later.
type NoteStore interface {
	// PutNotes stores notes in one row.
	PutNotes(ctx context.Context, data []byte) error
	// ReadNotes are the rows that were stored since a time, in no certain order, and the time now. One that was being stored while it read may
	// be missing: whoever reads on from that time less a few seconds gets it.
	ReadNotes(ctx context.Context, since time.Time) ([]Notes, time.Time, error)
	// ForgetNotes removes rows from before a time.
	ForgetNotes(ctx context.Context, before time.Time) error
}

// Notes is one row of notes.
type Notes struct {
	Sequence int64 // of the row; unique
	Data     []byte
}

// TurnLogStore keeps in which order each process committed turns, so that a watch goes on at any replica.
type TurnLogStore interface {
	// NewWriter gives a number to a process that will commit turns, unique for ever.
	NewWriter(ctx context.Context, name string) (int64, error)
	// TurnLogEnds is, by writer, which part of its log is there, of writers that have any.
	TurnLogEnds(ctx context.Context) (map[int64]LogSpan, error)
	// ReadTurnLog are entries of one writer after a number, in order.
	ReadTurnLog(ctx context.Context, writer, after int64, limit int) ([]LogEntry, error)
	// ReadTurns are turns, serialized, in no certain order; those that are gone are left out.
	ReadTurns(ctx context.Context, refs []TurnRef) ([][]byte, error)
	// TrimTurnLog removes what is older than a time, a bounded number of entries at once, and tells how many. It is
	// for one caller at a time.
	TrimTurnLog(ctx context.Context, before time.Time, limit int) (int64, error)
}

// LogMark gives a batch its place in the order of its writer, whose commits follow on each other.
type LogMark struct {
	Writer int64
	Number int64 // greater than that of the writer's earlier batches
}

// LogSpan is the part of a writer's log that is there: after Trimmed, up to Last.
type LogSpan struct{ Trimmed, Last int64 }

// LogEntry is one batch of a writer.
type LogEntry struct {
	Writer, Number int64
	Turns          []TurnRef
}

// TurnRef names a turn.
type TurnRef struct {
	Session string
	Version int64 // of the session before the turn
}
