package outbox

import "time"

// Leases say which partitions of sessions are ours. The owner of a command's session sends the command, through any robot. An Outbox without
// leases owns everything.
type Leases interface {
	// Left is how long a partition is surely still ours, by the machine's monotonic clock: the lease's end less a margin. 0 is not surely ours. It
	// is asked as the last thing before a request is written, so that a process that was frozen knows at once. It must not block. A lease that
	// comes back under its number before Lost was called goes on.
	Left(partition int32) time.Duration
	// Members is how many replicas share the robots; at least 1.
	Members() int
}

// everything owns all partitions.
type everything struct{}

// surely is longer than any request.
const surely = 24 * time.Hour

// Left implements Leases.
func (everything) Left(int32) time.Duration { return surely }

// Members implements Leases.
func (everything) Members() int { return 1 }
