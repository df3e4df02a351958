// Package fabric carries hints between the replicas of one database: work waits for a partition's owner, the environment changed, a turn was
// committed. A hint may be lost, repeated, late or wrong. Whoever gets one looks into the database, which alone says what is so, and whoever
// waits for one also looks there by itself from time to time; so nothing but speed depends on this package.
//
// There are three fabrics: Alone for one process, one on PostgreSQL's LISTEN and NOTIFY, and one on Redis.
package fabric

import "context"

// Subject is what a hint is about.
type Subject string

// Subjects of hints.
const (
	// Inbox says that an event was stored for a partition; the message names the partition and may carry the event.
	Inbox Subject = "inbox"
	// Environment says that settings, people, groups, robots or active flows changed.
	Environment Subject = "environment"
	// Turns says that turns were committed; the message names sessions and versions.
	Turns Subject = "turns"
	// Access says that a key, a sign-in or a role was changed or revoked.
	Access Subject = "access"
	// Commands says that replicas left notes for each other about commands or limits of robots.
	Commands Subject = "commands"
	// Members says that a replica came or goes.
	Members Subject = "members"
)

// Fabric carries hints. All methods are safe for concurrent use.
type Fabric interface {
	// Send tells all other replicas. It returns at once: what cannot be sent is dropped and counted.
	Send(subject Subject, message []byte)
	// SendTo tells one other replica, by the name under which it listens.
	SendTo(replica string, subject Subject, message []byte)
	// Listen calls f with each hint of a subject from other replicas until stop is called, one at a time and on the fabric's goroutine: f must
	// return at once and must not trust the message. After a gap, in which hints may have been lost, f is called with a nil message: whoever
	// listens then looks for everything.
	Listen(subject Subject, f func(message []byte)) (stop func())
	// Health says how the fabric stands; it never fails readiness.
	Health() Health
	// Close ends the fabric. Hints under way may be lost.
	Close(ctx context.Context) error
}

// Health is how a fabric stands.
type Health struct {
	Kind      string // "alone", "postgres" or "redis"
	Connected bool
	Detail    string // why it is not, without addresses or secrets
	Sent      int64
	Received  int64
	Dropped   int64
}
