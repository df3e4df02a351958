package sqlite

import (
	"context"
	"sync"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// checkpointer moves what the log holds into the file, on a connection of its own, while turns go on being committed. A checkpoint that
// runs beside the writer never reaches the end of the log, because the log goes on growing; so it does most of the work first and then
// the small rest between two commits, after which the log is written from its beginning again.
type checkpointer struct {
	own, write *bun.DB
	after      int
	due        chan struct{}
	ctx        context.Context //nolint:containedctx // the life of the goroutine
	cancel     context.CancelFunc
	done       sync.WaitGroup

	changes, commits int // since the last checkpoint; only the committer touches them
}

// alone is how many changes that share a commit grow the log as much as one that has a commit of its own: a commit writes each page that it changed.
const alone = 5

func startCheckpointer(path string, write *bun.DB, after int) (*checkpointer, error) {
	own, err := pool(path, 1, Options{CacheMiB: 1}, false)
	if err != nil {
		return nil, err
	}
	c := &checkpointer{own: own, write: write, after: after, due: make(chan struct{}, 1)}
	c.ctx, c.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // the checkpointer's own life begins here
	c.done.Go(c.loop)
	return c, nil
}

// committed is told of each commit.
func (c *checkpointer) committed(changes int) {
	c.changes, c.commits = c.changes+changes, c.commits+1
	if c.changes < c.after && c.commits < c.after/alone {
		return
	}
	c.changes, c.commits = 0, 0
	select {
	case c.due <- struct{}{}:
	default:
	}
}

func (c *checkpointer) loop() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.due:
		}
		// An error, such as a full disk, is met again by the next commit, which has somebody to tell it.
		if passive(c.ctx, c.own) == nil {
			_ = passive(context.WithoutCancel(c.ctx), c.write) // to interrupt it would cost the writer its connection
		}
	}
}

func passive(ctx context.Context, db *bun.DB) error {
	if err := failpoint.Hit("sqlite.checkpoint.before"); err != nil {
		return err
	}
	var busy, log, moved int
	err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &moved)
	_ = failpoint.Hit("sqlite.checkpoint.after")
	return err
}

func (c *checkpointer) close() {
	c.cancel()
	c.done.Wait()
	_ = c.own.Close()
}
