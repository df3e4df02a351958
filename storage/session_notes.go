package storage

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// What is unread is counted when somebody looks, and so it is bounded: nothing is written for it when a message comes.
const (
	UnreadMost   = 100            // what is unread is counted up to here, which stands for more
	UnreadAmong  = 300            // messages after a mark that are looked at, the newest first: what robots said is passed over
	UnreadWithin = 24 * time.Hour // a session without a mark counts from so long ago
)

// ReadMarkStore keeps up to where each reader has seen each session. Readers are callers by their names. What people said after the mark is
// unread; what our robots said is not.
type ReadMarkStore interface {
	// MarkRead notes that a reader has seen a session up to a message. A mark that is further stays.
	MarkRead(ctx context.Context, reader, session, message string) error
	// MarkUnread moves a reader's mark back to before the last message that people said, where nothing is unread since a time; ErrNotFound when
	// they said nothing.
	MarkUnread(ctx context.Context, reader, session string, since time.Time) error
	// CountUnread counts what is unread in a session after the reader's mark, or since a time where there is none.
	CountUnread(ctx context.Context, reader, session string, since time.Time) (int32, error)
}

// SessionNoteStore keeps the private notes of people about sessions.
type SessionNoteStore interface {
	// CreateSessionNote stores a new note; ErrExists when the id is taken.
	CreateSessionNote(ctx context.Context, note *flowdeskv1.SessionNote) error
	// GetSessionNote is a note by its id.
	GetSessionNote(ctx context.Context, note string) (*flowdeskv1.SessionNote, error)
	// ListSessionNotes lists the notes of a session, newest first.
	ListSessionNotes(ctx context.Context, filter SessionNoteFilter, page Page) ([]*flowdeskv1.SessionNote, string, error)
	// UpdateSessionNote replaces text and update time of a note when its etag is still the given one ("" for any); otherwise ErrConflict.
	UpdateSessionNote(ctx context.Context, note *flowdeskv1.SessionNote, etag string) error
	// DeleteSessionNote removes a note when its etag is still the given one ("" for any); otherwise ErrConflict.
	DeleteSessionNote(ctx context.Context, note, etag string) error
}

// SessionNoteFilter narrows ListSessionNotes.
type SessionNoteFilter struct {
	Session string
	After   time.Time // written then or later
	Before  time.Time // written before
}
