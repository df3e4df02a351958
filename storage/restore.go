package storage

import "time"

// RestoredReason is the reason of a command of which a restored database cannot say whether it left after the backup was taken. Such a command
// is looked up at its platform and never sent again: what is not found goes to a person.
const RestoredReason = "restored from a backup: whether it left after the backup was taken is not known"

// Restored says what the mark of a restored database changed.
type Restored struct {
	// Since is the time of the last turn that the database has, zero when it has none: the gap begins there.
	Since time.Time
	// Doubtful counts the commands that waited and may have left.
	Doubtful int64
	// Sent counts the commands that had left and may have been sent again.
	Sent int64
	// Later counts the commands that leave at their time, after the old server had ended.
	Later int64
}
