package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ErrInUse is a database file that another server has open. It does not go away by itself, so that it is not storage.ErrUnavailable.
var ErrInUse = errors.New("another flowdesk server uses this database file: end that one, or give this one another --data-dir or --database")

// Times of the wait for a server that is just ending.
const (
	soleWait  = 2 * time.Second
	solePause = 50 * time.Millisecond
)

// lockEnding is what the name of the file ends with that is locked. The database's own file cannot be: whoever opens and closes it beside SQLite
// drops SQLite's locks of the whole process, and where flock is made of those they would be in each other's way. The file stays when the lock is
// given back, because another process may just be taking it; the lock of a process that died is free at once.
const lockEnding = ".lock"

// hold keeps every other server from a database file that exists, until the function that is returned is called. Programs that only read, such as a
// backup, take no notice.
func hold(ctx context.Context, path string) (release func() error, err error) {
	name, err := filepath.EvalSymlinks(path) // two names of one file are one database
	if err != nil {
		return nil, fmt.Errorf("lock database: %w", err)
	}
	lock := flock.New(name+lockEnding, flock.SetPermissions(0o600))
	waiting, cancel := context.WithTimeout(ctx, soleWait)
	defer cancel()
	taken, err := lock.TryLockContext(waiting, solePause)
	switch {
	case taken:
		return lock.Close, nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, fmt.Errorf("database %s: %w", path, ErrInUse)
	default:
		return nil, fmt.Errorf("lock database %s: %w", path, err)
	}
}
