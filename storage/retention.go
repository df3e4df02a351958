package storage

import (
	"context"
	"time"
)

// Ages is a kind of rows that grow without end.
type Ages int

// The kinds of rows that leave when they are old.
const (
	Turns    Ages = iota // what happened in sessions, and events that no flow took
	Messages             // what was said, and what people noted about it
	Runs                 // ended instances, settled commands and their sends, answers to repeated requests
	Facts                // what is counted
)

// ArchiveFunc keeps rows of a table before they are removed. Each is a JSON object with the columns; packed data is unpacked and in base64. A
// row may come again after a crash. An error keeps the rows in the table.
type ArchiveFunc func(table string, rows [][]byte) error

// RetentionStore removes what is too old.
type RetentionStore interface {
	// Upkeep runs f while no other process on this database does, and reports whether it ran. Before it, the store does what its database
	// needs from time to time.
	Upkeep(ctx context.Context, f func(ctx context.Context) error) (bool, error)
	// NeedSnapshot names sessions whose state needs turns from before a time that the next Expire would remove, up to a limit.
	NeedSnapshot(ctx context.Context, before time.Time, limit int) ([]string, error)
	// PutSnapshot stores the serialized state of a session at a version; one that is there stays.
	PutSnapshot(ctx context.Context, session string, version int64, data []byte) error
	// Expire archives and removes rows of a kind from before a time, a bounded number or a partition at a time, and tells how many; 0 means
	// that none is left. What is older may stay a week longer, because partitions leave whole. It must not remove a turn that a session's
	// state needs, an instance that has not ended, or a command that is not settled. archive may be nil.
	Expire(ctx context.Context, kind Ages, before time.Time, limit int, archive ArchiveFunc) (int64, error)
}
