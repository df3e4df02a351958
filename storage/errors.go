package storage

import "errors"

// Errors that backends return, wrapped. Driver errors never leave a backend.
var (
	// ErrNotFound is a key under which nothing stands.
	ErrNotFound = errors.New("not found")
	// ErrExists is a key that is taken.
	ErrExists = errors.New("already exists")
	// ErrConflict is a change based on an older state than the stored one, or one that the present state does not allow.
	ErrConflict = errors.New("changed meanwhile")
	// ErrLastAdmin is a change of the last enabled admin that would leave none; it comes with ErrConflict.
	ErrLastAdmin = errors.New("no admin would be left")
	// ErrPageToken is a page token that this list did not give.
	ErrPageToken = errors.New("bad page token")
	// ErrUnavailable is a database that cannot be reached or written to now: nothing was stored.
	ErrUnavailable = errors.New("store unavailable")
	// ErrUnknown is a transaction whose outcome is not known.
	ErrUnknown = errors.New("outcome of the transaction unknown")
	// ErrClosed is a store that was closed.
	ErrClosed = errors.New("store closed")
)
